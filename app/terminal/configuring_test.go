package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/app/program"
	"countersign/app/program/configuration"
)

// Every flag of run is in the file, once, and nothing else is.
func TestConfigurationHasEveryFlag(t *testing.T) {
	var keys, flags []string
	for _, s := range configured().Sections {
		if s.About == "" || len(s.Keys) == 0 {
			t.Errorf("[%s] says nothing", s.Name)
		}
		for _, k := range s.Keys {
			keys = append(keys, k.Flag)
		}
	}
	of := program.NewFlags("terminal run", io.Discard)
	configured().Register(of)
	of.VisitAll(func(f *flag.Flag) { flags = append(flags, f.Name) })
	slices.Sort(keys)
	if slices.Sort(flags); !slices.Equal(keys, flags) {
		t.Errorf("the file has\n%q, run has\n%q", keys, flags)
	}
}

// The example file that is shipped is the one that the program prints. With every # taken
// away the terminal takes it.
func TestConfigurationExample(t *testing.T) {
	shipped, err := os.ReadFile("../../packaging/config/terminal.toml")
	if err != nil {
		t.Fatal(err)
	}
	if example := configured().Example(); string(shipped) != example {
		t.Errorf("write it anew by terminal config example >packaging/config/terminal.toml:\n%s", example)
	}
	dir := t.TempDir()
	items := filepath.Join(dir, "items.csv")
	all := regexp.MustCompile(`(?m)^#(\S)`).ReplaceAllString(string(shipped), "$1")
	all = strings.Replace(all, "/etc/countersign/items.csv", items, 1)
	file := filepath.Join(dir, "terminal.toml")
	err = errors.Join(os.WriteFile(items, []byte("group,name,price,tax,code\nDrinks,Tea,12.00,13,\n"), 0o600), os.WriteFile(file, []byte(all), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	configuring := program.Program{Usage: usage, Commands: configuringCommands().In(nil)}
	if status := configuring.Run(t.Context(), []string{"config", "check", "--config", file}, &out, &errOut); status != 0 {
		t.Errorf("%d: %s", status, errOut.String())
	}
	var term terminal
	if err := errors.Join(term.parse("run", []string{"--config", file}, io.Discard, term.ofRun()...), term.checkKiosk()); err != nil {
		t.Error(err)
	}
	if term.merchant != "M-0001" || !slices.Equal(term.shopAddress, []string{"1 High Street", "Bath"}) || len(term.amounts) != 4 || len(term.tips) != 3 {
		t.Errorf("%q, %q, %v, %v", term.merchant, term.shopAddress, term.amounts, term.tips)
	}
}

// What values cannot be together is told with the place that they are from.
func TestConfigurationOfRunSaysWhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "terminal.toml")
	if err := os.WriteFile(file, []byte("[machine]\ndata = \"d\"\n[shop]\n currency = \"XYZ\"\nmerchant = \"12345678901234567\"\n[times]\nlife = \"90s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  string
		says  string
		usage bool
	}{
		{"", file + ":5:1: --merchant takes 1 to 16 bytes", false},
		{"--merchant 1", file + ":7:1: --life takes whole seconds, 1s to 60s", false},
		{"--merchant 1 --life 61s", "wrong usage: --life takes whole seconds, 1s to 60s", true},
		{"--merchant 1 --life 9s", file + ":4:2: --currency: ", false},
		{"--merchant 1 --life 9s --currency CNY --text-scale 3", "wrong usage: --text-scale takes 1 to 2", true},
		{"--merchant 1 --life 9s --currency CNY", "", false},
	} {
		var term terminal
		err := term.parse("run", append([]string{"--config", file, "--pin-file", "p", "--settlement", "https://s", "--sensor", "x"}, strings.Fields(c.args)...), io.Discard, term.ofRun()...)
		if err != nil {
			t.Fatal(err)
		}
		err = term.checkKiosk()
		if (err == nil) != (c.says == "") || err != nil && (!strings.HasPrefix(err.Error(), c.says) || errors.Is(err, program.ErrUsage) != c.usage) {
			t.Errorf("%s: %v", c.args, err)
		}
	}
}

// A flag of another command that only shares a key's name is that command's own. Those
// that mean the same are taken from the file.
func TestConfigurationOfOtherCommands(t *testing.T) {
	commands := map[string]program.Command{
		"enrol": enrol, "doctor": examine, "journal verify": verifyJournal, "journal export": exportJournal, "reconcile": reconciliation,
		"shift close": shiftClosing, "report list": listReports, "receipt": receiptCommand, "staff add": staffing("add"), "staff list": staffing("list"),
	}
	same := map[string][]string{
		"receipt":        {"data", "language", "shop-name", "shop-lines", "foot-lines", "tax-number"},
		"journal verify": {"data"}, "journal export": {"data"}, "report list": {"data"}, "shift close": {"currency"},
	}
	of := program.NewFlags("terminal run", io.Discard)
	configured().Register(of)
	for name, command := range commands {
		var told bytes.Buffer
		if err := command(t.Context(), []string{"--help"}, io.Discard, &told); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%s --help: %v", name, err)
		}
		for _, f := range regexp.MustCompile(`(?m)^  -([a-z-]+).*\n    \t(.*)$`).FindAllStringSubmatch(told.String(), -1) {
			key := of.Lookup(f[1])
			if key == nil || slices.Contains(same[name], f[1]) || slices.Contains(configured().Own[name], f[1]) {
				continue
			}
			if _, usage := flag.UnquoteUsage(key); !strings.HasPrefix(f[2], usage) {
				t.Errorf("%s: --%s is %q there, and %q in the file: is it the same?", name, f[1], f[2], usage)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "terminal.toml")
	if err := os.WriteFile(file, []byte("[token]\npin-file = \"token's\"\n[machine]\ndata = \"d\"\n[till]\ncashier = \"Ann\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s settings
	var f staffFlags
	err := s.parse("staff add", []string{"--config", file}, io.Discard, f.register, func(flags *flag.FlagSet) {
		flags.StringVar(&s.Data, "data", "", "data `directory`, made if missing")
	})
	if err != nil || f.pinFile != "" || s.Data != "d" || s.origins["data"].From != configuration.File {
		t.Errorf("%v, %+v, %q", err, f, s.Data)
	}
}

// The whole program takes each value from the first place that has it: the command line,
// the environment, the file of the environment, the default.
func TestConfiguredProgram(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "terminal.toml")
	data := func(name string) string { return filepath.Join(dir, name) }
	text := "[machine]\ndata = '" + data("file") + "'\n[camera]\ncamera = \"http://me:secret@file/\"\n[shop]\nmerchant = \"M-file\"\n[till]\nquick = [1, \"2.50\"]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(environ []string, args ...string) (out, errOut string, err error) {
		command := exec.CommandContext(t.Context(), os.Args[0], args...)
		command.Env = append(append(os.Environ(), playsPart+"=terminal"), environ...)
		var o, e bytes.Buffer
		command.Stdout, command.Stderr = &o, &e
		err = command.Run()
		return o.String(), e.String(), err
	}
	named := "COUNTERSIGN_TERMINAL_CONFIG=" + file
	for _, c := range []struct {
		environ, args []string
		made          string
	}{
		{[]string{named}, []string{"staff", "list"}, "file"},
		{[]string{named, "COUNTERSIGN_TERMINAL_DATA=" + data("environment")}, []string{"staff", "list"}, "environment"},
		{[]string{named, "COUNTERSIGN_TERMINAL_DATA=" + data("environment")}, []string{"staff", "list", "--data", data("flag")}, "flag"},
	} {
		if _, err := os.Stat(data(c.made)); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s: %v", c.made, err)
		}
		_, errOut, err := run(c.environ, c.args...)
		if info, at := os.Stat(filepath.Join(data(c.made), "staff.db")); err != nil || at != nil || info.Size() == 0 {
			t.Errorf("%s: %v, %v\n%s", c.made, err, at, errOut)
		}
	}
	out, errOut, err := run([]string{named, "COUNTERSIGN_TERMINAL_MERCHANT=M-env", "COUNTERSIGN_TERMINAL_LIGHT=true"},
		"config", "show", "--json", "--light=false", "--text-scale", "1.5")
	if err != nil || strings.Contains(out, "secret") {
		t.Fatalf("%v\n%s%s", err, out, errOut)
	}
	for _, want := range []string{
		`"key":"light","value":"false","from":"command line"}`,
		`"key":"text-scale","value":"1.5","from":"command line"}`,
		`"key":"merchant","value":"M-env","from":"environment","at":"COUNTERSIGN_TERMINAL_MERCHANT"}`,
		`"key":"camera","value":"http://…@file/","from":"file","at":"` + file + `:4:1"}`,
		`"key":"quick","value":"1,2.50","from":"file","at":"` + file + `:8:1"}`,
		`"key":"currency","value":"CNY","from":"default"}`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not in\n%s", want, out)
		}
	}
	if err := os.WriteFile(file, []byte(strings.Replace(text, "merchant", "merchnat", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errOut, err = run([]string{named}, "run", "--merchant", "M-1", "--wizard=false")
	var ended *exec.ExitError
	if want := "error: " + file + ":6:1: unknown key merchnat in [shop]; did you mean merchant?\nhint: "; !errors.As(err, &ended) || ended.ExitCode() != 1 || !strings.HasPrefix(errOut, want) {
		t.Errorf("%v\n%s", err, errOut)
	}
}
