package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"countersign/app/enrol/capture"
	"countersign/devices/fingerprint"
)

// officer speaks to the person at the desk on standard error. At a terminal it
// waits for Enter between captures, so that the finger is lifted; a script's
// standard input is left alone.
type officer struct {
	out   io.Writer
	lines chan struct{} // one for each Enter; nil without a terminal
	stage fingerprint.Stage
	tenth int
}

func newOfficer(s streams) *officer {
	o := &officer{out: s.err}
	if isTerminal(s.in) {
		o.lines = make(chan struct{})
		// Ends with the program: a read from a terminal cannot be interrupted.
		go func() {
			for scanner := bufio.NewScanner(s.in); scanner.Scan(); {
				o.lines <- struct{}{}
			}
			close(o.lines)
		}()
	}
	return o
}

// Ready asks for the finger.
func (o *officer) Ready(ctx context.Context, n int) error {
	o.stage, o.tenth = -1, 0
	if o.lines != nil {
		fmt.Fprintf(o.out, "Capture %d of %d: finger off the glass? Press Enter.\n", n, capture.Captures)
		select {
		case <-o.lines:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	fmt.Fprintf(o.out, "Capture %d of %d: place the finger flat on the sensor.\n", n, capture.Captures)
	return nil
}

// Progress says how far the sensor has come, in tenths.
func (o *officer) Progress(p fingerprint.Progress) {
	if p.Stage != o.stage {
		o.stage = p.Stage
		switch p.Stage {
		case fingerprint.Reading:
			fmt.Fprintln(o.out, "Hold still.")
		case fingerprint.Done:
			fmt.Fprintln(o.out, "Lift the finger.")
		}
	}
	if p.Total > 0 && p.Stage == fingerprint.Reading {
		if tenth := p.Received * 10 / p.Total; tenth > o.tenth {
			o.tenth = tenth
			fmt.Fprintf(o.out, "  %d %%\n", tenth*10)
		}
	}
}

// Unclear says what to do better.
func (o *officer) Unclear(advice fingerprint.Advice, _ int) {
	fmt.Fprintln(o.out, "Not clear.", advice.Sentence())
}

// Mismatch asks for the same finger again.
func (o *officer) Mismatch() {
	fmt.Fprintln(o.out, "The captures do not match one another. Use the same finger, its middle on the glass. Once more.")
}
