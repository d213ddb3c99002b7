//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/settlementclient/enrolment"
)

// office is an authority that runs as a program, a desk to be run as one, and
// tokens for all parties.
type office struct {
	t      *testing.T
	dir    string
	tokens *virtualtoken.Directory
	url    string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir()}
	var err error
	if o.tokens, err = virtualtoken.Make(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, o.tokens.Conf())
	build := exec.CommandContext(t.Context(), "go", "build", "-o", o.dir+"/", "countersign/app/authority", "countersign/app/enrol")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, name := range []string{"pin", "so-pin"} {
		o.write(name, "pin of the "+name)
	}
	o.ok("authority", "init", "--data", o.path("authority-data"), "--pin-file", o.path("pin"), "--name", "countersign/1",
		"--init-token", "--so-pin-file", o.path("so-pin"))
	o.serve()
	return o
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(name, text string) {
	o.t.Helper()
	if err := os.WriteFile(o.path(name), []byte(text+"\n"), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) serve() {
	o.t.Helper()
	server := exec.Command(o.path("authority"), "serve", "--data", o.path("authority-data"), "--pin-file", o.path("pin"), "--log", o.path("authority.log"))
	out, err := server.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		if err := errors.Join(server.Process.Signal(syscall.SIGTERM), server.Wait()); err != nil {
			o.t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var said struct{ Listening string }
	if err != nil || json.Unmarshal(line, &said) != nil {
		o.t.Fatalf("authority said %q: %v", line, err)
	}
	o.url = "https://" + said.Listening
}

func (o *office) run(program string, args ...string) (stdout, stderr string, status int) {
	o.t.Helper()
	command := exec.CommandContext(o.t.Context(), o.path(program), args...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		o.t.Fatal(err)
	}
	return strings.TrimSpace(out.String()), errs.String(), command.ProcessState.ExitCode()
}

func (o *office) ok(program string, args ...string) string {
	o.t.Helper()
	stdout, stderr, status := o.run(program, args...)
	if status != 0 {
		o.t.Fatalf("%s %v: %d\n%s", program, args, status, stderr)
	}
	return stdout
}

func (o *office) code(more ...string) string {
	o.t.Helper()
	return o.ok("authority", append([]string{"code", "--data", o.path("authority-data")}, more...)...)
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
	c, err := enrolment.Enrol(o.t.Context(), unit, enrolment.Options{AuthorityURL: o.url, Code: code})
	if err != nil {
		o.t.Fatal(err)
	}
	return token, c
}

func (o *office) desk(command string, more ...string) []string {
	return append([]string{command, "--data", o.path("desk-data"), "--pin-file", o.path("pin")}, more...)
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
	command := exec.CommandContext(ctx, o.path("enrol"), o.desk("capture", append([]string{"--sensor", sensor.Path()}, more...)...)...)
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
	o.write("desk-code", o.code("--role", "desk", "--subject", "D-0001"))
	join := o.desk("join", "--authority", o.url, "--code-file", o.path("desk-code"), "--init-token", "--so-pin-file", o.path("so-pin"))
	if said := o.ok("enrol", join...); !strings.Contains(said, `"enrolled":"D-0001"`) {
		t.Errorf("join said %q", said)
	}
	if said := o.ok("enrol", join...); !strings.Contains(said, `"enrolled":"D-0001"`) {
		t.Errorf("join again said %q", said)
	}
	sensor, err := virtualsensor.New(virtualsensor.Options{Link: o.path("sensor"), Unpaced: true, Baud: 115200, Unsteady: 6, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer sensor.Close()
	owner := []string{"--wallet", "W-0001", "--consent"}
	if _, stderr, status := o.capture(sensor, nil, owner...); status != 1 || !strings.Contains(stderr, "hint: Enrol the settlement server first") {
		t.Errorf("without settlement: %d\n%s", status, stderr)
	}
	settlement, _ := o.enrol("settlement", o.code("--role", "settlement", "--subject", "settlement-1"))

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
	out := o.path("wallet-code")
	stdout, stderr, status := o.capture(sensor, fingers(t, "106_1", "106_2", "106_3"), "--wallet", "W-0002", "--consent", "--code-out", out, "--minutiae", "40")
	text, err := os.ReadFile(out)
	if status != 0 || err != nil || !strings.HasPrefix(string(text), protocol.PrefixEnrolment) || strings.Contains(stdout, protocol.PrefixEnrolment) {
		t.Errorf("code into a file: %d %q %v\n%s", status, stdout, err, stderr)
	}
	sensor.Unplug()
	if _, stderr, status := o.capture(sensor, fingers(t, "101_1"), owner...); status != 1 || !strings.Contains(stderr, "hint: ") {
		t.Errorf("sensor pulled out: %d\n%s", status, stderr)
	}
	log, err := os.ReadFile(o.path("authority.log"))
	if err != nil || !bytes.Contains(log, []byte(`"msg":"template deposit","decision":"granted"`)) || bytes.Contains(log, []byte(code)) {
		t.Errorf("authority's log: %v\n%s", err, log)
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
	o.write("terminal-code", o.code("--role", "terminal", "--subject", "T-0001", "--name", "shop"))
	o.write("desk-code", o.code("--role", "desk", "--subject", "D-0001"))
	o.write("no-code", "hello")
	o.write("wrong-pin", "wrong pin")
	if _, err := o.tokens.Token("desk"); err != nil {
		t.Fatal(err)
	}
	pin := []string{"--pin-file", o.tokens.PINFile("desk")}
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"no command":        {nil, 2, "usage:"},
		"no code file":      {o.desk("join", "--authority", o.url), 2, "--code-file"},
		"code of another":   {o.desk("join", append(pin, "--authority", o.url, "--code-file", o.path("terminal-code"))...), 1, "it is for a terminal"},
		"no code":           {o.desk("join", append(pin, "--authority", o.url, "--code-file", o.path("no-code"))...), 1, "begins with CS1E:"},
		"wrong PIN":         {o.desk("join", "--authority", o.url, "--code-file", o.path("terminal-code"), "--pin-file", o.path("wrong-pin")), 1, "refuses the PIN"},
		"token missing":     {o.desk("join", "--authority", o.url, "--code-file", o.path("terminal-code"), "--token", "nobody"), 1, "no token with this label"},
		"not enrolled":      {o.desk("capture", append(pin, "--wallet", "W-0001", "--consent", "--sensor", "/dev/null")...), 1, "not enrolled"},
		"sensor not named":  {o.desk("capture", append(pin, "--wallet", "W-0001", "--consent")...), 2, "--sensor"},
		"odd minutiae":      {o.desk("capture", append(pin, "--wallet", "W-0001", "--consent", "--sensor", "x", "--minutiae", "50")...), 2, "40 or 60"},
		"something left":    {o.desk("capture", append(pin, "please")...), 2, "please"},
		"authority away":    {o.desk("join", append(pin, "--authority", "https://127.0.0.1:1", "--code-file", o.path("desk-code"))...), 1, "cannot be reached"},
		"no https":          {o.desk("join", append(pin, "--authority", strings.Replace(o.url, "https", "http", 1), "--code-file", o.path("desk-code"))...), 1, "https"},
		"code file missing": {o.desk("join", append(pin, "--authority", o.url, "--code-file", o.path("nowhere"))...), 1, "enrolment code"},
	} {
		if stdout, stderr, status := o.run("enrol", c.args...); status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d\n%s", name, status, fmt.Sprint(stdout, stderr))
		}
	}
}
