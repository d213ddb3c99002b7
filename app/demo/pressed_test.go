package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/world"
)

// hung ends a test that waits for what never comes; a machine that is busy with much
// else takes a minute for what takes it ten seconds alone.
const hung = 4 * time.Minute

// phoneDisplay is a display with room for a phone, until the test ends.
func phoneDisplay(t *testing.T, ctx context.Context) (*display.Server, *display.Display) {
	t.Helper()
	server, err := display.Start(ctx, image.Pt(600, 1000))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	screen, err := server.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(screen.Close)
	return server, screen
}

// pressed carries out a command whose owner is asked on the secure screen, which it
// announces, and returns all that it printed. A step is a prompt's name, with a control
// that it must have where one is named, and the keys to press there:
// "trusted-choose notice.guessable: key.8 enter".
func pressed(t *testing.T, ctx context.Context, screen *display.Display, c *exec.Cmd, steps ...string) string {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs, said bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(io.TeeReader(out, &said))
	for _, step := range steps {
		name, keys, _ := strings.Cut(step, ": ")
		shown := follow(lines, name)
		if shown == nil {
			ended := c.Wait()
			t.Fatalf("%v ended before it showed %s: %v\n%s\n%s", c.Args[1:], name, ended, said.String(), errs.String())
		}
		window, err := screen.Wait(ctx, display.Titled(world.SecureTitle))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range strings.Fields(keys) {
			at := shown.Targets[key]
			if at.Empty() {
				t.Fatalf("%s has no %s: %v", name, key, shown.Targets)
			}
			middle := at.Min.Add(at.Size().Div(2))
			if err := window.Tap(ctx, middle.X, middle.Y); err != nil {
				t.Fatal(err)
			}
		}
	}
	for lines.Scan() {
		continue // what is printed in the end is kept as the rest
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args[1:], err, errs.String())
	}
	return said.String()
}

// follow reads announcements until the trusted screen shows a prompt, with a
// control where the name goes on with one; nil when there are no more.
func follow(lines *bufio.Scanner, name string) *chronicle.Screen {
	name, control, _ := strings.Cut(name, " ")
	for lines.Scan() {
		var said struct{ Trusted json.RawMessage }
		if json.Unmarshal(lines.Bytes(), &said) != nil || said.Trusted == nil {
			continue
		}
		c := chronicle.New(time.Now)
		c.Announced("wallet", said.Trusted)
		if shown := c.Now("wallet"); shown != nil && shown.Name == name && (control == "" || shown.Has(control)) {
			return shown
		}
	}
	return nil
}
