//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
)

// Environment variables of the tests: where the built programs are, and what the
// test binary is to be instead of running tests.
const (
	programs  = "BIN"
	playsPart = "COUNTERSIGN_TEST_PLAYS"
)

// TestMain runs the tests, or plays a part in one: the terminal's own program, or
// the authority's key on another day.
func TestMain(m *testing.M) {
	switch os.Getenv(playsPart) {
	case "terminal":
		main()
	case "authority":
		if err := signAsAuthority(os.Stdin, os.Stdout); err != nil {
			io.WriteString(os.Stderr, err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(withPrograms(m.Run))
}

// withPrograms gives the tests a directory for the programs they build, unless
// they are given one.
func withPrograms(run func() int) int {
	if os.Getenv(programs) != "" {
		return run()
	}
	dir, err := os.MkdirTemp("", "countersign-terminal-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv(programs, dir)
	return run()
}

// server is a party that is a program: authority, settlement, or the terminal for
// its commands. It has a directory and a secure unit of its own.
type server struct {
	tb            testing.TB
	name, program string
	dir           string
	units         *virtualtoken.Directory
	env           []string
	pin, soPIN    string // files

	address string
	command *exec.Cmd
	ended   chan error
	log     *log
}

func (s *shop) newServer(name string) *server {
	s.tb.Helper()
	v := &server{tb: s.tb, name: name, program: filepath.Join(s.bin, name), dir: filepath.Join(s.dir, name), log: &log{}}
	var err error
	if v.units, err = virtualtoken.Make(filepath.Join(v.dir, "unit")); err != nil {
		s.tb.Fatal(err)
	}
	v.env = append(os.Environ(), v.units.Environ())
	if name == "terminal" {
		if v.program, err = os.Executable(); err != nil {
			s.tb.Fatal(err)
		}
		v.env = append(v.env, playsPart+"=terminal")
	}
	v.pin, v.soPIN = s.write(name+".pin", name+"'s pin"), s.write(name+".so-pin", "officer's pin")
	return v
}

func (v *server) url() string { return "https://" + v.address }

// data are flags with the one that names the data directory.
func (v *server) data(more ...string) []string {
	return append(more, "--data", filepath.Join(v.dir, "data"))
}

// unit are flags with those that open the secure unit as well.
func (v *server) unit(more ...string) []string {
	return v.data(append(more, "--token", v.name, "--pin-file", v.pin)...)
}

// newUnit are flags with those that make the secure unit.
func (v *server) newUnit(more ...string) []string {
	return v.unit(append(more, "--init-token", "--so-pin-file", v.soPIN)...)
}

// run carries out a command of one or two words.
func (v *server) run(words string, flags ...string) (stdout, stderr string, status int) {
	v.tb.Helper()
	command := exec.CommandContext(v.tb.Context(), v.program, append(strings.Fields(words), flags...)...)
	command.Env = v.env
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		v.tb.Fatal(err)
	}
	return strings.TrimSpace(out.String()), errs.String(), command.ProcessState.ExitCode()
}

// ok is run for a command that must succeed.
func (v *server) ok(words string, flags ...string) string {
	v.tb.Helper()
	stdout, stderr, status := v.run(words, flags...)
	if status != 0 {
		v.tb.Fatalf("%s %s: status %d\n%s", v.name, words, status, stderr)
	}
	return stdout
}

// start has the program serve until the test ends, at the address that it had
// before.
func (v *server) start(more ...string) {
	v.tb.Helper()
	if v.address != "" {
		more = append(more, "--listen", v.address)
	} else {
		v.tb.Cleanup(func() {
			if v.command == nil {
				return
			}
			if err := v.stop(syscall.SIGTERM); err != nil {
				v.tb.Errorf("%s ends: %v\n%s", v.name, err, v.log.tail())
			}
		})
	}
	v.command = exec.Command(v.program, append([]string{"serve"}, v.unit(more...)...)...)
	v.command.Env, v.command.Stderr = v.env, v.log
	v.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // whatever becomes of the test
	out, err := v.command.StdoutPipe()
	if err != nil {
		v.tb.Fatal(err)
	}
	if err := v.command.Start(); err != nil {
		v.tb.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	v.ended = make(chan error, 1)
	go func(command *exec.Cmd, ended chan<- error) { ended <- command.Wait() }(v.command, v.ended)
	var said struct{ Listening string }
	if err != nil || json.Unmarshal(line, &said) != nil || said.Listening == "" {
		v.tb.Fatalf("%s said %q: %v\n%s", v.name, line, err, v.log.tail())
	}
	v.address = said.Listening
}

// signal sends a signal and does not wait.
func (v *server) signal(s syscall.Signal) {
	v.tb.Helper()
	if err := v.command.Process.Signal(s); err != nil {
		v.tb.Fatal(err)
	}
}

// stop ends the program and waits for it.
func (v *server) stop(s syscall.Signal) error {
	v.tb.Helper()
	v.signal(s)
	v.command = nil
	select {
	case err := <-v.ended:
		return err
	case <-time.After(patience):
		v.tb.Fatalf("%s does not end", v.name)
		return nil
	}
}

// resigned is a certificate that the authority's key signed over other dates: the
// authority's word of another day.
func (s *shop) resigned(cert *protocol.Signed[protocol.Certificate], begins, ends time.Time) *protocol.Signed[protocol.Certificate] {
	s.tb.Helper()
	self, err := os.Executable()
	if err != nil {
		s.tb.Fatal(err)
	}
	order, err := json.Marshal(signingOrder{Token: s.authority.name, PINFile: s.authority.pin, Certificate: cert.Bytes(), Begins: begins, Ends: ends})
	if err != nil {
		s.tb.Fatal(err)
	}
	command := exec.CommandContext(s.tb.Context(), self)
	command.Env, command.Stdin = append(s.authority.env, playsPart+"=authority"), bytes.NewReader(order)
	raw, err := command.Output()
	if err != nil {
		s.tb.Fatalf("sign with the authority's key: %v", err)
	}
	signed, err := protocol.Parse[protocol.Certificate](raw)
	if err != nil {
		s.tb.Fatal(err)
	}
	return signed
}

// signingOrder is what the test asks of the authority's key.
type signingOrder struct {
	Token, PINFile string
	Certificate    []byte
	Begins, Ends   time.Time
}

// signAsAuthority opens the authority's token, in a process of its own, and signs.
func signAsAuthority(in io.Reader, out io.Writer) (err error) {
	var order signingOrder
	if err := json.NewDecoder(in).Decode(&order); err != nil {
		return err
	}
	given, err := protocol.Parse[protocol.Certificate](order.Certificate)
	if err != nil {
		return err
	}
	unit, err := secureunit.Open(context.Background(), secureunit.Config{Token: order.Token, PIN: secureunit.PINFile(order.PINFile)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unit.Close()) }()
	signer, err := unit.Signer(secureunit.Signing)
	if err != nil {
		return err
	}
	claims := given.Unverified()
	claims.NotBefore, claims.Expires = protocol.At(order.Begins), protocol.At(order.Ends)
	signed, err := protocol.Sign(signer, claims)
	if err != nil {
		return err
	}
	_, err = out.Write(signed.Bytes())
	return err
}
