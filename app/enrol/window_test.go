//go:build linux

package main_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/protocol"
)

// ownDisplay is a display for one window; it ends with the test.
func ownDisplay(t *testing.T) string {
	t.Helper()
	shown, name, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer shown.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1400x900x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{name}
	err = server.Start()
	name.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() }) // has nothing to save
	at, err := bufio.NewReader(shown).ReadString('\n')
	if err != nil {
		t.Fatalf("no display: %v", err)
	}
	return ":" + strings.TrimSpace(at)
}

// The orders of the command line, and the window: it opens without a sensor,
// announces its first screen and ends as a supervisor wants it.
func TestOrdersAndWindow(t *testing.T) {
	o := newOffice(t)
	o.desk.OK("join", o.desk.Founding("--authority", o.Authority.URL(), "--code-file", o.Code("desk", "D-0001"))...)
	for name, c := range map[string]struct {
		words  string
		args   []string
		status int
		says   string
	}{
		"no reason":          {"erase", []string{"--wallet", "W-0001"}, 2, "--reason"},
		"nothing to erase":   {"erase", []string{"--wallet", "W-0001", "--reason", "asked"}, 1, "nothing is kept"},
		"a wallet's name":    {"no-print", []string{"--wallet", "W 0001", "--reason", "worn"}, 1, "subject"},
		"no sensor":          {"desk", nil, 2, "--sensor"},
		"an odd size":        {"desk", []string{"--sensor", "x", "--size", "wide"}, 2, "WIDTHxHEIGHT"},
		"an unknown tongue":  {"desk", []string{"--sensor", "x", "--language", "tlh"}, 2, "tlh"},
		"an eleventh finger": {"capture", []string{"--wallet", "W-0001", "--sensor", "x", "--finger", "11"}, 2, "--finger"},
		"what is agreed to":  {"capture", []string{"--wallet", "W-0001", "--sensor", "x", "--language", "zh"}, 1, "认证中心将采集"},
	} {
		if stdout, stderr, status := o.desk.Run(c.words, o.desk.Own(c.args...)...); status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d\n%s%s", name, status, stdout, stderr)
		}
	}
	code := o.desk.OK("no-print", o.desk.Own("--wallet", "W-0001", "--reason", "skin too worn", "--officer", "Officer 7")...)
	if !strings.HasPrefix(code, protocol.PrefixEnrolment) {
		t.Errorf("no-print gave %q", code)
	}
	if log := o.Authority.Log.String(); !strings.Contains(log, `"msg":"no readable print","decision":"granted","desk":"D-0001","wallet":"W-0001","officer":"Officer 7"`) || strings.Contains(log, "skin") {
		t.Errorf("the authority's log:\n%s", log)
	}

	window := exec.Command(o.desk.Path, append([]string{"desk"}, o.desk.Own("--sensor", "/dev/no-such-sensor", "--announce", "--language", "zh", "--officer", "Officer 7")...)...)
	window.Env = append(o.desk.Env, "DISPLAY="+ownDisplay(t), "WAYLAND_DISPLAY=")
	out, err := window.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := window.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() { _ = window.Process.Kill() })
	defer stuck.Stop()
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	var said struct {
		Screen, Language string
		Window           [2]int
		Targets          map[string][4]int
	}
	if err != nil || json.Unmarshal(line, &said) != nil {
		t.Fatalf("announced %q: %v", line, err)
	}
	if said.Screen != "home" || said.Language != "zh" || said.Window != [2]int{1280, 800} || said.Targets["wallet"][3] < 72 || said.Targets["begin"][3] < 72 {
		t.Errorf("announced %s", line)
	}
	if err := window.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Error(err)
	}
	if err := window.Wait(); err != nil {
		log, _ := os.ReadFile(filepath.Join(o.desk.Data, "enrol.log"))
		t.Errorf("did not end cleanly: %v\n%s", err, log)
	}
}
