package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"runtime"
	"time"

	"countersign/app/program"
	"countersign/app/updater/debian"
	"countersign/app/updater/health"
	"countersign/app/updater/steps"
	"countersign/app/updater/updatefile"
)

// examination is the program that the terminal's package has for --doctor.
const examination = "/usr/lib/countersign/examine-terminal"

// packaged is a program that a package brings, or "" where it is not installed.
func packaged(path string) string {
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// settings are what the flags say.
type settings struct {
	file, version              string
	state, keys, product, unit string
	doctor, root, log          string
	settle, wait               time.Duration
	wishes                     steps.Wishes
}

// parse reads flags: those that name a machine's parts, and a command's own.
func (s *settings) parse(name string, args []string, errOut io.Writer, own func(*flag.FlagSet), needed ...string) error {
	flags := program.NewFlags("countersign-update "+name, errOut)
	flags.StringVar(&s.state, "state", "/var/lib/countersign-update", "`folder` of notes and kept files")
	flags.StringVar(&s.keys, "keys", "/usr/share/countersign/update-keys", "`folder` of the public keys")
	flags.StringVar(&s.product, "package", "countersign-terminal", "`name` of the package")
	flags.StringVar(&s.unit, "unit", "countersign-terminal.service", "`name` of its systemd unit")
	flags.StringVar(&s.doctor, "doctor", packaged(examination), "`program` that examines it and writes what \"terminal doctor --json\" does; \"\": the unit alone counts")
	flags.StringVar(&s.root, "root", "", "root `folder` of the system that is changed (default: the running one)")
	flags.StringVar(&s.log, "log", "", "log `file` (default standard error)")
	flags.DurationVar(&s.settle, "settle", 20*time.Second, "how long it must run without a restart")
	flags.DurationVar(&s.wait, "wait", 5*time.Minute, "how long it may take to be well")
	if own != nil {
		own(flags)
	}
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	return program.Need(flags, needed...)
}

func (s *settings) registerFile(flags *flag.FlagSet) {
	flags.StringVar(&s.file, "file", "", "update `file`")
}

// work has an updater work on this machine.
func (s *settings) work(errOut io.Writer, work func(*steps.Updater) error) (err error) {
	keys, err := updatefile.ReadKeys(s.keys)
	if err != nil {
		return err
	}
	log, closeLog, err := program.OpenLog(s.log, errOut)
	if err != nil {
		return err
	}
	w := health.Watcher{Service: health.Unit(s.unit), Settle: s.settle, Limit: s.wait, Every: time.Second}
	if s.doctor != "" {
		w.Examine = health.Doctor(s.doctor)
	}
	err = work(&steps.Updater{
		Dir: s.state, Product: s.product, Architecture: runtime.GOARCH, Keys: keys, Now: time.Now, Log: log,
		Installer: debian.Dpkg{Root: s.root}, Health: w,
	})
	if closed := closeLog(); err == nil {
		err = closed
	}
	return err
}

// verify says what a file holds, having read all of it.
func verify(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("verify", args, errOut, s.registerFile, "file"); err != nil {
		return err
	}
	keys, err := updatefile.ReadKeys(s.keys)
	if err != nil {
		return err
	}
	f, err := os.Open(s.file)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	file, err := updatefile.Read(f, keys)
	if err != nil {
		return err
	}
	if err := file.Verify(ctx); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(file.Manifest)
}

func apply(ctx context.Context, args []string, _, errOut io.Writer) error {
	var s settings
	err := s.parse("apply", args, errOut, func(flags *flag.FlagSet) {
		s.registerFile(flags)
		flags.BoolVar(&s.wishes.Older, "rollback", false, "take a version that is not newer, too")
		flags.BoolVar(&s.wishes.NoWayBack, "no-way-back", false, "although the installed version's file is not kept")
	}, "file")
	if err != nil {
		return err
	}
	return s.work(errOut, func(u *steps.Updater) error { return u.Apply(ctx, s.file, s.wishes) })
}

func keep(ctx context.Context, args []string, _, errOut io.Writer) error {
	var s settings
	if err := s.parse("keep", args, errOut, s.registerFile, "file"); err != nil {
		return err
	}
	return s.work(errOut, func(u *steps.Updater) error { return u.Keep(ctx, s.file) })
}

func back(ctx context.Context, args []string, _, errOut io.Writer) error {
	var s settings
	err := s.parse("back", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&s.version, "version", "", "`version` to go back to")
	}, "version")
	if err != nil {
		return err
	}
	to, err := updatefile.ParseVersion(s.version)
	if err != nil {
		return program.Usagef("--version: %w", err)
	}
	return s.work(errOut, func(u *steps.Updater) error { return u.Back(ctx, to) })
}

func resume(ctx context.Context, args []string, _, errOut io.Writer) error {
	var s settings
	if err := s.parse("resume", args, errOut, nil); err != nil {
		return err
	}
	return s.work(errOut, func(u *steps.Updater) error { return u.Resume(ctx) })
}

// status tells the notes and what is kept, as one JSON object.
func status(_ context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("status", args, errOut, nil); err != nil {
		return err
	}
	u := &steps.Updater{Dir: s.state}
	state, err := u.State()
	if err != nil {
		return err
	}
	kept, err := u.Kept()
	if err != nil {
		return err
	}
	if kept == nil {
		kept = []updatefile.Version{}
	}
	return json.NewEncoder(out).Encode(struct {
		steps.State
		Kept []updatefile.Version `json:"kept"`
	}{state, kept})
}
