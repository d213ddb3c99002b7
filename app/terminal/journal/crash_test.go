//go:build linux

package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"countersign/app/terminal/sale"
)

// victimVariable makes the test binary a process that appends until it is killed:
// path, fail point, the hit of it at which it dies, how many append at once.
const victimVariable = "COUNTERSIGN_JOURNAL_VICTIM"

func TestMain(m *testing.M) {
	for variable, child := range map[string]func(string) error{victimVariable: victim, limitedVariable: limited, migrantVariable: migrant} {
		if setting := os.Getenv(variable); setting != "" {
			if err := child(setting); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// victim prints sale and event of each entry when Append has returned.
func victim(setting string) error {
	parts := strings.Split(setting, "|")
	hits, err := strconv.Atoi(parts[2])
	if err != nil {
		return err
	}
	workers, err := strconv.Atoi(parts[3])
	if err != nil {
		return err
	}
	var hit atomic.Int64
	options := Options{Verify: testVerify, Reserve: 4096, FailPoint: func(name string) {
		if name == parts[1] && hit.Add(1) == int64(hits) {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
		}
	}}
	j, err := Open(context.Background(), parts[0], options)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	var said sync.Mutex
	for range workers {
		wait.Go(func() {
			for {
				n := j.NextNumber()
				for _, event := range events() {
					var err error
					if event == checkpointEvent {
						sequence, head := j.Head()
						if err = j.Checkpoint(context.Background(), testSign(sequence, head), nil); errors.Is(err, ErrCheckpoint) {
							continue // another worker's is newer
						}
					} else {
						err = j.Append(context.Background(), sale.Entry{Sale: n, Event: event, At: morning, Amount: 7800, Currency: 156})
					}
					said.Lock()
					fmt.Println(n, event, err)
					said.Unlock()
				}
			}
		})
	}
	wait.Wait()
	return nil
}

// Guarantee 1: killed at each fail point, at several moments, alone and with
// others appending, the journal holds every entry that was answered, and of
// unanswered ones at most what was being appended.
func TestKilledProcessLosesNothing(t *testing.T) {
	for _, point := range FailPoints() {
		for _, kill := range []struct{ hits, workers int }{{2, 1}, {7, 4}} {
			if underRace && kill.workers == 1 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d of %d", point, kill.hits, kill.workers), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "journal.db")
				answered := runVictim(t, fmt.Sprintf("%s|%s|%d|%d", path, point, kill.hits, kill.workers))
				j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
				records, _, err := j.Verify(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				held := map[string]bool{}
				err = j.All(func(_ uint64, e sale.Entry) error {
					held[fmt.Sprint(e.Sale, " ", e.Event)] = true
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				checkpoints := 0
				for _, line := range answered {
					if strings.HasSuffix(line, " "+string(checkpointEvent)) {
						checkpoints++
					} else if !held[line] {
						t.Errorf("answered and not held: %s", line)
					}
				}
				entries := len(answered) - checkpoints
				if int(records) < entries || int(records) > entries+kill.workers {
					t.Errorf("%d records, %d answered, %d workers", records, entries, kill.workers)
				}
				if _, held := j.LastCheckpoint(); checkpoints > 0 && !held {
					t.Error("an answered checkpoint is gone")
				}
				for _, f := range j.Findings() {
					if f.Kind != FoundReplayed {
						t.Errorf("found %+v", f)
					}
				}
				if strings.HasSuffix(point, "."+stageCopied) && !strings.Contains(point, string(checkpointEvent)) && len(j.Findings()) == 0 {
					t.Error("the record that only the copy had is not told of")
				}
			})
		}
	}
}

// runVictim runs a victim to its death and returns what it was answered.
func runVictim(t *testing.T, setting string) (answered []string) {
	t.Helper()
	return runAs(t, victimVariable, setting)
}

// runAs runs the test binary as one of its victims.
func runAs(t *testing.T, variable, setting string) (answered []string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), variable+"="+setting)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line, fine := strings.CutSuffix(lines.Text(), " <nil>")
		if !fine {
			t.Errorf("victim said %q", lines.Text())
			continue
		}
		answered = append(answered, line)
	}
	var exit *exec.ExitError
	if err := command.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("victim ended with %v", err)
	}
	return answered
}

// The fail points are those of all events that the sources of sale and staff name.
func TestFailPointsOfAllEvents(t *testing.T) {
	want := []string{string(checkpointEvent)}
	for folder, typ := range map[string]string{"sale": "Event", "staff": "Kind"} {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, name := range files {
			want = append(want, constants(t, name, typ)...)
		}
	}
	var have []string
	for _, event := range events() {
		have = append(have, string(event))
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("events() lists %q, the sources %q", have, want)
	}
	if len(FailPoints()) != 3*len(have) {
		t.Errorf("%d fail points", len(FailPoints()))
	}
}

// constants reads the values of a file's constants of one type.
func constants(t *testing.T, name, typ string) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != typ {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok {
			text, err := strconv.Unquote(value.Value)
			if err != nil {
				t.Error(err)
			}
			values = append(values, text)
		}
		return true
	})
	return values
}
