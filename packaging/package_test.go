package packaging

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// An item is a line of linux/contents.
type item struct{ pkg, mode, from, to string }

func contents(t *testing.T) []item {
	t.Helper()
	file, err := os.Open("linux/contents")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var items []item
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 4 {
			t.Fatalf("contents: %q has not four columns", line)
		}
		items = append(items, item{fields[0], fields[1], fields[2], fields[3]})
	}
	return items
}

// Everything that the packages hold is there, each path once in a package, and no
// program that is there to be killed, to misbehave or to measure is shipped.
func TestContents(t *testing.T) {
	forbidden := regexp.MustCompile(`victim|simulator|chaos|accuracy`)
	taken := map[string]bool{}
	for _, i := range contents(t) {
		if forbidden.MatchString(i.from) || forbidden.MatchString(i.to) {
			t.Errorf("%s ships %s", i.pkg, i.from)
		}
		if i.mode == "man" || i.mode == "link" {
			continue
		}
		// Packages may be on one machine together: not one path is in two of them.
		if taken[i.to] {
			t.Errorf("%s is in two packages, or twice in one", i.to)
		}
		taken[i.to] = true
		if strings.HasPrefix(i.from, "bin/") || strings.HasPrefix(i.from, "made/") {
			continue
		}
		if _, err := os.Stat(filepath.Join("linux", i.from)); err != nil {
			t.Errorf("%s: %v", i.pkg, err)
		}
	}
	for _, i := range contents(t) {
		if i.mode != "link" {
			continue
		}
		if target := filepath.Join(filepath.Dir(i.to), i.from); !taken[target] {
			t.Errorf("%s points to %s, which no package holds", i.to, target)
		}
	}
}

// installed lays a package's files out below a folder as on a machine, with programs
// that end at once, and the units of Debian that ours name.
func installed(t *testing.T, pkg string) (root string) {
	t.Helper()
	root = t.TempDir()
	put := func(name string, mode os.FileMode, body []byte) {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, body, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range contents(t) {
		if i.pkg != pkg || i.mode == "man" || i.mode == "link" || i.mode == "conf" || i.mode == "tree" {
			continue
		}
		body := []byte("#!/bin/sh\n")
		if !strings.HasPrefix(i.from, "bin/") {
			var err error
			if body, err = os.ReadFile(filepath.Join("linux", i.from)); err != nil {
				t.Fatal(err)
			}
		}
		mode := os.FileMode(0o644)
		if i.mode == "755" {
			mode = 0o755
		}
		put(i.to, mode, body)
	}
	for _, program := range []string{"/usr/bin/cage", "/usr/bin/env", "/usr/bin/test", "/usr/bin/chvt", "/bin/kill"} {
		put(program, 0o755, []byte("#!/bin/sh\n"))
	}
	for _, unit := range []string{"seatd.service", "getty@.service", "systemd-time-wait-sync.service", "plymouth-quit-wait.service", "rc-local.service"} {
		put("/lib/systemd/system/"+unit, 0o644, []byte("[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/env\n"))
	}
	put("/lib/systemd/system/pcscd.socket", 0o644, []byte("[Unit]\nDescription=x\n[Socket]\nListenStream=/run/pcscd\nService=seatd.service\n"))
	for _, target := range []string{"sysinit", "local-fs", "basic", "shutdown", "time-sync", "network-online", "multi-user", "tpm2"} {
		put("/lib/systemd/system/"+target+".target", 0o644, []byte("[Unit]\nDescription=x\n"))
	}
	return root
}

func run(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	return string(out), err
}

// The scripts are scripts, and the list of packages' YAML names each script once.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("linux/scripts/*.p*")
	if err != nil || len(scripts) < 6 {
		t.Fatalf("%v, %v", scripts, err)
	}
	for _, script := range append(scripts, "build.sh", "once.sh", "opencv/build.sh", "windows/softhsm/build.sh", "windows/mesa/build.sh", "linux/make-credentials", "linux/countersign-device", "linux/countersign-terminal-enrol", "linux/examine-terminal") {
		if out, err := run(t, "sh", "-n", script); err != nil {
			t.Errorf("%s: %s", script, out)
		}
	}
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "#!/bin/sh\nset -e\n") {
			t.Errorf("%s goes on after what fails", script)
		}
	}
}

// Every program of the packages is one that the build builds, and takes as it is from PROGRAMS.
func TestPackagedPrograms(t *testing.T) {
	script, err := os.ReadFile("build.sh")
	if err != nil {
		t.Fatal(err)
	}
	taken := regexp.MustCompile(`(?m)^\tfor one in (.*); do\n\t\tcp "\$PROGRAMS/`).FindSubmatch(script)
	if taken == nil {
		t.Fatal("the build takes no programs from PROGRAMS")
	}
	for _, i := range contents(t) {
		name, ok := strings.CutPrefix(i.from, "bin/")
		if !ok {
			continue
		}
		if !slices.Contains(strings.Fields(string(taken[1])), name) {
			t.Errorf("%s is not taken from PROGRAMS", name)
		}
		if !regexp.MustCompile(`(?m)^\t+compile .*/` + name + `( |$)`).Match(script) {
			t.Errorf("%s is not built", name)
		}
	}
}

// What windows load by name, no program says that it needs: the packages name it.
func TestWindowsLibraries(t *testing.T) {
	for _, pkg := range []string{"terminal", "demo"} {
		text, err := os.ReadFile("linux/packages/" + pkg + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"libx11-6", "libxcursor1", "libxi6", "libxinerama1", "libxrandr2", "libxxf86vm1"} {
			if !slices.Contains(strings.Split(string(text), "\n"), "  - "+want) {
				t.Errorf("%s does not depend on %s", pkg, want)
			}
		}
	}
}

// The rules tie names only to roles, and say so to whoever reads the rules.
func TestDeviceTies(t *testing.T) {
	bin, rules := t.TempDir(), filepath.Join(t.TempDir(), "69-countersign-local.rules")
	udevadm := `#!/bin/sh
case "$*" in
*--property=SUBSYSTEM*) echo tty ;;
*--property=ID_SERIAL*) echo FTDI_FT232R_A50285BI ;;
*--property=ID_PATH*) echo pci-0000:00:14.0-usb-0:2:1.0 ;;
esac
`
	if err := os.WriteFile(filepath.Join(bin, "udevadm"), []byte(udevadm), 0o755); err != nil {
		t.Fatal(err)
	}
	tie := func(args ...string) error {
		command := exec.Command("linux/countersign-device", args...)
		command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "COUNTERSIGN_UDEV_RULES="+rules)
		return command.Run()
	}
	for _, c := range []struct {
		args []string
		fail bool
		want string
	}{
		{[]string{"sensor", "/dev/null"}, false, `ENV{COUNTERSIGN_TIED}="sensor"
SUBSYSTEM=="tty", ENV{ID_SERIAL}=="FTDI_FT232R_A50285BI", ENV{COUNTERSIGN_ROLE}="sensor"`},
		{[]string{"imager", "/dev/null", "--port"}, false, `ENV{COUNTERSIGN_TIED}="sensor imager"
SUBSYSTEM=="tty", ENV{ID_SERIAL}=="FTDI_FT232R_A50285BI", ENV{COUNTERSIGN_ROLE}="sensor"
SUBSYSTEM=="tty", ENV{ID_PATH}=="pci-0000:00:14.0-usb-0:2:1.0", ENV{COUNTERSIGN_ROLE}="imager"`},
		{[]string{"sensor", "any"}, false, `ENV{COUNTERSIGN_TIED}="imager"
SUBSYSTEM=="tty", ENV{ID_PATH}=="pci-0000:00:14.0-usb-0:2:1.0", ENV{COUNTERSIGN_ROLE}="imager"`},
		{[]string{"imager", "any"}, false, ""},
		{[]string{"toaster", "/dev/null"}, true, ""},
		{[]string{"sensor", "/dev/null", "--socket"}, true, ""},
		{[]string{"sensor", "/etc/passwd"}, true, ""},
	} {
		if err := tie(c.args...); (err != nil) != c.fail {
			t.Errorf("%v: %v", c.args, err)
		}
		text, err := os.ReadFile(rules)
		if err != nil {
			t.Fatal(err)
		}
		want := "# Written by countersign-device.\n"
		if c.want != "" {
			want += c.want + "\n"
		}
		if string(text) != want {
			t.Errorf("%v: rules\n%s\nwant\n%s", c.args, text, want)
		}
	}
}

// The inventory of a program names what it is built of and what it loads, and is the same
// each time.
func TestInventory(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "inventory")
	if out, err := run(t, "go", "build", "-o", tool, "./linux/inventory"); err != nil {
		t.Fatal(out)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sh, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	write := func(args ...string) (bill, notices string, err error) {
		out := t.TempDir()
		command := exec.Command(tool, append([]string{"--name", "x", "--version", "1", "--out", out, "--sources", "opencv/sources.sha256"}, args...)...)
		command.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000")
		if err := command.Run(); err != nil {
			return "", "", err
		}
		b, errB := os.ReadFile(filepath.Join(out, "sbom.cdx.json"))
		n, errN := os.ReadFile(filepath.Join(out, "notices"))
		if errB != nil || errN != nil {
			t.Fatal(errB, errN)
		}
		return string(b), string(n), nil
	}
	bill, notices, err := write(program)
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := write(program); err != nil || again != bill {
		t.Errorf("another bill the second time, error %v", err)
	}
	var document struct {
		Format     string `json:"bomFormat"`
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(bill), &document); err != nil || document.Format != "CycloneDX" {
		t.Fatalf("format %q, error %v", document.Format, err)
	}
	for _, want := range []string{"opencv", "libpng1.6", "libjpeg-turbo", "go"} {
		if !slices.ContainsFunc(document.Components, func(c struct{ Name, Version string }) bool { return c.Name == want && c.Version != "" }) {
			t.Errorf("the bill lacks %s", want)
		}
	}
	if !strings.Contains(notices, "Redistribution and use in source and binary forms") {
		t.Error("the notices lack Go's licence")
	}
	if _, _, err := write(sh); err == nil {
		t.Error("took a program that no Go has built")
	}
}
