package programtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/program/subprocess"
	"countersign/devices/secureunit/virtualtoken"
)

// patience is how long a server may take to end after it was told to, and
// commandTime how long a command may take.
const (
	patience    = 20 * time.Second
	commandTime = 2 * time.Minute
)

// Program is a built program with a data directory and a secure unit (SoftHSM) of
// its own. It belongs to its test's goroutine; the log may be read by any.
type Program struct {
	Name, Path string
	// Dir holds all that the program has; Data is its data directory, which the
	// program makes.
	Dir, Data string
	// Units are its tokens; PIN and SOPIN the files with its PINs.
	Units      *virtualtoken.Directory
	PIN, SOPIN string
	// Env is its environment.
	Env []string
	// Log is what it wrote to standard error while it served.
	Log *Log

	tb      testing.TB
	address string
	watched string
	serving *subprocess.Program // nil while it does not
}

// New prepares the program of a name for a test. It is built if it was not yet.
func New(tb testing.TB, name string) *Program {
	tb.Helper()
	return NewAt(tb, name, filepath.Join(Build(tb, name), name))
}

// NewAt prepares a program whose file is known.
func NewAt(tb testing.TB, name, path string) *Program {
	tb.Helper()
	dir := tb.TempDir()
	p := &Program{tb: tb, Name: name, Path: path, Dir: dir, Data: filepath.Join(dir, "data"), Log: &Log{}}
	var err error
	if p.Units, err = virtualtoken.Make(filepath.Join(dir, "unit")); err != nil {
		tb.Fatal(err)
	}
	p.Env = append(os.Environ(), p.Units.Environ())
	p.PIN, p.SOPIN = p.Write("pin", name+"'s pin"), p.Write("so-pin", "officer's pin")
	return p
}

// Write puts a line of text into a file of the program's directory and returns
// its path.
func (p *Program) Write(name, text string) string {
	p.tb.Helper()
	path := filepath.Join(p.Dir, name)
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		p.tb.Fatal(err)
	}
	return path
}

// InData are flags after the one that names the data directory: what is given
// counts.
func (p *Program) InData(more ...string) []string { return append([]string{"--data", p.Data}, more...) }

// Own are flags after those that open the secure unit as well.
func (p *Program) Own(more ...string) []string {
	return p.InData(append([]string{"--token", p.Name, "--pin-file", p.PIN}, more...)...)
}

// Founding are flags after those that make the secure unit.
func (p *Program) Founding(more ...string) []string {
	return p.Own(append([]string{"--init-token", "--so-pin-file", p.SOPIN}, more...)...)
}

// Run carries out a command of one or two words and returns what it wrote and its
// exit status.
func (p *Program) Run(words string, flags ...string) (stdout, stderr string, status int) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.tb.Context(), commandTime)
	defer cancel()
	command := exec.CommandContext(ctx, p.Path, append(strings.Fields(words), flags...)...)
	command.Env = p.Env
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.tb.Fatal(err)
	}
	return strings.TrimSpace(out.String()), errs.String(), command.ProcessState.ExitCode()
}

// OK is Run for a command that must succeed; it returns what it wrote to standard
// output.
func (p *Program) OK(words string, flags ...string) string {
	p.tb.Helper()
	stdout, stderr, status := p.Run(words, flags...)
	if status != 0 {
		p.tb.Fatalf("%s %s %v: status %d\n%s\n%s", p.Name, words, flags, status, stdout, stderr)
	}
	return stdout
}

// Start has the program serve until the test ends or it is stopped, at the
// address that it had before.
func (p *Program) Start(more ...string) {
	p.tb.Helper()
	if p.address != "" {
		more = append([]string{"--listen", p.address}, more...)
	} else {
		p.tb.Cleanup(func() {
			if p.serving == nil {
				return
			}
			if err := p.Stop(syscall.SIGTERM); err != nil {
				p.tb.Errorf("%s ends: %v\n%s", p.Name, err, p.Log.Tail())
			}
		})
	}
	first := make(chan []byte, 1)
	serving, err := subprocess.Start(subprocess.Command{
		Name: p.Name, Path: p.Path, Args: append([]string{"serve"}, p.Own(more...)...), Env: p.Env,
		Stdout: func(line []byte) {
			select {
			case first <- line:
			default: // only the first is asked for
			}
		},
		Stderr: func(line []byte) { _, _ = p.Log.Write(append(line, '\n')) }, // never fails
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	var line []byte
	select {
	case line = <-first:
	case <-serving.Done(): // it may have said something before
		select {
		case line = <-first:
		default:
		}
	}
	var said struct{ Listening, Metrics string }
	if json.Unmarshal(line, &said) != nil || said.Listening == "" {
		stopped := serving.Stop()
		p.tb.Fatalf("%s said %q: %v, %v\n%s", p.Name, line, stopped, serving.Exit(), p.Log.Tail())
	}
	p.serving = serving
	p.address, p.watched = said.Listening, said.Metrics
}

// Watch asks the listener of --metrics for a path, "/healthz".
func (p *Program) Watch(path string) (status int, body string, err error) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + p.watched + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// Address is where the program listens, "127.0.0.1:43121".
func (p *Program) Address() string { return p.address }

// URL is the address for HTTPS.
func (p *Program) URL() string { return "https://" + p.address }

// Signal sends the serving program a signal and does not wait.
func (p *Program) Signal(s syscall.Signal) {
	p.tb.Helper()
	if err := p.serving.Signal(s); err != nil {
		p.tb.Fatal(err)
	}
}

// Stop sends the serving program a signal and waits for its end.
func (p *Program) Stop(s syscall.Signal) error {
	p.tb.Helper()
	p.Signal(s)
	return p.Wait()
}

// Wait waits for the end of the serving program and returns how it ended.
func (p *Program) Wait() error {
	p.tb.Helper()
	giveUp := time.NewTimer(patience)
	defer giveUp.Stop()
	serving := p.serving
	p.serving = nil
	select {
	case <-serving.Done():
		return serving.Exit()
	case <-giveUp.C:
		_ = serving.Signal(syscall.SIGKILL)
		<-serving.Done()
		p.tb.Fatalf("%s does not end\n%s", p.Name, p.Log.Tail())
		return nil
	}
}
