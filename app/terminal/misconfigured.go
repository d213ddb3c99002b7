package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/terminal/preferences"
	welcomescreens "countersign/app/terminal/welcome/screens"
	"countersign/app/widgets"
)

// This file is a terminal whose settings cannot be used. Whoever stands before it is told
// on the screen: a program that only ends is started again and again, and nobody sees why.

// configure takes the settings of run from wherever they are, and looks at what can be
// wrong with them.
func (t *terminal) configure(args []string, errOut io.Writer) error {
	if err := t.parse("run", args, errOut, t.ofRun()...); err != nil {
		return err
	}
	check := t.checkKiosk
	if t.first.wizard { // which asks for what is missing
		check = t.checkRun
	}
	if err := check(); err != nil {
		return err
	}
	return program.Placed(t.first.token.Check(), t.origins)
}

// mendable says whether what is wrong with the settings can be mended while a window waits
// for it: what is on the command line cannot.
func (t *terminal) mendable(err error) bool {
	return t.first.wizard && len(wrongWith(err)) > 0
}

// wrongWith lists what is wrong with the settings that are in files and in the environment.
// It is nothing for other errors.
func wrongWith(err error) (list []welcomescreens.Problem) {
	var problems configuration.Problems
	var misplaced *configuration.Misplaced
	var file *fs.PathError
	switch {
	case errors.Is(err, program.ErrUsage):
	case errors.As(err, &problems):
		for _, p := range problems {
			list = append(list, welcomescreens.Problem{At: strings.TrimSuffix(p.Error(), ": "+p.What), What: p.What})
		}
	case errors.As(err, &misplaced):
		list = append(list, welcomescreens.Problem{At: strings.Join(misplaced.At, ", "), What: misplaced.What})
	case errors.As(err, &file):
		list = append(list, welcomescreens.Problem{At: file.Path, What: file.Err.Error()})
	}
	return list
}

// settingsRound is how often it is looked whether the settings were changed.
const settingsRound = time.Second

// complain shows what is wrong with the settings until they can be used, and then has this
// program go on as what it was started as.
func (t *terminal) complain(ctx context.Context, args []string, out, errOut io.Writer, wrong error) error {
	t.log = slog.New(slog.NewJSONHandler(errOut, nil)) // where it should go is among what cannot be used
	t.log.ErrorContext(ctx, "settings cannot be used", "error", wrong.Error())
	files := t.watched()
	right, err := welcomescreens.Complain(ctx, t.plainLook(ctx, out), welcomescreens.ComplaintSetup{
		Language: t.preferred.Load().Language, Changed: files.changed, Every: settingsRound,
		Wrong: func(ctx context.Context) []welcomescreens.Problem {
			next := &terminal{}
			err := next.configure(args, errOut)
			for name, mark := range next.watched() {
				if _, is := files[name]; !is {
					files[name] = mark
				}
			}
			if err != nil {
				t.log.WarnContext(ctx, "settings cannot be used", "error", err.Error())
			}
			if list := wrongWith(err); list != nil || err == nil {
				return list
			}
			return []welcomescreens.Problem{{What: err.Error()}}
		},
	}, wrongWith(wrong))
	if right {
		t.next = os.Args
	}
	return err
}

// plainLook is how a window looks of a terminal that knows its command line and perhaps
// what people have set at the till.
func (t *terminal) plainLook(ctx context.Context, out io.Writer) widgets.Window {
	var err error
	if t.width, t.height, err = parseSize(t.size); err != nil {
		t.width, t.height = 1280, 800
	}
	p := preferences.Preferences{Language: t.language, Light: t.light, HighContrast: t.highContrast, Large: t.textScale >= 1.5}
	t.preferred.Store(&p)
	if t.Data != "" {
		if err := t.loadPreferences(); err != nil {
			t.log.WarnContext(ctx, "preferences not read", "error", err.Error())
			t.preferred.Store(&p)
		}
	}
	var announce io.Writer
	if t.announce {
		announce = out
	}
	return widgets.Window{Width: t.width, Height: t.height, FullScreen: t.fullScreen, Announce: announce, Appearance: t.appearance(), Attend: t.supervised}
}

// watchedFiles are the files that settings are in, as they were when they were looked at
// last.
type watchedFiles map[string]fileMark

type fileMark struct {
	size  int64
	at    time.Time
	there bool
}

// watched are the files that may be mended.
func (t *terminal) watched() watchedFiles {
	w := watchedFiles{}
	names := []string{t.file, t.itemsFile}
	if t.Data != "" {
		names = append(names, t.keptFile())
	}
	for _, name := range names {
		if name != "" {
			w[name] = markOf(name)
		}
	}
	return w
}

func markOf(name string) fileMark {
	info, err := os.Stat(name)
	if err != nil {
		return fileMark{}
	}
	return fileMark{info.Size(), info.ModTime(), true}
}

// changed says whether any of them has changed since it was asked last.
func (w watchedFiles) changed() (any bool) {
	for name, before := range w {
		if now := markOf(name); now != before {
			w[name], any = now, true
		}
	}
	return any
}
