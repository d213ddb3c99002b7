package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/app/demo/display"
	"countersign/protocol/steps"
)

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
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, program := range []string{"authority", "settlement", "enrol", "wallet", "terminal", "demo"} {
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
	if os.Getenv("BIN") == "" {
		if dir, err := built(); err == nil {
			os.RemoveAll(dir)
		}
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
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, filepath.Join(bin(t), "demo"), "--bin", dir, "--out", p.out)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"AUTO", "SCENE", "FINGER", "LANGUAGE"}, name)
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
	if t.Failed() || testing.Verbose() {
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

// TestSaleThroughTheWindows is AUTO=1 as a person types it: fifteen steps, each
// once and in order, pictures of the screens, and the line that scripts read.
func TestSaleThroughTheWindows(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), nil, "AUTO=1")
	if p.code != 0 || !regexp.MustCompile(`^sale approved: \d+$`).MatchString(p.lines[len(p.lines)-1]) {
		t.Fatalf("status %d, last line %q", p.code, p.lines[len(p.lines)-1])
	}
	numbers, by := stepsOf(p.lines)
	if len(numbers) != int(steps.Answered) {
		t.Fatalf("steps %v", numbers)
	}
	wants := strings.Fields("- terminal terminal wallet wallet wallet wallet terminal terminal terminal terminal terminal terminal settlement settlement")
	for i, n := range numbers {
		if n != i+1 || i > 0 && by[i] != wants[i] {
			t.Errorf("line %d of the steps is step %d, by %s", i+1, n, by[i])
		}
	}
	for _, screen := range []string{"terminal-amount", "terminal-present", "terminal-finger", "terminal-outcome", "wallet-ready", "wallet-confirm", "wallet-showing", "wallet-ended"} {
		files, err := filepath.Glob(filepath.Join(p.out, "[0-9][0-9]-"+screen+".png"))
		if err != nil || len(files) != 1 {
			t.Errorf("%d pictures of %s, %v", len(files), screen, err)
			continue
		}
		file, err := os.Open(files[0])
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.DecodeConfig(file)
		file.Close()
		if want := strings.HasPrefix(screen, "terminal"); err != nil || want != (picture.Width == 1280 && picture.Height == 800) {
			t.Errorf("%s is %d×%d, %v", screen, picture.Width, picture.Height, err)
		}
	}
}

// TestScenes taps amounts into the terminal's window as a touch panel does, and
// plays every case that must not be paid. The demonstration itself checks what is
// charged, and by the parties' logs that the right party refused: anything else
// would be status 2.
func TestScenes(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), nil, "AUTO=1", "SCENE=touch,wrong-finger,replay,altered-amount,foreign-terminal,no-funds,network-lost,expired")
	if p.code != 1 {
		t.Errorf("status %d", p.code)
	}
	for scene, want := range map[string]string{
		"touch":            "sale refused: cancelled (by terminal)",
		"wrong-finger":     "sale refused: finger (by settlement)",
		"replay":           "sale refused: other-sale (by terminal)",
		"altered-amount":   "sale refused: not-genuine (by wallet)",
		"foreign-terminal": "sale refused: not-genuine (by wallet)",
		"no-funds":         "sale refused: funds (by settlement)",
		"expired":          "sale refused: timed-out (by terminal)",
		"network-lost":     "sale unknown: no answer came in time, the payment was taken back",
	} {
		t.Run(scene, func(t *testing.T) {
			lines := p.section(scene)
			if len(lines) == 0 || lines[len(lines)-1] != want {
				t.Errorf("it ends %q, want %q", lines[max(0, len(lines)-1):], want)
			}
			if notices := map[string]int{"replay": 1, "expired": 1}; notices[scene] > 0 {
				files, err := filepath.Glob(filepath.Join(p.out, "*-terminal-present-notice-*.png"))
				if err != nil || len(files) < 2 { // of replay and of expired
					t.Errorf("%d pictures of the refusal, %v", len(files), err)
				}
			}
			numbers, _ := stepsOf(lines)
			if !slices.Contains(numbers, int(steps.RequestShown)) {
				t.Errorf("steps %v", numbers)
			}
		})
	}
}

// TestFingerOnThePhoneInChinese is the other way of step 11, in the other
// language.
func TestFingerOnThePhoneInChinese(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), nil, "AUTO=1", "FINGER=phone", "LANGUAGE=zh")
	numbers, by := stepsOf(p.lines)
	if p.code != 0 || len(numbers) != 15 || !slices.IsSorted(numbers) || by[10] != "wallet" {
		t.Errorf("status %d, steps %v by %v", p.code, numbers, by)
	}
	if !strings.Contains(strings.Join(p.lines, "\n"), "手机读取消费二维码") {
		t.Error("it is not in Chinese")
	}
}

// A program that dies ends the demonstration with its last words.
func TestProgramDies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'error: no token with this label' >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "authority"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	p := play(t, dir, nil, "AUTO=1")
	if p.code != 2 || !strings.Contains(p.errs, "authority init") || !strings.Contains(p.errs, "error: no token with this label") {
		t.Errorf("status %d, %s", p.code, p.errs)
	}
}

// Ctrl-C ends everything; nothing is left running: play looks.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), func(p played, line string, demo *os.Process) {
		if strings.HasPrefix(line, " 1  ") { // everything runs
			if running := processes(t, p.out); len(running) < 6 {
				t.Errorf("the test sees only %v running", running)
			}
			demo.Signal(os.Interrupt)
		}
	}, "AUTO=1")
	if p.code != 2 || !strings.Contains(p.errs, "stopped") {
		t.Errorf("status %d, %s", p.code, p.errs)
	}
}

// A program that is killed while it is needed ends everything, and is named.
func TestProgramKilled(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), func(p played, line string, demo *os.Process) {
		if strings.HasPrefix(line, " 1  ") {
			syscall.Kill(child(t, demo.Pid, "terminal"), syscall.SIGKILL)
		}
	}, "AUTO=1")
	if p.code != 2 || !strings.Contains(p.errs, "terminal run: signal: killed") {
		t.Errorf("status %d, %s", p.code, p.errs)
	}
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
