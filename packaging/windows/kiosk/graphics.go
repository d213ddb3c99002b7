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
	"path/filepath"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"countersign/packaging/windows/kiosk/setting"
)

// graphicsVariable overrules what is found: "hardware" or "software".
const graphicsVariable = "COUNTERSIGN_GRAPHICS"

// lookTime is how long a driver may take to say what it is.
const lookTime = 15 * time.Second

// program is the terminal that this machine can draw now: a screen that is reached from
// afar, or one whose driver is being replaced, has less than it had before.
func program(ctx context.Context, f setting.Folders, log *slog.Logger) string {
	if _, err := os.Stat(f.DrawnTerminal()); err != nil {
		return f.Terminal()
	}
	switch os.Getenv(graphicsVariable) {
	case "hardware":
		return f.Terminal()
	case "software":
		return f.DrawnTerminal()
	}
	// In a process of its own: a driver that is broken may end it.
	looking, enough := context.WithTimeout(ctx, lookTime)
	defer enough()
	look := exec.CommandContext(looking, f.Keeper(), "graphics")
	look.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
	said, err := look.CombinedOutput()
	if err == nil {
		return f.Terminal()
	}
	log.WarnContext(ctx, "no graphics driver that can draw the window: it is drawn in software", "found", string(said), "error", err.Error())
	return f.DrawnTerminal()
}

// graphics prints the version of this machine's OpenGL; it fails where that is not enough.
func graphics(_ context.Context, _ setting.Folders, _ *wanted, out io.Writer) error {
	version, err := openGL()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, version)
	if !setting.CanDraw(version) {
		return errors.New("that is too old: the window needs 2.1")
	}
	return nil
}

// linkPrograms puts the programs beside the OpenGL that draws without a driver, under a
// second name on the same disk.
func linkPrograms(f setting.Folders) error {
	if _, err := os.Stat(f.Graphics()); err != nil {
		return nil // there is none
	}
	for _, name := range f.Beside() {
		from, to := filepath.Join(f.Programs, name), filepath.Join(f.Graphics(), name)
		if err := unlink(to); err != nil {
			return err
		}
		if err := os.Link(from, to); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("put %s beside the graphics: %w", name, err)
		}
	}
	return nil
}

// unlinkPrograms takes that back.
func unlinkPrograms(f setting.Folders) (err error) {
	for _, name := range f.Beside() {
		err = errors.Join(err, unlink(filepath.Join(f.Graphics(), name)))
	}
	return err
}

func unlink(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// A pixelFormat is Windows' PIXELFORMATDESCRIPTOR.
type pixelFormat struct {
	size, version     uint16
	flags             uint32
	kind, colour      uint8
	_                 [13]uint8
	depth, stencil, _ uint8
	layer, _          uint8
	_                 [3]uint32
}

// openGL asks the machine's OpenGL, in a window that nobody sees, for its version.
func openGL() (string, error) {
	runtime.LockOSThread() // a context is a thread's; this one ends with the process
	user, gdi, gl := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("gdi32.dll"), windows.NewLazySystemDLL("opengl32.dll")
	call := func(what string, function *windows.LazyProc, arguments ...uintptr) (uintptr, error) {
		if err := function.Find(); err != nil {
			return 0, err
		}
		result, _, err := function.Call(arguments...)
		if result == 0 {
			return 0, fmt.Errorf("%s: %w", what, err)
		}
		return result, nil
	}
	const popup, drawToWindow, supportOpenGL, doubleBuffer = 0x80000000, 0x4, 0x20, 0x1
	window, err := call("open a window", user.NewProc("CreateWindowExW"), 0, uintptr(unsafe.Pointer(windows.StringToUTF16Ptr("STATIC"))), 0, popup, 0, 0, 16, 16, 0, 0, 0, 0)
	if err != nil {
		return "", err
	}
	device, err := call("draw in a window", user.NewProc("GetDC"), window)
	if err != nil {
		return "", err
	}
	wish := pixelFormat{version: 1, flags: drawToWindow | supportOpenGL | doubleBuffer, colour: 32, depth: 24, stencil: 8}
	wish.size = uint16(unsafe.Sizeof(wish))
	chosen, err := call("find a format of pixels", gdi.NewProc("ChoosePixelFormat"), device, uintptr(unsafe.Pointer(&wish)))
	if err != nil {
		return "", err
	}
	if _, err := call("set a format of pixels", gdi.NewProc("SetPixelFormat"), device, chosen, uintptr(unsafe.Pointer(&wish))); err != nil {
		return "", err
	}
	drawing, err := call("open OpenGL", gl.NewProc("wglCreateContext"), device)
	if err != nil {
		return "", err
	}
	if _, err := call("use OpenGL", gl.NewProc("wglMakeCurrent"), device, drawing); err != nil {
		return "", err
	}
	const version = 0x1f02 // GL_VERSION
	text, err := call("ask OpenGL for its version", gl.NewProc("glGetString"), version)
	if err != nil {
		return "", err
	}
	return windows.BytePtrToString(*(**byte)(unsafe.Pointer(&text))), nil
}
