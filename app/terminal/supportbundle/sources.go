package supportbundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// MaxTail is how much of the end of a log goes into a bundle, bytes.
const MaxTail = 2 << 20

// Tail is the end of a file, from the beginning of a line.
func Tail(path string) func(context.Context, io.Writer) error {
	return func(_ context.Context, w io.Writer) (err error) {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		from := max(0, info.Size()-MaxTail)
		tail := io.NewSectionReader(file, from, info.Size()-from)
		if from > 0 {
			if err := skipLine(tail); err != nil {
				return err
			}
		}
		_, err = io.Copy(w, tail)
		return err
	}
}

// skipLine reads up to the end of a line.
func skipLine(r io.Reader) error {
	for b := make([]byte, 1); ; {
		if _, err := r.Read(b); err != nil || b[0] == '\n' {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// Command is what a program of the machine says; that it is not there is told.
func Command(name string, args ...string) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) error {
		path, err := exec.LookPath(name)
		if err != nil {
			return fmt.Errorf("%s is not on this machine", name)
		}
		command := exec.CommandContext(ctx, path, args...)
		command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=", "PAGER=")
		command.Stdout, command.Stderr = w, w
		return command.Run()
	}
}
