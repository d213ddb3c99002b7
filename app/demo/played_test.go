package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"countersign/app/demo/display"
)

// building has the directory to be removed in the end, once there is one.
var building = make(chan string, 1)

// built is the directory of the built programs: BIN where it is set, else they
// are built once for all tests.
var built = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("BIN"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.MkdirTemp("", "countersign-bin-")
	if err != nil {
		return "", err
	}
	building <- dir
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, program := range []string{"authority", "settlement", "enrol", "wallet", "wallet/trusted/trustedapplication", "wallet/tee/hardwareenvironment", "terminal", "demo"} {
		args = append(args, "countersign/app/"+program)
	}
	if said, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return dir, fmt.Errorf("go build: %w\n%s", err, said)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	display.Quiet()
	code := m.Run()
	select {
	case dir := <-building:
		os.RemoveAll(dir)
	default:
	}
	os.Exit(code)
}

func bin(t *testing.T) string {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// played is a run of the built demonstration.
type played struct {
	out   string // its directory for pictures
	lines []string
	errs  string
	code  int
}

// mark names a run's processes, by their environment, and no other's.
const mark = "COUNTERSIGN_DEMO_TEST"

// play runs the built demonstration to its end; said, which may be nil, is called
// for each line.
func play(t *testing.T, dir string, said func(p played, line string, demo *os.Process), env ...string) played {
	t.Helper()
	p := played{out: filepath.Join(t.TempDir(), "out")}
	programs := bin(t)
	ctx, stop := context.WithTimeout(t.Context(), 2*hung)
	defer stop()
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "demo"), "--bin", dir, "--out", p.out)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"AUTO", "SCENE", "FINGER", "LANGUAGE", "RAIL"}, name)
	}), append(env, mark+"="+p.out)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		p.lines = append(p.lines, lines.Text())
		if said != nil {
			said(p, lines.Text(), cmd.Process)
		}
	}
	_ = cmd.Wait() // its status tells
	p.code, p.errs = cmd.ProcessState.ExitCode(), errs.String()
	if left := processes(t, p.out); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
	if t.Failed() || testing.Verbose() || p.code > 1 {
		t.Logf("status %d\n%s\n%s", p.code, strings.Join(p.lines, "\n"), p.errs)
	}
	return p
}

// processes are those of a run that live still.
func processes(t *testing.T, of string) (found []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		environment, err := os.ReadFile(file)
		if err == nil && bytes.Contains(environment, []byte(mark+"="+of+"\x00")) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			found = append(found, string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// section are the lines of one scene.
func (p played) section(scene string) []string {
	from := slices.IndexFunc(p.lines, func(l string) bool { return strings.HasPrefix(l, scene+": ") })
	if from < 0 {
		return nil
	}
	end := slices.IndexFunc(p.lines[from:], func(l string) bool { return strings.HasPrefix(l, "sale ") })
	if end < 0 {
		return p.lines[from:]
	}
	return p.lines[from : from+end+1]
}

var stepLine = regexp.MustCompile(`^ ?(\d{1,2})  (.*?) +\d+(?:\.\d)? ms   ([a-z, ]+)$`)

// stepsOf are the steps that were printed, and by whom each.
func stepsOf(lines []string) (numbers []int, by []string) {
	for _, line := range lines {
		if m := stepLine.FindStringSubmatch(line); m != nil {
			var number int
			fmt.Sscan(m[1], &number)
			numbers, by = append(numbers, number), append(by, m[3])
		}
	}
	return numbers, by
}

var tapLine = regexp.MustCompile(`^(S\d)  .*?(?: \d+(?:\.\d)? ms)?   ([a-z]+)$`)

// tapsOf are the steps of taps that were printed, with who did them.
func tapsOf(lines []string) (taps []string) {
	for _, line := range lines {
		if m := tapLine.FindStringSubmatch(line); m != nil {
			taps = append(taps, m[1]+" "+m[2])
		}
	}
	// Terminal and wallet tell of neighbouring steps at the same moment, over lines of their own.
	for i := 1; i < len(taps); i++ {
		before, after := taps[i-1], taps[i]
		if before[:2] > after[:2] && before[1] == after[1]+1 && before[2:] != after[2:] {
			taps[i-1], taps[i] = after, before
		}
	}
	return taps
}

// wholeTap are S2 to S9 after what was before.
func wholeTap(before ...string) []string {
	return append(before, "S2 terminal", "S3 wallet", "S4 terminal", "S5 wallet", "S6 wallet", "S7 wallet", "S8 terminal", "S9 wallet")
}

// child is the process of a program that a process has started.
func child(t *testing.T, parent int, program string) int {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		var pid, ppid int
		var name, state string
		if _, err := fmt.Sscan(string(stat), &pid, &name, &state, &ppid); err == nil && ppid == parent && name == "("+program+")" {
			return pid
		}
	}
	t.Fatalf("no %s among the children of %d", program, parent)
	return 0
}
