//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"countersign/app/program/programtest"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/settlementclient/enrolment"
)

func TestMain(m *testing.M) {
	if extraction.Child(os.Args) { // a picture of a test of the desk in this process
		return
	}
	os.Exit(programtest.Main(m))
}

// office is an authority that runs as a program, a desk to be run as one, and
// tokens for the parties in this process.
type office struct {
	programtest.Town
	t      *testing.T
	tokens *virtualtoken.Directory
	desk   *programtest.Program
}

func newOffice(t *testing.T) *office {
	t.Helper()
	programtest.Build(t, "authority", "enrol") // both at once is quicker
	o := &office{t: t, Town: programtest.Town{Authority: programtest.OpenAuthority(t)}, desk: programtest.New(t, "enrol")}
	var err error
	if o.tokens, err = virtualtoken.Make(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, o.tokens.Conf())
	return o
}

// code has the authority give out an enrolment code.
func (o *office) code(role, subject string) string {
	o.t.Helper()
	text, err := os.ReadFile(o.Code(role, subject))
	if err != nil {
		o.t.Fatal(err)
	}
	return string(text)
}

// enrol enrols a party in this process.
func (o *office) enrol(label, code string) (*secureunit.Unit, *enrolment.Credentials) {
	o.t.Helper()
	config, err := o.tokens.Token(label)
	if err != nil {
		o.t.Fatal(err)
	}
	token, err := secureunit.Open(o.t.Context(), config)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		if err := token.Close(); err != nil {
			o.t.Error(err)
		}
	})
	unit := enrolment.Over(token, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	c, err := enrolment.Enrol(o.t.Context(), unit, enrolment.Options{AuthorityURL: o.Authority.URL(), Code: code})
	if err != nil {
		o.t.Fatal(err)
	}
	return token, c
}

func fingers(t *testing.T, names ...string) []image.Image {
	t.Helper()
	var prints []image.Image
	for _, name := range names {
		file, err := os.Open("../../devices/fingerprint/testdata/prints/" + name + ".png")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		print, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, print)
	}
	return prints
}

// capture runs the desk at a terminal, with a person who does what it asks:
// before each Enter the next finger is placed.
func (o *office) capture(sensor *virtualsensor.Sensor, prints []image.Image, more ...string) (stdout, stderr string, status int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, o.desk.Path, append([]string{"capture"}, o.desk.Own(append([]string{"--sensor", sensor.Path()}, more...)...)...)...)
	command.Env = o.desk.Env
	keyboard, tty, err := pty.Open()
	if err != nil {
		o.t.Fatal(err)
	}
	defer keyboard.Close()
	var out, said bytes.Buffer
	command.Stdin, command.Stdout = tty, &out
	prompts, err := command.StderrPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		o.t.Fatal(err)
	}
	defer tty.Close()
	for lines := bufio.NewScanner(io.TeeReader(prompts, &said)); lines.Scan(); {
		if !strings.HasSuffix(lines.Text(), "Press Enter.") {
			continue
		}
		if len(prints) == 0 { // nobody has another finger: Ctrl-C
			if err := command.Process.Signal(os.Interrupt); err != nil {
				o.t.Fatal(err)
			}
		} else {
			sensor.Place(prints[0])
			prints = prints[1:]
			if _, err := keyboard.WriteString("\n"); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := command.Wait(); err != nil && !errors.As(err, &exit) {
		o.t.Fatal(err)
	}
	return strings.TrimSpace(out.String()), said.String(), command.ProcessState.ExitCode()
}

// A desk joins, takes a finger through a sensor on a serial line, and the
// wallet that enrols with its code carries a template which settlement alone
// opens and which a later capture of that finger matches.
func TestProgram(t *testing.T) {
	o := newOffice(t)
	join := o.desk.Founding("--authority", o.Authority.URL(), "--code-file", o.Code("desk", "D-0001"))
	if said := o.desk.OK("join", join...); !strings.Contains(said, `"enrolled":"D-0001"`) {
		t.Errorf("join said %q", said)
	}
	if said := o.desk.OK("join", join...); !strings.Contains(said, `"enrolled":"D-0001"`) {
		t.Errorf("join again said %q", said)
	}
	sensor, err := virtualsensor.New(virtualsensor.Options{Link: filepath.Join(o.desk.Dir, "sensor"), Unpaced: true, Baud: 115200, Unsteady: 6, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer sensor.Close()
	owner := []string{"--wallet", "W-0001", "--consent"}
	if _, stderr, status := o.capture(sensor, nil, owner...); status != 1 || !strings.Contains(stderr, "hint: Enrol the settlement server first") {
		t.Errorf("without settlement: %d\n%s", status, stderr)
	}
	settlement, _ := o.enrol("settlement", o.code("settlement", "settlement-1"))

	if _, stderr, status := o.capture(sensor, nil, "--wallet", "W-0001"); status != 1 || !strings.Contains(stderr, "consent") {
		t.Errorf("without consent: %d\n%s", status, stderr)
	}
	if _, stderr, status := o.capture(sensor, fingers(t, "101_1"), owner...); status != 1 || !strings.Contains(stderr, "stopped") {
		t.Errorf("officer stops: %d\n%s", status, stderr)
	}
	strangers := fingers(t, "101_1", "101_2", "102_1", "101_1", "103_2", "101_3", "104_1", "101_2", "101_3")
	if stdout, stderr, status := o.capture(sensor, strangers, owner...); status != 1 || stdout != "" || !strings.Contains(stderr, "do not match one another") {
		t.Errorf("another finger among them: %d %q\n%s", status, stdout, stderr)
	}
	code, stderr, status := o.capture(sensor, fingers(t, "101_1", "101_2", "102_3", "101_1", "101_2", "101_3"), owner...)
	if status != 0 || !strings.HasPrefix(code, protocol.PrefixEnrolment) || strings.Contains(stderr, code) {
		t.Fatalf("capture: %d %q\n%s", status, code, stderr)
	}
	for _, prompt := range []string{"Capture 1 of 3", "Capture 3 of 3", "Hold still.", "Lift the finger.", "Once more."} {
		if !strings.Contains(stderr, prompt) {
			t.Errorf("no prompt %q in\n%s", prompt, stderr)
		}
	}
	_, wallet := o.enrol("wallet", code)
	agreement, err := settlement.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	enrolled, err := protocol.OpenEnrolledTemplate(agreement, "countersign/1", "W-0001", wallet.Claims.Device.Print)
	if err != nil || len(enrolled) != int(minutiae.Large) {
		t.Fatalf("settlement opens %d bytes: %v", len(enrolled), err)
	}
	for name, want := range map[string]bool{"101_4": true, "105_1": false} {
		sensor.Place(fingers(t, name)[0])
		if score := o.compare(sensor, enrolled); score.Match() != want {
			t.Errorf("%s matches: %v", name, !want)
		}
	}

	// The code may go into a file; a sensor that is not there is said plainly.
	out := filepath.Join(o.desk.Dir, "wallet-code")
	stdout, stderr, status := o.capture(sensor, fingers(t, "106_1", "106_2", "106_3"), "--wallet", "W-0002", "--consent", "--code-out", out, "--minutiae", "40")
	text, err := os.ReadFile(out)
	if status != 0 || err != nil || !strings.HasPrefix(string(text), protocol.PrefixEnrolment) || strings.Contains(stdout, protocol.PrefixEnrolment) {
		t.Errorf("code into a file: %d %q %v\n%s", status, stdout, err, stderr)
	}
	sensor.Unplug()
	if _, stderr, status := o.capture(sensor, fingers(t, "101_1"), owner...); status != 1 || !strings.Contains(stderr, "hint: ") {
		t.Errorf("sensor pulled out: %d\n%s", status, stderr)
	}
	if log := o.Authority.Log.String(); !strings.Contains(log, `"msg":"template deposit","decision":"granted"`) || strings.Contains(log, code) {
		t.Errorf("authority's log:\n%s", log)
	}
}

// compare takes the finger on the sensor as a terminal does.
func (o *office) compare(sensor *virtualsensor.Sensor, enrolled protocol.Template) minutiae.Score {
	o.t.Helper()
	reader := fingerprint.NewReader(fingerprint.Settings{Port: sensor.Path(), Baud: 115200}, extraction.Libfprint{}, minutiae.Large)
	defer reader.Close()
	live, _, _, err := reader.Read(o.t.Context(), nil)
	if err != nil {
		o.t.Fatal(err)
	}
	score, err := minutiae.CompareTemplates(live, minutiae.Template(enrolled))
	if err != nil {
		o.t.Fatal(err)
	}
	return score
}

func TestProgramSaysWhatIsWrong(t *testing.T) {
	o := newOffice(t)
	terminalCode, deskCode := o.Code("terminal", "T-0001", "--name", "shop"), o.Code("desk", "D-0001")
	url, nowhere := o.Authority.URL(), filepath.Join(o.desk.Dir, "nowhere")
	if _, err := o.tokens.Token("enrol"); err != nil { // the desk's, made already
		t.Fatal(err)
	}
	o.desk.Env = append(o.desk.Env, o.tokens.Environ())
	flags := func(more ...string) []string {
		return append(o.desk.InData("--token", "enrol", "--pin-file", o.tokens.PINFile("enrol")), more...)
	}
	for name, c := range map[string]struct {
		words  string
		args   []string
		status int
		says   string
	}{
		"no command":        {"", nil, 2, "usage:"},
		"no code file":      {"join", flags("--authority", url), 2, "--code-file"},
		"code of another":   {"join", flags("--authority", url, "--code-file", terminalCode), 1, "it is for a terminal"},
		"no code":           {"join", flags("--authority", url, "--code-file", o.desk.Write("no-code", "hello")), 1, "begins with CS1E:"},
		"wrong PIN":         {"join", flags("--authority", url, "--code-file", terminalCode, "--pin-file", o.desk.Write("wrong-pin", "wrong pin")), 1, "refuses the PIN"},
		"token missing":     {"join", flags("--authority", url, "--code-file", terminalCode, "--token", "nobody"), 1, "no token with this label"},
		"not enrolled":      {"capture", flags("--wallet", "W-0001", "--consent", "--sensor", "/dev/null"), 1, "not enrolled"},
		"sensor not named":  {"capture", flags("--wallet", "W-0001", "--consent"), 2, "--sensor"},
		"odd minutiae":      {"capture", flags("--wallet", "W-0001", "--consent", "--sensor", "x", "--minutiae", "50"), 2, "40 or 60"},
		"something left":    {"capture", flags("please"), 2, "please"},
		"authority away":    {"join", flags("--authority", "https://127.0.0.1:1", "--code-file", deskCode), 1, "cannot be reached"},
		"no https":          {"join", flags("--authority", strings.Replace(url, "https", "http", 1), "--code-file", deskCode), 1, "https"},
		"code file missing": {"join", flags("--authority", url, "--code-file", nowhere), 1, "enrolment code"},
	} {
		if stdout, stderr, status := o.desk.Run(c.words, c.args...); status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d\n%s", name, status, fmt.Sprint(stdout, stderr))
		}
	}
}
