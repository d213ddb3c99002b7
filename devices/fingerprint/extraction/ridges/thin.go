package ridges

import "sync"

// lines is a picture of lines one pixel wide, 1 on a line, with an empty pixel all
// round it.
type lines struct {
	width, height, stride int
	v                     []uint8
}

func newLines(w *workspace, width, height int) lines {
	return lines{width, height, width + 2, w.bytes((width + 2) * (height + 2))}
}

func (l lines) at(x, y int) int { return (y+1)*l.stride + x + 1 }

// place is the reverse of at.
func (l lines) place(at int) (x, y int) { return at%l.stride - 1, at/l.stride - 1 }

// around returns the eight neighbours' offsets, clockwise from above.
func (l lines) around() [8]int {
	return [8]int{-l.stride, -l.stride + 1, 1, l.stride + 1, l.stride, l.stride - 1, -1, -l.stride - 1}
}

// code returns the eight neighbours of a pixel as bits, clockwise from above.
func (l lines) code(at int) uint8 {
	v, s := l.v, l.stride
	return v[at-s] | v[at-s+1]<<1 | v[at+1]<<2 | v[at+s+1]<<3 | v[at+s]<<4 | v[at+s-1]<<5 | v[at-1]<<6 | v[at-s-1]<<7
}

// crossings is how many lines leave a pixel with these neighbours: 1 is an end, 2 a
// line that goes on, more a fork.
func crossings(code uint8) int {
	n := 0
	for i := range 8 {
		if code>>i&1 == 0 && code>>((i+1)&7)&1 == 1 {
			n++
		}
	}
	return n
}

// removable holds, for the two halves of a round of thinning, whether a pixel with
// these neighbours goes (Z. Guo and R. W. Hall, Parallel thinning with
// two-subiteration algorithms, Communications of the ACM 32, 1989, A1).
var removable = sync.OnceValue(func() *[2][256]bool {
	t := new([2][256]bool)
	for code := range 256 {
		var p [10]int // p[2] above, clockwise to p[9]
		for i := range 8 {
			p[i+2] = code >> i & 1
		}
		lines := (1-p[2])&(p[3]|p[4]) + (1-p[4])&(p[5]|p[6]) + (1-p[6])&(p[7]|p[8]) + (1-p[8])&(p[9]|p[2])
		pairs := min((p[9]|p[2])+(p[3]|p[4])+(p[5]|p[6])+(p[7]|p[8]), (p[2]|p[3])+(p[4]|p[5])+(p[6]|p[7])+(p[8]|p[9]))
		if lines != 1 || pairs < 2 || pairs > 3 {
			continue
		}
		t[0][code] = (p[2]|p[3]|(1-p[5]))&p[4] == 0
		t[1][code] = (p[6]|p[7]|(1-p[9]))&p[8] == 0
	}
	return t
})

// thin takes the edges off l until lines are left.
func (l lines) thin(w *workspace) {
	table := removable()
	var n int
	for _, v := range l.v {
		n += int(v)
	}
	left, going := w.int32s(n), w.int32s(n)
	left = left[:0]
	for i, v := range l.v {
		if v != 0 {
			left = append(left, int32(i))
		}
	}
	for changed := true; changed; {
		changed = false
		for half := range 2 {
			going = going[:0]
			kept := left[:0]
			for _, at := range left {
				if table[half][l.code(int(at))] {
					going = append(going, at)
				} else {
					kept = append(kept, at)
				}
			}
			left = kept
			for _, at := range going {
				l.v[at] = 0
			}
			changed = changed || len(going) > 0
		}
	}
}
