package speaker

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// PlaySound's flags (mmsystem.h).
const (
	sndAsync     = 0x0001
	sndNoDefault = 0x0002
	sndFilename  = 0x00020000
)

// players is PlaySound of winmm; names are not looked at.
func players([]string) []program {
	play := windows.NewLazySystemDLL("winmm.dll").NewProc("PlaySoundW")
	if play.Find() != nil {
		return nil
	}
	return []program{{name: "PlaySound", run: func(ctx context.Context, r request) error {
		path, err := windows.UTF16PtrFromString(r.file)
		if err != nil {
			return err
		}
		if ok, _, err := play.Call(uintptr(unsafe.Pointer(path)), 0, sndFilename|sndAsync|sndNoDefault); ok == 0 {
			return fmt.Errorf("PlaySound: %w", err)
		}
		heard := time.NewTimer(r.long)
		defer heard.Stop()
		select {
		case <-heard.C:
			return nil
		case <-ctx.Done():
			_, _, _ = play.Call(0, 0, 0) // ends what is heard
			return ctx.Err()
		}
	}}}
}

// apart keeps a program's console window away.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
}
