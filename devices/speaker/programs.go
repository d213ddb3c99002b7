package speaker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// request is what a program is to do: play a file, or speak a text, into the file if it writes one.
type request struct {
	file           string
	long           time.Duration // of the file
	language, text string
}

// program is one that plays or speaks.
type program struct {
	name   string
	writes bool // speaks into the request's file, which is then played
	run    func(context.Context, request) error
}

// base is a language without its country, in small letters: "zh" of zh-CN; "en" of nothing.
func base(tag string) string {
	language, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if language == "" {
		return "en"
	}
	return language
}

// baseName is a program's name without its folder and ending.
func baseName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".exe") }

// command runs a program until it ends or ctx does; then it and what it has started are killed. What it says on its standard error,
// a line at most, becomes part of the error.
func command(ctx context.Context, input, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(input)
	said := &firstLine{}
	cmd.Stderr = said
	cmd.WaitDelay = 500 * time.Millisecond // for a grandchild that keeps the standard error open
	apart(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && said.line() != "":
		return fmt.Errorf("%w: %s", err, said.line())
	}
	return err
}

// firstLine keeps the beginning of what a program says.
type firstLine struct{ kept bytes.Buffer }

// Write takes everything.
func (f *firstLine) Write(p []byte) (int, error) {
	if room := 200 - f.kept.Len(); room > 0 {
		f.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (f *firstLine) line() string {
	line, _, _ := strings.Cut(strings.TrimSpace(f.kept.String()), "\n")
	return line
}

// wavLong is how long a WAVE file of PCM is heard.
func wavLong(path string) (time.Duration, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	header := make([]byte, 44)
	if _, err := io.ReadFull(file, header); err != nil {
		return 0, err
	}
	rate := binary.LittleEndian.Uint32(header[28:]) // bytes a second
	if string(header[:4]) != "RIFF" || string(header[8:12]) != "WAVE" || rate == 0 {
		return 0, errors.New("no WAVE file")
	}
	return time.Duration(info.Size()-44) * time.Second / time.Duration(rate), nil
}
