package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/program"
	"countersign/app/program/configuration"
)

// parsed are the settings of run for a data folder and a configuration file.
func parsed(t *testing.T, data, file string) (*terminal, error) {
	t.Helper()
	term := &terminal{}
	return term, term.parse("run", []string{"--data", data, "--config", file, "--pin-file", "p"}, io.Discard, term.ofRun()...)
}

// What is kept is there at the next start, one value beside the other, and the
// installer's file goes before it.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "terminal.toml")
	if err := os.WriteFile(file, []byte("[servers]\nsettlement = \"https://file.example\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s settings
	s.Data = dir
	for _, values := range []map[string]string{{"settlement": "https://kept.example", "merchant": "M \"1\""}, {"printer": "usb:/dev/countersign/printer"}, {"merchant": "M-2"}, nil} {
		if err := s.keep(values); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(s.keptFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	term, err := parsed(t, dir, "")
	if err != nil || term.settlement != "https://kept.example" || term.merchant != "M-2" || term.printerAddress != "usb:/dev/countersign/printer" {
		t.Errorf("%q, %q, %q, %v", term.settlement, term.merchant, term.printerAddress, err)
	}
	if from := term.origins["merchant"]; from.From != configuration.Kept || !strings.HasPrefix(from.At, s.keptFile()+":") {
		t.Errorf("%+v", from)
	}
	if shop := term.newcomer().installed; shop.Settlement != "" || shop.Merchant != "" {
		t.Errorf("the installer said %+v", shop)
	}
	if term, err = parsed(t, dir, file); err != nil || term.settlement != "https://file.example" || term.newcomer().installed.Settlement != term.settlement {
		t.Errorf("%q, %v", term.settlement, err)
	}
	if left, _ := filepath.Glob(s.keptFile() + ".*"); left != nil {
		t.Errorf("it leaves %q", left)
	}
	if err := os.WriteFile(s.keptFile(), []byte("[shop]\nmerchnat = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = parsed(t, dir, "")
	if wrong := wrongWith(err); len(wrong) != 1 || wrong[0].At != s.keptFile()+":2:1" || !strings.Contains(wrong[0].What, "merchant") {
		t.Errorf("%+v, %v", wrong, err)
	}
	if err := s.keep(map[string]string{"merchant": "M-3"}); err == nil {
		t.Error("what cannot be read is replaced")
	}
}

// Devices are found by the names that udev gives them, each as its setting is written.
func TestFound(t *testing.T) {
	dir := t.TempDir()
	if all := found(dir); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	for _, role := range []string{"camera", "sensor", "imager", "printer", "reader"} {
		if err := os.WriteFile(filepath.Join(dir, role), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := found(dir)
	for key, want := range map[string]string{"camera": dir + "/camera", "sensor": dir + "/sensor", "imager": dir + "/imager", "printer": "usb:" + dir + "/printer", "reader": "any"} {
		if has := all[key]; has.Text != want || has.From != configuration.Found || has.At != filepath.Join(dir, key) {
			t.Errorf("%s: %+v", key, has)
		}
		if (&settings{}).place(key) == nil || configured().File("", map[string]string{key: want}) == "" {
			t.Errorf("%s is no setting", key)
		}
	}
}

// A run needs no more than its folder and its PIN: the screen asks for the rest. A till
// without that screen, and the doctor, miss it.
func TestLeastSettings(t *testing.T) {
	example, err := os.ReadFile("../../packaging/config/terminal.toml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "terminal.toml")
	if err := os.WriteFile(file, example, 0o600); err != nil {
		t.Fatal(err)
	}
	least := []string{"--config", file, "--data", dir, "--pin-file", "p"}
	if err := (&terminal{}).configure(least, io.Discard); err != nil {
		t.Error(err)
	}
	for flags, says := range map[string]string{
		"--wizard=false": "--settlement", "--wizard=false --settlement https://s": "--merchant", "--pin-file=": "--pin-file", "--init-token": "--so-pin-file",
	} {
		if err := (&terminal{}).configure(append(least, strings.Fields(flags)...), io.Discard); !errors.Is(err, program.ErrUsage) || !strings.Contains(err.Error(), says) || wrongWith(err) != nil {
			t.Errorf("%s: %v", flags, err)
		}
	}
}

// What can be mended while a window waits is listed with its place; what is on the command
// line, and what is no matter of settings, is not.
func TestWrongSettings(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "terminal.toml")
	for text, want := range map[string]string{
		"[shop]\nmerchnat = 1\nx": file + ":2:1 unknown key|" + file + ":3:", "[screen]\nsize = \"1x1\"": file + ":2:1 --size",
		"[token]\ninit-token = true": file + ":2:1 --init-token",
	} {
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		term := &terminal{}
		err := term.configure([]string{"--config", file, "--data", dir, "--pin-file", "p"}, io.Discard)
		var told []string
		for _, p := range wrongWith(err) {
			told = append(told, p.At+" "+p.What)
		}
		wants := strings.Split(want, "|")
		if len(told) != len(wants) || !term.mendable(err) {
			t.Fatalf("%q: %q, %v", text, told, err)
		}
		for n, want := range wants {
			if !strings.HasPrefix(told[n], want) {
				t.Errorf("%q: %q", text, told)
			}
		}
		files := term.watched()
		if files.changed() {
			t.Error("changed before it was")
		}
		if err := os.WriteFile(file, []byte("[shop]\n# mended\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if !files.changed() || files.changed() {
			t.Error("a change is told once")
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	err := (&terminal{}).configure([]string{"--config", file, "--data", dir, "--pin-file", "p"}, io.Discard)
	if wrong := wrongWith(err); len(wrong) != 1 || wrong[0].At != file {
		t.Errorf("%+v, %v", wrong, err)
	}
	term := &terminal{}
	err = term.configure([]string{"--wizard=false", "--config", file, "--data", dir, "--pin-file", "p"}, io.Discard)
	if err == nil || term.mendable(err) {
		t.Error("a window opens where none is wanted")
	}
	if wrongWith(errors.New("x")) != nil || wrongWith(nil) != nil {
		t.Error("anything is about settings")
	}
}
