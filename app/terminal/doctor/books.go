package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
)

// Running says whether a terminal has the journal in a file open.
func Running(path string) bool {
	ended, end := context.WithCancel(context.Background())
	end() // it is not to be read, only asked for
	_, err := journal.Inspect(ended, path)
	return errors.Is(err, journal.ErrInUse)
}

// Terminal says whether one runs. service, if it is not nil, is what the operating system
// knows of it: its state and what it last said, both may be empty.
func Terminal(running bool, service func(context.Context) (state, said string)) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		f := finding{}.fact("running", running)
		var state, word string
		if service != nil {
			state, word = service(ctx)
		}
		if state != "" {
			f = f.fact("service", state).fact("status", word)
		}
		switch {
		case running:
			f = f.ok("A terminal runs, and holds the journal and its devices.")
		case state == "failed":
			f = f.bad("The terminal's service has failed.", "See why: journalctl -u countersign-terminal; then systemctl restart countersign-terminal.")
		default:
			f = f.ok("No terminal runs.")
		}
		if word != "" {
			f.found = append(f.found, "It says: "+sentence(word))
		}
		return f.done()
	}
}

// Journal verifies the journal and its copy, or, while a terminal runs, the copy as far as
// it was written.
func Journal(path string) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		var f finding
		i, err := journal.Inspect(ctx, path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return f.fact("records", 0).ok("There is none yet: nothing was sold here.").done()
		case errors.Is(err, journal.ErrInUse):
			return f.whileRunning(ctx, path).done()
		case errors.Is(err, context.DeadlineExceeded):
			return f.warn("It is too long to be verified here.", "Have it verified by itself: terminal journal verify.").done()
		case err != nil:
			return f.failed(err, "Keep a copy of all journal files, and call the installer.").done()
		}
		f = f.fact("records", i.Records).fact("head", fmt.Sprintf("%x", i.Head))
		if c := i.Checkpoint; c.Sequence != 0 {
			f = f.fact("checkpoint", c.Sequence).fact("checkpoint_received", len(c.Receipt) > 0)
		}
		if b := i.Broken; b != nil {
			return f.fact("broken", b.Record).bad("It does not hold: "+sentence(b.What), "Nothing was changed: keep a copy of all journal files as they are, then start the terminal, which repairs what the other file still has, and call the installer.").done()
		}
		f = f.ok(fmt.Sprintf("All %d records hold, in both files.", i.Records))
		for _, found := range i.Findings {
			if f = f.fact("finding", string(found.Kind)); found.Alert {
				f = f.warn(sentence(found.Text), "The next start puts it right; tell the manager.")
			} else {
				f = f.ok(sentence(found.Text))
			}
		}
		return f.done()
	}
}

// whileRunning looks at the copy while a terminal appends to it.
func (f finding) whileRunning(ctx context.Context, path string) finding {
	f = f.fact("in_use", true)
	s, err := journal.OpenSnapshot(ctx, path)
	if err != nil {
		return f.failed(err, "Stop the terminal, keep a copy of all journal files, then start it again.")
	}
	defer s.Close()
	var last time.Time
	err = s.Since(ctx, s.Appended(), func(_ uint64, e sale.Entry) error {
		last = e.At
		return nil
	})
	f = f.fact("records", s.Appended())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return f.warn("It is too long to be verified here.", "Stop the terminal and have it verified by itself: terminal journal verify.")
	case err != nil:
		return f.failed(err, "Stop the terminal, keep a copy of all journal files, then start it again: it repairs what the other file still has.")
	case last.IsZero():
		return f.ok("The running terminal has it open; nothing was sold yet.")
	}
	return f.fact("last", last.UTC()).ok(fmt.Sprintf("The running terminal has it open; all %d records of its copy hold, the last of %s.", s.Appended(), moment(last)))
}
