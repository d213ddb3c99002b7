//go:build windows

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/windows"

	"countersign/packaging/windows/kiosk/setting"
)

// stopAll ends the terminal and its keeper, in whichever session they run, and waits until
// the program file can be replaced.
func stopAll(ctx context.Context, f setting.Folders, _ *wanted, _ io.Writer) error {
	event, err := windows.OpenEvent(windows.EVENT_MODIFY_STATE, false, windows.StringToUTF16Ptr(stopName))
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return nil // none runs
	} else if err != nil {
		return fmt.Errorf("find the keeper: %w", err)
	}
	err = errors.Join(windows.SetEvent(event), windows.CloseHandle(event))
	if err != nil {
		return fmt.Errorf("tell the keeper to end: %w", err)
	}
	late := time.NewTimer(2 * farewell)
	defer late.Stop()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		// The event is gone with the last who had it open.
		event, err := windows.OpenEvent(windows.EVENT_MODIFY_STATE, false, windows.StringToUTF16Ptr(stopName))
		if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
			return nil
		} else if err == nil {
			err = windows.CloseHandle(event)
		}
		if err != nil {
			return fmt.Errorf("wait for the keeper: %w", err)
		}
		select {
		case <-look.C:
		case <-late.C:
			return errors.New("the terminal did not end: log its account off, then try again")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// remove takes back what prepare did. Journal, keys and settings stay, for administrators
// alone, unless everything is to go: books have to be kept for years in most countries, and
// sales that settlement has not answered are in the journal alone.
func remove(ctx context.Context, f setting.Folders, want *wanted, out io.Writer) error {
	err := stopAll(ctx, f, want, out)
	err = errors.Join(err, autostart(ctx, f, "", false, out), unlinkPrograms(f))
	if _, gone := os.Lstat(f.Data); errors.Is(gone, os.ErrNotExist) {
		return err
	}
	if want.everything {
		return errors.Join(err, removeAll(f.Data))
	}
	descriptor, wrong := windows.SecurityDescriptorFromString(setting.Closed())
	if wrong != nil {
		return errors.Join(err, fmt.Errorf("rights: %w", wrong))
	}
	for _, name := range []string{f.Data, f.Books(), f.Tokens(), f.Logs(), f.Secrets()} {
		if _, gone := os.Lstat(name); gone == nil {
			err = errors.Join(err, allow(name, descriptor))
		}
	}
	fmt.Fprintf(out, "what was sold, the keys and the settings stay in %s\n", f.Data)
	return err
}

// removeAll removes a folder and all in it, one after the other: os.RemoveAll asks Windows 10
// for what Wine does not know. It goes into no junction and no link.
func removeAll(folder string) error {
	var all []string
	err := filepath.WalkDir(folder, func(name string, _ fs.DirEntry, err error) error {
		all = append(all, name)
		return err
	})
	for _, name := range slices.Backward(all) {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}
