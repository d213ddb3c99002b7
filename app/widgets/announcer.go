package widgets

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// How often the announcer looks: while something is changing, so that a line tells of a layout that has come to rest, and
// otherwise.
const (
	lookSettling = 40 * time.Millisecond
	lookIdle     = 250 * time.Millisecond
)

// Announcer tells a program outside what a window shows: one JSON line a change, after the layout has settled,
//
//	{"screen":"amount","language":"en","window":[1280,800],"targets":{"key.7":[24,300,120,96]}}
//
// with every visible control's x, y, width and height in physical pixels from the window's top left corner. It tells nothing
// of amounts, names or texts. Whoever drives the window by its real buttons, or reads it to someone, follows these lines.
type Announcer struct {
	stage *Stage
	out   io.Writer
}

// NewAnnouncer makes an announcer; [Announcer.Run] starts it.
func NewAnnouncer(stage *Stage, out io.Writer) *Announcer { return &Announcer{stage, out} }

type announcement struct {
	Screen   string            `json:"screen"`
	Language string            `json:"language"`
	Window   [2]int            `json:"window"`
	Targets  map[string][4]int `json:"targets"`
}

// Run announces until ctx ends, which is no error, or a line cannot be written. The caller runs it on a goroutine of its own
// and waits for it.
func (a *Announcer) Run(ctx context.Context) error {
	var said, seen string
	for {
		line, err := a.look(ctx)
		if err != nil {
			return err
		}
		if line == "" {
			return nil // ctx has ended
		}
		wait := lookSettling
		if line == seen {
			wait = lookIdle
			if line != said {
				if _, err := io.WriteString(a.out, line+"\n"); err != nil {
					return fmt.Errorf("announcing a screen: %w", err)
				}
				said = line
			}
		}
		seen = line
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-a.woken(wait):
			timer.Stop()
		}
	}
}

// woken is the stage's sign of a change; while settling nothing shortens the wait between two looks.
func (a *Announcer) woken(wait time.Duration) <-chan struct{} {
	if wait == lookSettling {
		return nil
	}
	return a.stage.changed
}

// look asks the window's goroutine what is shown; an empty line means that ctx ended first.
func (a *Announcer) look(ctx context.Context) (string, error) {
	answer := make(chan Snapshot, 1)
	a.stage.Do(func() { answer <- a.stage.Snapshot() })
	var shot Snapshot
	select {
	case shot = <-answer:
	case <-ctx.Done():
		return "", nil
	}
	message := announcement{Screen: shot.Screen, Language: shot.Language, Window: [2]int{shot.Width, shot.Height}, Targets: map[string][4]int{}}
	for id, t := range shot.Targets {
		message.Targets[id] = [4]int{t.X, t.Y, t.Width, t.Height}
	}
	line, err := json.Marshal(message)
	if err != nil {
		return "", fmt.Errorf("announcing a screen: %w", err)
	}
	return string(line), nil
}
