//go:build linux && !race

// The race detector keeps notes on all memory in more of it than can be looked through.

package fingerprint_test

import (
	"bufio"
	"bytes"
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

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
	"countersign/protocol/minutiae"
)

// Guarantee 6, as a thief of the process's memory would test it: another process reads
// fingers from a sensor that it does not hold, and this one looks through all that
// the other can write to for any 16 bytes of the print, as they came over the line or
// as they were unpacked, and for the templates.

const (
	memoryPort = "COUNTERSIGN_TEST_MEMORY_PORT" // makes the test binary the process that is looked through
	memoryKeep = "COUNTERSIGN_TEST_MEMORY_KEEP" // makes it forget to wipe
)

// needleBytes is how much of a print must be found: a run of twice that, less one,
// has one that begins at a multiple of it.
const needleBytes = 16

func TestNothingOfThePrintStaysInMemory(t *testing.T) {
	if port := os.Getenv(memoryPort); port != "" {
		readAndWait(port, os.Getenv(memoryKeep) != "")
		return
	}
	t.Parallel() // the others wait
	finger := centre(print(t, "101_1"), 256, 288)
	packed := wire.PackGrey(nil, finger)
	needles := map[string][]byte{"as sent": packed, "unpacked": finger.Pix, "template": {}}
	needles["template"], _ = minutiae.Encode(drawn(finger), minutiae.Large)
	for name, c := range map[string]struct {
		keep   bool
		faults []virtualsensor.Fault
	}{
		"kept":            {true, nil}, // or the search finds nothing ever
		"good":            {false, nil},
		"damaged":         {false, []virtualsensor.Fault{virtualsensor.BadChecksum}},
		"of another kind": {false, []virtualsensor.Fault{virtualsensor.WrongKind}},
		"twice a packet":  {false, []virtualsensor.Fault{virtualsensor.Duplicate}},
		"garbage in it":   {false, []virtualsensor.Fault{virtualsensor.Garbage}},
		"endless":         {false, []virtualsensor.Fault{virtualsensor.Endless}},
		"short":           {false, []virtualsensor.Fault{virtualsensor.ShortLast}},
		"given up":        {false, []virtualsensor.Fault{virtualsensor.BadChecksum, virtualsensor.LostPacket, virtualsensor.WrongKind}},
		"pulled out":      {false, []virtualsensor.Fault{virtualsensor.HangUp}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			v := plugIn(t, quick)
			v.Place(finger)
			for _, f := range c.faults {
				v.Misbehave(f)
			}
			found := look(t, v.Path(), c.keep, needles)
			if c.keep {
				for what := range needles {
					if found[what] == 0 {
						t.Errorf("%s: kept, and not found", what)
					}
				}
				return
			}
			for what, n := range found {
				t.Errorf("%s: %d of its runs of %d bytes are in memory", what, n, needleBytes)
			}
		})
	}
}

// drawn makes minutiae out of a picture, as an extractor does: their places depend on it.
func drawn(g *image.Gray) []minutiae.Minutia {
	var ms []minutiae.Minutia
	for i := range 30 {
		ms = append(ms, minutiae.Minutia{
			X: uint8(10 + 7*(i%9) + int(g.Pix[i*1000])%7), Y: uint8(10 + 9*(i/9)), Kind: minutiae.Ending, Angle: g.Pix[i*2000] & 63,
		})
	}
	return ms
}

// drawing is an extractor that leaves nothing behind.
type drawing struct{}

func (drawing) Extract(_ context.Context, g *image.Gray, _ int) ([]minutiae.Minutia, error) {
	return drawn(g), nil
}

// readAndWait is the other process: it reads a finger, says so, and waits to be
// looked through.
func readAndWait(port string, keep bool) {
	s := settings(port)
	var kept fingerprint.Impression
	var sent, template []byte
	r := fingerprint.NewReader(s, drawing{}, minutiae.Large)
	template, _, _, err := r.Read(context.Background(), nil)
	if keep && err == nil {
		_ = r.Close()
		var sensor *fingerprint.Sensor
		if sensor, err = fingerprint.Open(context.Background(), s); err == nil {
			kept, err = sensor.Capture(context.Background(), nil)
			_ = sensor.Close()
		}
		if err == nil {
			sent = wire.PackGrey(nil, kept.Gray)
		}
	}
	if !keep {
		clear(template) // the caller's to do
	}
	fmt.Println("read:", err)
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is told to end
	_ = r.Close()
	kept.Wipe()
	clear(sent)
	clear(template)
}

// look has another process read a finger from the sensor at port, and returns how many
// runs of each of needles are in its memory then.
func look(t *testing.T, port string, keep bool, needles map[string][]byte) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestNothingOfThePrintStaysInMemory$")
	c.Env = append(os.Environ(), memoryPort+"="+port)
	if keep {
		c.Env = append(c.Env, memoryKeep+"=1")
	}
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
	said, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(said, "read:") {
		t.Fatalf("%q, %v", said, err)
	}
	t.Log(strings.TrimSpace(said))
	if keep && strings.TrimSpace(said) != "read: <nil>" {
		t.Fatal("there is nothing to be found")
	}
	return search(t, c.Process.Pid, needles)
}

// search counts the runs of needles in what process pid can write to.
func search(t *testing.T, pid int, needles map[string][]byte) map[string]int {
	t.Helper()
	runs := map[[needleBytes]byte]string{}
	var first [1 << 16]bool // of the first two bytes: most of memory is told apart by them
	for what, b := range needles {
		for ; len(b) >= needleBytes; b = b[needleBytes:] {
			// A run with few different bytes is bare glass, or could be anything's.
			if run := [needleBytes]byte(b); different(run[:]) >= 5 {
				runs[run] = what
				first[binary.LittleEndian.Uint16(b)] = true
			}
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
	found, read := map[string]int{}, 0
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var rights string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !strings.HasPrefix(rights, "rw") {
			continue
		}
		const piece = 1 << 20
		b := make([]byte, piece+needleBytes-1)
		for ; from < to; from += piece {
			n, err := memory.ReadAt(b[:min(uint64(len(b)), to-from)], int64(from))
			if n == 0 && err != nil {
				break // reserved, and nothing there
			}
			read += n
			for i := 0; i+needleBytes <= n; i++ {
				if !first[binary.LittleEndian.Uint16(b[i:])] {
					continue
				}
				if what, ok := runs[[needleBytes]byte(b[i:])]; ok {
					found[what]++
				}
			}
		}
	}
	if read < 1<<20 {
		t.Fatalf("only %d bytes of memory could be read", read)
	}
	return found
}

func different(b []byte) int {
	n := 0
	for i, v := range b {
		if bytes.IndexByte(b[:i], v) < 0 {
			n++
		}
	}
	return n
}
