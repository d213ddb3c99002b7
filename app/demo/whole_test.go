package main

import (
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"countersign/protocol/steps"
)

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
			if scene == "foreign-terminal" && (!strings.Contains(strings.Join(lines, "\n"), "GET by the stranger's terminal: 6982 and nothing else") ||
				slices.Contains(tapsOf(lines), "S6 wallet")) {
				t.Errorf("by tap the stranger's terminal hears %v", tapsOf(lines))
			}
			numbers, _ := stepsOf(lines)
			if !slices.Contains(numbers, int(steps.RequestShown)) {
				t.Errorf("steps %v", numbers)
			}
		})
	}
}

// TestPINThroughTheWindows pays with the phone's PIN what no finger could be read for.
// The demonstration itself checks that nothing of it is offered for a larger amount, and
// what is charged.
func TestPINThroughTheWindows(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), nil, "SCENE=no-finger")
	if p.code != 0 || !regexp.MustCompile(`^sale approved: \d+$`).MatchString(p.lines[len(p.lines)-1]) {
		t.Fatalf("status %d, last line %q", p.code, p.lines[len(p.lines)-1])
	}
	numbers, by := stepsOf(p.lines)
	if at := slices.Index(numbers, int(steps.FingerTaken)); at >= 0 {
		t.Errorf("a finger was taken by the %s", by[at])
	}
	// Three sales are begun, and the last of them is paid: all its steps but the finger's.
	last := slices.Concat([]int{2, 3, 4, 5, 6, 7, 8, 9, 10}, []int{12, 13, 14, 15})
	if len(numbers) < len(last) || !slices.Equal(numbers[len(numbers)-len(last):], last) {
		t.Errorf("steps %v, which are to end with %v", numbers, last)
	}
	for _, screen := range []string{"terminal-finger", "terminal-finger-notice-1", "terminal-outcome"} {
		if files, err := filepath.Glob(filepath.Join(p.out, "[0-9][0-9]-"+screen+".png")); err != nil || len(files) == 0 {
			t.Errorf("no picture of %s, %v", screen, err)
		}
	}
}

// TestTapThroughTheWindows is AUTO=1 RAIL=tap as a person types it: S1 to S9, each once
// and in order, while scan stays offered until the tap has won.
func TestTapThroughTheWindows(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), nil, "AUTO=1", "RAIL=tap")
	if p.code != 0 || !regexp.MustCompile(`^sale approved: \d+$`).MatchString(p.lines[len(p.lines)-1]) {
		t.Fatalf("status %d, last line %q", p.code, p.lines[len(p.lines)-1])
	}
	if got := tapsOf(p.lines); !slices.Equal(got, wholeTap("S1 wallet")) {
		t.Errorf("told %v", got)
	}
	// The code of the request is there before the tap, and nobody reads it.
	if numbers, _ := stepsOf(p.lines); !slices.Equal(numbers, []int{1, 2, 3}) {
		t.Errorf("steps of the scan %v", numbers)
	}
	for _, screen := range []string{"terminal-present", "terminal-outcome", "wallet-card", "wallet-card-ended"} {
		if files, err := filepath.Glob(filepath.Join(p.out, "[0-9][0-9]-"+screen+".png")); err != nil || len(files) != 1 {
			t.Errorf("%d pictures of %s, %v", len(files), screen, err)
		}
	}
}

// TestTapScenes plays what must not come of taps. The demonstration itself checks what
// the phone says to strangers, what settlement has in its books, and who refused.
func TestTapScenes(t *testing.T) {
	t.Parallel()
	p := play(t, bin(t), nil, "AUTO=1", "SCENE=wrong-application,overdraw,torn-tap,confirm,cloned-card")
	if p.code != 1 {
		t.Errorf("status %d", p.code)
	}
	whole := wholeTap()
	for _, c := range []struct {
		scene string
		ends  *regexp.Regexp
		taps  []string
		says  string
	}{
		{"wrong-application", regexp.MustCompile(`^sale refused: tap-not-ours \(by terminal\)$`), []string{"S2 terminal"}, "6A82"},
		{"overdraw", regexp.MustCompile(`^sale refused: funds \(by wallet\)$`), append(slices.Clone(whole), whole...), "nothing deducted, result returned: funds"},
		{"torn-tap", regexp.MustCompile(`^sale approved: \d+$`), append(slices.Clone(whole), "S3 wallet"), "wallet: torn tap recovered: deducted"},
		{"confirm", regexp.MustCompile(`^sale approved: \d+$`), append(slices.Clone(whole), whole...), "nothing deducted, result returned: confirm"},
		{"cloned-card", regexp.MustCompile(`^sale refused: tap-blocked \(by terminal\)$`), slices.Concat(whole, whole, whole[:6]), "the card is blocked (forked)"},
	} {
		t.Run(c.scene, func(t *testing.T) {
			lines := p.section(c.scene)
			if len(lines) == 0 || !c.ends.MatchString(lines[len(lines)-1]) {
				t.Errorf("it ends %q", lines[max(0, len(lines)-1):])
			}
			if got := tapsOf(lines); !slices.Equal(got, c.taps) {
				t.Errorf("told %v, want %v", got, c.taps)
			}
			if !strings.Contains(strings.Join(lines, "\n"), c.says) {
				t.Errorf("nobody said %q", c.says)
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
