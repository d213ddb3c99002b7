package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every unit says only what systemd understands, and nothing that it warns of.
func TestUnits(t *testing.T) {
	for _, pkg := range []string{"terminal", "settlement", "authority"} {
		root := installed(t, pkg)
		units := []string{"countersign-" + pkg + ".service", "countersign-credentials@" + pkg + ".service"}
		if pkg == "terminal" {
			units = append(units, "countersign-update.service")
		}
		out, err := run(t, "systemd-analyze", append([]string{"verify", "--man=no", "--root=" + root}, units...)...)
		if err != nil || strings.TrimSpace(out) != "" {
			t.Errorf("%s: %v\n%s", pkg, err, out)
		}
	}
}

// A unit with a mistake is found by the test above.
func TestUnitsFindMistakes(t *testing.T) {
	root := installed(t, "terminal")
	unit := filepath.Join(root, "lib/systemd/system/countersign-terminal.service")
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unit, []byte(strings.Replace(string(text), "NoNewPrivileges=yes", "NoNewPrivilege=yes", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, "systemd-analyze", "verify", "--man=no", "--root="+root, "countersign-terminal.service"); err == nil && strings.TrimSpace(out) == "" {
		t.Error("a setting that is misspelt was not found")
	}
}

// No service is exposed more than 3.0 by systemd's own reckoning, the terminal with its
// window among them.
func TestExposure(t *testing.T) {
	for _, pkg := range []string{"terminal", "settlement", "authority"} {
		root := installed(t, pkg)
		for _, unit := range []string{"countersign-" + pkg + ".service", "countersign-credentials@" + pkg + ".service"} {
			if out, err := run(t, "systemd-analyze", "security", "--offline=true", "--threshold=30", "--root="+root, unit); err != nil {
				t.Errorf("%s: %v\n%s", unit, err, out[max(0, len(out)-300):])
			}
		}
	}
}

// What the terminal's unit must have besides, which no threshold holds: the PIN comes
// sealed, it comes back after anything, nobody shares its screen, and the time is right.
func TestTerminalUnit(t *testing.T) {
	text, err := os.ReadFile("linux/units/countersign-terminal.service")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, want := range []string{
		"LoadCredentialEncrypted=pin:/etc/credstore.encrypted/countersign-terminal.pin",
		"Restart=always", "StartLimitIntervalSec=0", "Type=notify", "NotifyAccess=all", "WatchdogSec=30",
		"Conflicts=getty@tty1.service", "TTYPath=/dev/tty1", "User=countersign", "CapabilityBoundingSet=", "NoNewPrivileges=yes",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("the unit lacks %s", want)
		}
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "Requires=") && !strings.Contains(line, "time-sync.target") {
			t.Errorf("%s: without the time", line)
		}
		// cage -s lets whoever has a keyboard change to another screen.
		if strings.HasPrefix(line, "ExecStart=") && regexp.MustCompile(`/cage( -\w+)* -\w*s`).MatchString(line) {
			t.Errorf("%s: leaves the kiosk", line)
		}
		if strings.Contains(line, "--pin ") {
			t.Errorf("%s: a PIN on the command line", line)
		}
	}
}

// PINs are made once, differ, and are nowhere in clear.
func TestMakeCredentials(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("the host's key is root's: the script is tried as far as its arguments")
		if out, err := run(t, "linux/make-credentials", "elsewhere"); err == nil {
			t.Errorf("took a program that there is not: %s", out)
		}
		return
	}
	store := t.TempDir()
	make := func() {
		t.Helper()
		command := exec.Command("linux/make-credentials", "terminal")
		command.Env = append(os.Environ(), "COUNTERSIGN_CREDSTORE="+store)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	read := func(name string) (sealed, clear string) {
		t.Helper()
		file := filepath.Join(store, "countersign-terminal."+name)
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, error %v", name, info.Mode(), err)
		}
		out, err := exec.Command("systemd-creds", "decrypt", "--name="+name, file, "-").Output()
		if err != nil {
			t.Fatalf("decrypt %s: %v", name, err)
		}
		return string(raw), string(out)
	}
	make()
	sealed, pin := read("pin")
	_, soPIN := read("so-pin")
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(pin) || pin == soPIN || len(soPIN) != 32 {
		t.Errorf("PINs of %d and %d bytes, the same: %v", len(pin), len(soPIN), pin == soPIN)
	}
	if strings.Contains(sealed, pin) {
		t.Error("the PIN is in the file in clear")
	}
	make()
	if again, _ := read("pin"); again != sealed {
		t.Error("a PIN that was there was made anew: its token is lost")
	}
}

// A TPM that does not open what was sealed to it is left out: its machine would have a token
// that nobody can open. The PIN that went into it is not used.
func TestMakeCredentialsWithoutWorkingTPM(t *testing.T) {
	dir := t.TempDir()
	// It keeps what it is given, with the key's name first, and opens it for the host key alone.
	script := `#!/bin/sh
for last; do :; done
case "$*" in
*encrypt*--with-key=host*) { echo host; cat; } >"$last" ;;
*encrypt*) { echo tpm; cat; } >"$last" ;;
*decrypt*) shift 3; head -n 1 "$1" | grep -q host || exit 76; tail -n 1 "$1" ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "systemd-creds"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "store")
	command := exec.Command("linux/make-credentials", "terminal")
	command.Env = append(os.Environ(), "COUNTERSIGN_CREDSTORE="+store, "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	inContainer := exec.Command("systemd-detect-virt", "--quiet", "--container").Run() == nil
	if said := strings.Count(string(out), "to the host key alone"); said != 2 && !inContainer {
		t.Errorf("said %d times that the TPM is left out: %s", said, out)
	}
	for _, name := range []string{"pin", "so-pin"} {
		text, err := os.ReadFile(filepath.Join(store, "countersign-terminal."+name))
		if err != nil || !strings.HasPrefix(string(text), "host\n") {
			t.Errorf("%s: sealed as %.4q, %v", name, text, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(store, "*.new")); err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

// A credential of one name is not taken for another, so that nobody swaps the two.
func TestCredentialNames(t *testing.T) {
	if os.Getuid() != 0 {
		return // see TestMakeCredentials
	}
	file := filepath.Join(t.TempDir(), "sealed")
	command := exec.Command("systemd-creds", "encrypt", "--with-key=host", "--name=pin", "-", file)
	command.Stdin = strings.NewReader("1234")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := run(t, "systemd-creds", "decrypt", "--name=so-pin", file, "-"); err == nil {
		t.Errorf("decrypted under another name: %s", out)
	}
}
