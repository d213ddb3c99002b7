package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"countersign/packaging/boot/machine"
)

// How long things may take. An emulated machine on a busy one is slow; these are there
// so that what hangs is told, and are no promises of the product.
const (
	aMoment = 2 * time.Minute
	aStart  = 12 * time.Minute // of the terminal, or of a boot
)

// A trial is one run of all checks on one machine.
type trial struct {
	machine  *machine.Machine
	pictures string
	out      io.Writer

	count, failed int
}

// parts are what is tried, in the order of a machine's life. The first is always.
var parts = []struct {
	name string
	run  func(*trial, context.Context) error
}{
	{"start", (*trial).firstBoot}, {"installed", (*trial).installed}, {"keys", (*trial).keys}, {"touch", (*trial).touches}, {"down", (*trial).withoutWindow},
	{"ends", (*trial).ends}, {"devices", (*trial).devices}, {"rights", (*trial).rights}, {"servers", (*trial).servers},
	{"updates", (*trial).updates}, {"returns", (*trial).returns},
}

// whole runs everything, or the parts that are named.
func (t *trial) whole(ctx context.Context, only []string) {
	fmt.Fprintln(t.out, "TAP version 14")
	for i, part := range parts {
		if i > 0 && len(only) > 0 && !slices.Contains(only, part.name) {
			continue
		}
		if err := part.run(t, ctx); err != nil { // nothing that comes later would mean anything
			t.check("goes on", func() error { return err })
			break
		}
	}
	fmt.Fprintf(t.out, "1..%d\n", t.count)
}

// check runs one check and prints what came of it.
func (t *trial) check(name string, do func() error) {
	t.count++
	begun := time.Now()
	err := do()
	took := time.Since(begun).Round(100 * time.Millisecond)
	if err != nil {
		t.failed++
		fmt.Fprintf(t.out, "not ok %d - %s # %v\n", t.count, name, took)
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(t.out, "# %s\n", strings.TrimRight(line, "\n"))
		}
		return
	}
	fmt.Fprintf(t.out, "ok %d - %s # %v\n", t.count, name, took)
}

// note prints something that was measured.
func (t *trial) note(format string, args ...any) { fmt.Fprintf(t.out, "# "+format+"\n", args...) }

// says expects a command to succeed and to print want, in whole.
func (t *trial) says(ctx context.Context, command, want string) error {
	got, err := t.machine.Run(ctx, aMoment, command)
	if err == nil && strings.TrimSpace(got) != want {
		err = fmt.Errorf("%s: %q instead of %q", command, got, want)
	}
	return err
}

// all makes one check of several commands, each with what it has to print.
func (t *trial) all(ctx context.Context, name string, commands [][2]string) {
	t.check(name, func() error {
		var wrong []error
		for _, c := range commands {
			wrong = append(wrong, t.says(ctx, c[0], c[1]))
		}
		return errors.Join(wrong...)
	})
}

// picture takes a picture of the screen into the folder of pictures.
func (t *trial) picture(ctx context.Context, name string) (image.Image, error) {
	return t.machine.Screen(ctx, filepath.Join(t.pictures, "boot-"+name+".png"))
}

// property is one of a unit's properties.
func (t *trial) property(ctx context.Context, unit, name string) (string, error) {
	out, err := t.machine.Run(ctx, aMoment, "systemctl show -P "+name+" "+unit)
	return strings.TrimSpace(out), err
}

// colours counts the colours of a picture: a screen of text has few.
func colours(picture image.Image) int {
	seen := map[[3]uint32]bool{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}

// alike is the share of points that two pictures have in common, 0 for other sizes.
func alike(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() || a.Bounds().Empty() {
		return 0
	}
	same := 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r, g, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if r == r2 && g == g2 && b1 == b2 {
				same++
			}
		}
	}
	return float64(same) / float64(a.Bounds().Dx()*a.Bounds().Dy())
}
