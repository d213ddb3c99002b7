//go:build windows

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/windows"

	"countersign/packaging/windows/kiosk/rotation"
	"countersign/packaging/windows/kiosk/setting"
)

const (
	// What logs may take: ten files of 5 MB.
	logMost = 5 << 20
	logKept = 9
	// briefly is how long a terminal lives that has not come up; after such a one the next
	// is begun later and later, but always within slowest.
	briefly = 20 * time.Second
	slowest = 15 * time.Second
	// farewell is how long a terminal may take to close its window.
	farewell = 10 * time.Second

	keeperName = `Local\Countersign kiosk`
	stopName   = `Global\Countersign kiosk stop`
)

// keep starts the terminal and starts it again whenever it ends, for ever: whoever stands
// at the counter cannot. A second keeper in one session ends at once.
func keep(ctx context.Context, f setting.Folders) error {
	mutex, err := windows.CreateMutex(nil, false, windows.StringToUTF16Ptr(keeperName))
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return windows.CloseHandle(mutex)
	} else if err != nil {
		return fmt.Errorf("look for another keeper: %w", err)
	}
	defer windows.CloseHandle(mutex)
	file, err := rotation.Open(f.Log(), logMost, logKept)
	if err != nil {
		return err
	}
	defer file.Close()
	log := slog.New(slog.NewJSONHandler(file, nil))
	group, err := newGroup()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	waiting, err := onStop(ctx, cancel)
	if err != nil { // it can be ended by its process all the same
		log.ErrorContext(ctx, "keeper cannot be told to end", "error", err.Error())
	} else {
		defer func() { cancel(); <-waiting }()
	}
	pause := time.Second
	for {
		began := time.Now()
		err := once(ctx, program(ctx, f, log), f, file, group)
		if ctx.Err() != nil {
			return nil
		}
		lived := time.Since(began).Round(time.Millisecond)
		if lived < briefly {
			pause = min(2*pause, slowest)
		} else {
			pause = time.Second
		}
		log.ErrorContext(ctx, "terminal ended", "after", lived.String(), "error", fmt.Sprint(err), "again_in", pause.String())
		again := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			again.Stop()
			return nil
		case <-again.C:
		}
	}
}

// once runs the terminal until it has ended, and with it whatever it goes on as: that has
// its log open, which is why reading it ends only then.
func once(ctx context.Context, terminal string, f setting.Folders, log io.Writer, group group) error {
	c := exec.CommandContext(ctx, terminal, "run", "--log", "") // --log "": rotated here
	c.Dir, c.Env = f.Books(), environment(f)
	c.Stderr = log
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
	c.Cancel = func() error {
		group.closeWindows()
		time.AfterFunc(farewell, func() { os.Exit(well) }) // and with this process the group
		return nil
	}
	return c.Run()
}

// environment is what the terminal finds its token by.
func environment(f setting.Folders) []string {
	return append(os.Environ(), "SOFTHSM2_CONF="+f.SoftTokenConfiguration())
}

// onStop calls stop when somebody with the right to wants the keeper to end, until the
// context does.
func onStop(ctx context.Context, stop func()) (ended <-chan struct{}, err error) {
	rights, err := attributes(setting.StopEvent())
	if err != nil {
		return nil, err
	}
	event, err := windows.CreateEvent(rights, 1, 0, windows.StringToUTF16Ptr(stopName))
	if err != nil && !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return nil, fmt.Errorf("make the event that ends a keeper: %w", err)
	}
	done := make(chan struct{})
	context.AfterFunc(ctx, func() { _ = windows.SetEvent(event) }) // wakes the one that waits
	go func() {
		defer close(done)
		_, _ = windows.WaitForSingleObject(event, windows.INFINITE)
		stop()
		_ = windows.CloseHandle(event)
	}()
	return done, nil
}
