//go:build linux && cgo && !race

// The race detector keeps notes on all memory in more of it than can be looked through.

package extraction

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// asHolder makes the test's program read a picture from standard input, extract from it as
// the argument before says, wipe the picture and wait to be looked through.
const asHolder = "extract-and-wait"

const held = 256 // pixels that the picture is wide and high

func hold() {
	g := image.NewGray(image.Rect(0, 0, held, held))
	if _, err := io.ReadFull(os.Stdin, g.Pix); err != nil {
		panic(err)
	}
	var e Extractor
	dpi := 500
	switch os.Args[len(os.Args)-2] {
	case "in this process":
		e = closing{}
	case "apart":
		e = NewApart("")
	case "apart, scaled":
		e, dpi = NewApart(""), 508
	case "in Go":
		e = Ridges{}
	case "in Go, scaled":
		e, dpi = Ridges{}, 508
	}
	found, err := e.Extract(context.Background(), g, dpi)
	fmt.Println(len(found), err)
	clear(g.Pix)
	clear(found)
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is told to end
	_ = e.Close()
}

// closing is libfprint where it should not be.
type closing struct{ Libfprint }

func (closing) Close() error { return nil }

// Neither extractor leaves any 16 pixels in a row of a picture in the program's
// memory, as another process sees it. libfprint in the program's own process does:
// the search would find them.
func TestNothingOfThePictureStaysInMemory(t *testing.T) {
	g := madeUp(t, "101_1", held, held)
	for way, stays := range map[string]bool{
		"in this process": true, "apart": false, "apart, scaled": false, "in Go": false, "in Go, scaled": false,
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel() // two processes each
			n := remains(t, way, g.Pix)
			t.Logf("%d runs", n)
			if stays != (n > 0) {
				t.Errorf("%d runs of %d pixels are in memory", n, runLength)
			}
		})
	}
}

// remains has another process extract from pixels and returns how many runs of them
// are in its memory afterwards.
func remains(t *testing.T, way string, pixels []byte) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "/proc/self/exe", way, asHolder)
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		stdin.Close()
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := stdin.Write(pixels); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "done" {
		if !strings.HasSuffix(lines.Text(), "<nil>") || strings.HasPrefix(lines.Text(), "0 ") {
			t.Fatal(lines.Text())
		}
	}
	return search(t, c.Process.Pid, pixels)
}

const runLength = 16

// search counts the runs of pixels, each the next after another, in what process pid
// can write to.
func search(t *testing.T, pid int, pixels []byte) int {
	t.Helper()
	runs := map[[runLength]byte]bool{}
	var first [1 << 16]bool // of the first two bytes: most of memory is told apart by them
	for ; len(pixels) >= runLength; pixels = pixels[runLength:] {
		seen := map[byte]bool{}
		for _, v := range pixels[:runLength] {
			seen[v] = true
		}
		if len(seen) >= 5 { // fewer are bare glass, or could be anything's
			runs[[runLength]byte(pixels)] = true
			first[binary.LittleEndian.Uint16(pixels)] = true
		}
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	found, read := 0, 0
	b := make([]byte, 1<<20)
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var rights string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !strings.HasPrefix(rights, "rw") {
			continue
		}
		for ; from+runLength <= to; from += uint64(len(b) - runLength + 1) {
			n, err := memory.ReadAt(b[:min(uint64(len(b)), to-from)], int64(from))
			if n == 0 && err != nil {
				break // reserved, and nothing there
			}
			read += n
			for i := 0; i+runLength <= n; i++ {
				if first[binary.LittleEndian.Uint16(b[i:])] && runs[[runLength]byte(b[i:])] {
					found++
				}
			}
		}
	}
	if read < 1<<20 {
		t.Fatalf("only %d bytes of memory could be read", read)
	}
	return found
}
