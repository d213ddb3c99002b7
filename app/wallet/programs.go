package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/trusted/commands"
)

// The names of the programs beside this one.
const (
	trustedProgram     = "trustedapplication"
	environmentProgram = "hardwareenvironment"
)

// programs are the other two parts of the phone.
type programs struct{ trusted, environment string }

// programs finds them: where the flags say, else beside this executable.
func (s *settings) programs() (programs, error) {
	p := programs{s.trustedFile, s.environmentFile}
	self, err := os.Executable()
	if err != nil {
		return p, fmt.Errorf("find the trusted application: %w", err)
	}
	for _, one := range []struct {
		file *string
		name string
	}{{&p.trusted, trustedProgram}, {&p.environment, environmentProgram}} {
		if *one.file == "" {
			*one.file = filepath.Join(filepath.Dir(self), one.name)
		}
		if !isFile(*one.file) {
			return p, &missingProgram{*one.file}
		}
	}
	return p, nil
}

// missingProgram says that a part of the phone is not where it should be.
type missingProgram struct{ file string }

func (m *missingProgram) Error() string { return "there is no program " + m.file }

// Hint says what a person can do.
func (m *missingProgram) Hint() string {
	return "Put trustedapplication and hardwareenvironment beside the wallet, or name them with --trusted and --environment."
}

// trustedFlags hand the trusted application what it opens. It alone reads the PIN
// file.
func (s *settings) trustedFlags() []string {
	flags := []string{"--token", s.Token, "--pin-file", s.PINFile}
	for _, one := range [][2]string{
		{"--data", s.Data}, {"--module", s.Module}, {"--log", s.Log}, {"--authority", s.authority}, {"--settlement", s.settlement}, {"--sensor", s.sensor},
		{"--token-directory", s.tokenDirectory},
	} {
		if one[1] != "" {
			flags = append(flags, one[0], one[1])
		}
	}
	return flags
}

// screenFlags have it open the trusted screen, as large as the phone's window.
func (s *settings) screenFlags() []string {
	flags := []string{"--screen", s.size, "--language", s.language, "--text-scale", strconv.FormatFloat(s.textScale, 'g', -1, 64)}
	if s.highContrast {
		flags = append(flags, "--high-contrast")
	}
	if s.announce {
		flags = append(flags, "--announce")
	}
	return flags
}

// recordFile is what the hardware environment records into.
func (s *settings) recordFile() string {
	switch {
	case s.recordTo != "":
		return s.recordTo
	case s.Data != "":
		return filepath.Join(s.Data, "monitor.log")
	}
	return filepath.Join(filepath.Dir(s.PINFile), "monitor.log")
}

// record is a file of the hardware environment's that no other wallet writes.
type record struct {
	path string
	lock *os.File
}

// mostRecords is how many wallets may be open over one directory.
const mostRecords = 8

// openRecord finds the first of monitor.log, monitor-2.log … that no other wallet
// has, so that each has a chain of its own.
func openRecord(file string) (*record, error) {
	for n := 1; n <= mostRecords; n++ {
		path := file
		if n > 1 {
			ending := filepath.Ext(file)
			path = strings.TrimSuffix(file, ending) + "-" + strconv.Itoa(n) + ending
		}
		lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open the record of what passes: %w", err)
		}
		if err := lockFile(lock); err == nil {
			return &record{path, lock}, nil
		}
		lock.Close()
	}
	return nil, fmt.Errorf("%d wallets write records beside %s already", mostRecords, file)
}

func (r *record) close() error { return r.lock.Close() }

// lateInvoker is the session before it is open: events may come earlier.
type lateInvoker struct {
	mu      sync.Mutex
	invoker commands.Invoker
}

func (l *lateInvoker) set(i commands.Invoker) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.invoker = i
}

// InvokeCommand hands a command on.
func (l *lateInvoker) InvokeCommand(ctx context.Context, command uint32, in []byte) ([]byte, error) {
	l.mu.Lock()
	invoker := l.invoker
	l.mu.Unlock()
	if invoker == nil {
		return nil, clientapi.ErrGone
	}
	return invoker.InvokeCommand(ctx, command, in)
}
