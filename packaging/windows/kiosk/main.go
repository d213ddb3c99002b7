//go:build windows

// Command countersign-kiosk is what a terminal needs around it on Windows, where no
// service manager has windows: it keeps the terminal running, and does at installation what
// neither setup program does well by itself, so that both do the same.
//
//	keep     start the terminal and start it again whenever it ends
//	prepare  make folders with their rights, PINs, configuration and the task that starts
//	         the terminal; enrol it where a code is given, as a file or by
//	         COUNTERSIGN_ENROLMENT_CODE
//	stop     end the terminal and its keeper
//	remove   stop, and take everything back but what was sold and the keys
//	graphics say which OpenGL the machine has; fail where it cannot draw the window
//
// It is a program without a console: what it says at installation is in logs\setup.log of
// the data folder as well.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"

	"countersign/packaging/windows/kiosk/setting"
)

// How it ends: partly is that of a machine that is installed and was not enrolled.
const (
	well   = 0
	failed = 1
	wrong  = 2
	partly = 3
)

var errPartly = errors.New("installed, but not enrolled")

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		args = []string{"keep"}
	}
	folders, err := folders()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return failed
	}
	if args[0] == "keep" {
		if err := keep(ctx, folders); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			return failed
		}
		return well
	}
	var want wanted
	flags := flag.NewFlagSet("countersign-kiosk "+args[0], flag.ContinueOnError)
	commands := map[string]func(context.Context, setting.Folders, *wanted, io.Writer) error{
		"prepare": prepare, "stop": stopAll, "remove": remove, "graphics": graphics,
	}
	do := commands[args[0]]
	switch {
	case do == nil:
		fmt.Fprintln(os.Stderr, "usage: countersign-kiosk keep|prepare|stop|remove|graphics")
		return wrong
	case args[0] == "prepare":
		want.register(flags)
	case args[0] == "remove":
		flags.BoolVar(&want.everything, "everything", false, "remove journal, keys and settings too")
	}
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() > 0 {
		return wrong
	}
	err = do(ctx, folders, &want, os.Stderr)
	switch {
	case errors.Is(err, errPartly) && want.later:
		return well
	case errors.Is(err, errPartly):
		fmt.Fprintln(os.Stderr, "error:", err)
		return partly
	case err != nil:
		fmt.Fprintln(os.Stderr, "error:", err)
		return failed
	}
	return well
}

// folders are those of this installation: the programs' is where this program lies.
func folders() (setting.Folders, error) {
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		return setting.Folders{}, fmt.Errorf("find %%ProgramData%%: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return setting.Folders{}, fmt.Errorf("find this program: %w", err)
	}
	f := setting.In("", data)
	f.Programs = filepath.Dir(self)
	return f, nil
}

// wanted is what prepare and remove are told.
type wanted struct {
	account, authority, codeFile, configuration string
	autostart                                   string
	later, everything                           bool
}

func (w *wanted) register(flags *flag.FlagSet) {
	flags.StringVar(&w.account, "account", "", "`name` of the account that the terminal runs as (default: who installs)")
	flags.StringVar(&w.authority, "authority", "", "authority's `URL`")
	flags.StringVar(&w.codeFile, "code-file", "", "`file` with the enrolment code, CS1E:…")
	flags.StringVar(&w.configuration, "config", "", "configuration `file` to begin with")
	flags.StringVar(&w.autostart, "autostart", "", "no: do not start the terminal when the account logs on")
	flags.BoolVar(&w.later, "enrolled-later", false, "end well where enrolling fails: it can be done on the screen")
}

// commandTime is the most that a program of Windows or the terminal's enrolment may take.
const commandTime = 3 * time.Minute
