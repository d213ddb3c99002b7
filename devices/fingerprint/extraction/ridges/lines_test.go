package ridges

import (
	"strings"
	"testing"
)

// linesOf reads a drawing: '#' is on a line.
func linesOf(w *workspace, drawing string) lines {
	rows := strings.Split(strings.TrimSpace(drawing), "\n")
	l := newLines(w, len(rows[0]), len(rows))
	for y, row := range rows {
		for x, c := range row {
			if c == '#' {
				l.v[l.at(x, y)] = 1
			}
		}
	}
	return l
}

func (l lines) drawing() string {
	var b strings.Builder
	for y := range l.height {
		for x := range l.width {
			b.WriteByte(".#"[l.v[l.at(x, y)]])
		}
		b.WriteByte('\n')
	}
	return strings.TrimSpace(b.String())
}

// pieces counts what hangs together.
func (l lines) pieces() int {
	seen := make([]bool, len(l.v))
	n := 0
	for at, v := range l.v {
		if v == 0 || seen[at] {
			continue
		}
		n++
		for todo := []int{at}; len(todo) > 0; {
			here := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if seen[here] {
				continue
			}
			seen[here] = true
			for _, o := range l.around() {
				if l.v[here+o] != 0 {
					todo = append(todo, here+o)
				}
			}
		}
	}
	return n
}

func TestThin(t *testing.T) {
	var w workspace
	const width, height = 120, 90
	g := draw(width, height, dislocated(60, 45, 0.5, 9, 1))
	l := newLines(&w, width, height)
	for y := range height {
		for x := range width {
			if g.Pix[y*g.Stride+x] < 128 {
				l.v[l.at(x, y)] = 1
			}
		}
	}
	before := l.pieces()
	l.thin(&w)
	if after := l.pieces(); after != before {
		t.Errorf("%d pieces became %d", before, after)
	}
	thick := 0
	for at, v := range l.v {
		if v != 0 && l.v[at+1] != 0 && l.v[at+l.stride] != 0 && l.v[at+l.stride+1] != 0 {
			thick++
		}
	}
	if thick > 0 {
		t.Errorf("%d squares of four pixels are left:\n%s", thick, l.drawing())
	}
	inside := 0
	for _, tip := range l.tips(&w, 12) {
		if tip.x > 8 && tip.x < width-8 && tip.y > 8 && tip.y < height-8 {
			inside++
			if max(tip.x-60, 60-tip.x, tip.y-45, 45-tip.y) > 6 {
				t.Errorf("an end at (%d, %d)", tip.x, tip.y)
			}
		}
	}
	if inside != 1 {
		t.Errorf("%d ends, want 1:\n%s", inside, l.drawing())
	}
}

func TestCrossings(t *testing.T) {
	for code, want := range map[uint8]int{
		0: 0, 0b0000_0001: 1, 0b0000_0011: 1, 0b0001_0001: 2, 0b0100_0101: 3, 0b0101_0101: 4, 0b1000_0001: 1, 0xFF: 0,
	} {
		if got := crossings(code); got != want {
			t.Errorf("%08b: %d, want %d", code, got, want)
		}
	}
}

func TestCleanAndMend(t *testing.T) {
	for name, c := range map[string]struct {
		before string
		tips   int // left after cleaning and mending
	}{
		"a line": {`
..............................
.####################.........
..............................`, 2},
		"a spur": {`
..............................
..........#...................
...........#..................
############################..
..............................`, 2},
		"a fragment": {`
..............................
.........#######..............
..............................`, 0},
		"a broken line": {`
....................................
.##############......##############.
....................................`, 2},
		"lines that pass each other": {`
....................................
.####################...............
....................................
....................................
....................................
..............####################..
....................................`, 4},
		"a long branch": {`
....................................
.........#..........................
..........#.........................
...........#........................
............#.......................
.............#......................
..............#.....................
...............#....................
................#...................
.................#..................
..................#.................
.################################...
....................................`, 3},
	} {
		var w workspace
		l := linesOf(&w, c.before)
		period := newCells(&w, l.width, l.height)
		for i := range period.v {
			period.v[i] = 8
		}
		l.clean(&w, period)
		tips := l.tips(&w, 12)
		mend(tips, period)
		n := 0
		for _, tip := range tips {
			if !tip.gone {
				n++
			}
		}
		if n != c.tips {
			t.Errorf("%s: %d tips, want %d\n%s", name, n, c.tips, l.drawing())
		}
	}
}

// A trace follows a line round corners and along diagonals, and ends at its length,
// where the line does or where it forks.
func TestTrace(t *testing.T) {
	var w workspace
	l := linesOf(&w, `
.............
.#...........
.#...........
.#####.......
......#......
.......#.....
........####.
.........#...
........#....
.............`)
	for _, c := range []struct {
		most, want int
		why        stop
	}{{4, 4, atLength}, {50, 11, atFork}} {
		path, why := l.trace(l.at(1, 1), c.most, nil)
		if len(path) != c.want || why != c.why {
			t.Errorf("%d pixels, %v; want %d, %v", len(path), why, c.want, c.why)
		}
	}
	path, why := l.trace(l.at(8, 8), 1, nil)
	if len(path) != 1 || why != atLength {
		t.Errorf("%d pixels, %v", len(path), why)
	}
}
