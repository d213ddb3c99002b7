//go:build windows

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"

	"countersign/packaging/windows/kiosk/rotation"
	"countersign/packaging/windows/kiosk/setting"
)

// prepare makes a machine ready whose programs are laid out. It may be interrupted and run
// again; PINs and a configuration that are there stay.
func prepare(ctx context.Context, f setting.Folders, want *wanted, out io.Writer) (err error) {
	sid, err := accountSID(want.account)
	if err != nil {
		return err
	}
	if err := folder(f.Data, setting.ReadBy(sid)); err != nil {
		return err
	}
	for _, written := range []string{f.Books(), f.Tokens(), f.Logs()} {
		if err := folder(written, setting.WrittenBy(sid)); err != nil {
			return err
		}
	}
	if err := folder(f.Secrets(), setting.ReadBy(sid)); err != nil {
		return err
	}
	record, err := rotation.Open(filepath.Join(f.Logs(), "setup.log"), logMost, 1)
	if err != nil {
		return err
	}
	defer record.Close()
	out = io.MultiWriter(out, record)
	defer func() {
		if err != nil {
			fmt.Fprintln(record, "error:", err)
		}
	}()
	for _, pin := range []string{f.PIN(), f.SOPIN()} {
		if err := newPIN(pin); err != nil {
			return err
		}
	}
	if err := linkPrograms(f); err != nil {
		return err
	}
	if err := configure(ctx, f, want, out); err != nil {
		return err
	}
	if err := autostart(ctx, f, sid, want.autostart != "no", out); err != nil {
		return err
	}
	fmt.Fprintf(out, "prepared for the account %s\n", sid)
	if err := enrol(ctx, f, want, out); err != nil {
		return fmt.Errorf("%w: %w", errPartly, err)
	}
	return nil
}

// newPIN writes a PIN of 128 random bits that nobody ever sees, unless there is one.
func newPIN(name string) error {
	var random [16]byte
	rand.Read(random[:])
	err := writeNew(name, []byte(hex.EncodeToString(random[:])))
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// writeNew writes a file that is there whole or not at all, and only if it is not there.
func writeNew(name string, text []byte) error {
	if _, err := os.Lstat(name); err == nil {
		return os.ErrExist
	}
	return replace(name, text)
}

func replace(name string, text []byte) error {
	file, err := os.Create(name + ".new")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// configure writes the configuration, unless there is one, and what SoftHSM 2 is told.
func configure(ctx context.Context, f setting.Folders, want *wanted, out io.Writer) error {
	if err := replace(f.SoftTokenConfiguration(), []byte(f.SoftTokenSettings())); err != nil {
		return err
	}
	if _, err := os.Lstat(f.Configuration()); err == nil && want.configuration == "" {
		return nil
	}
	from := want.configuration
	if from == "" {
		from = f.Example()
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	filled := setting.Fill(string(text), f.Values(want.authority))
	next := filepath.Join(f.Data, "next.toml")
	if err := replace(next, []byte(filled)); err != nil {
		return err
	}
	if err := command(ctx, f, out, f.Terminal(), "config", "check", "--config", next); err != nil {
		return errors.Join(fmt.Errorf("the configuration %s is not taken: %w", from, err), os.Remove(next))
	}
	if want.configuration != "" {
		if err := os.Rename(f.Configuration(), f.Configuration()+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("keep the old configuration: %w", err)
		}
	}
	return os.Rename(next, f.Configuration())
}

// codeVariable holds an enrolment code, where setup got it as such: not on a command line.
const codeVariable = "COUNTERSIGN_ENROLMENT_CODE"

// enrol has the authority certify the terminal, if there is a code. It may be interrupted
// and run again.
func enrol(ctx context.Context, f setting.Folders, want *wanted, out io.Writer) (err error) {
	file, code := want.codeFile, os.Getenv(codeVariable)
	if file == "" && code == "" {
		return nil
	}
	if err := os.Unsetenv(codeVariable); err != nil {
		return err
	}
	if file == "" {
		file = filepath.Join(f.Secrets(), "code")
		if err := replace(file, []byte(code)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.Remove(file)) }()
	}
	args := []string{"enrol", "--config", f.Configuration(), "--log", "", "--code-file", file}
	if want.authority != "" {
		args = append(args, "--authority", want.authority)
	}
	return command(ctx, f, out, f.Terminal(), args...)
}

// command runs a program and passes on what it says.
func command(ctx context.Context, f setting.Folders, out io.Writer, program string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Env = environment(f)
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
	said, err := c.CombinedOutput()
	if said = bytes.TrimSpace(said); len(said) > 0 {
		fmt.Fprintf(out, "%s\n", said)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(program), args[0], err)
	}
	return nil
}

// schtasks is Windows' own program for scheduled tasks.
func schtasks() (string, error) {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return "", fmt.Errorf("find Windows' programs: %w", err)
	}
	return filepath.Join(system, "schtasks.exe"), nil
}

// autostart makes the task that starts the terminal when the account logs on, or removes
// one that is there.
func autostart(ctx context.Context, f setting.Folders, sid string, wanted bool, out io.Writer) error {
	program, err := schtasks()
	if err != nil {
		return err
	}
	if !wanted {
		_ = command(ctx, f, io.Discard, program, "/delete", "/tn", setting.TaskName, "/f") // there may be none
		return nil
	}
	file := filepath.Join(f.Data, "task.xml")
	if err := replace(file, []byte(f.Task(sid))); err != nil {
		return err
	}
	err = command(ctx, f, out, program, "/create", "/tn", setting.TaskName, "/xml", file, "/f")
	if err := errors.Join(err, os.Remove(file)); err != nil {
		return err
	}
	// At once, where the account is logged on.
	_ = command(ctx, f, io.Discard, program, "/run", "/tn", setting.TaskName)
	return nil
}
