// Package packaging holds what puts Countersign onto machines; its tests run the
// scripts against made-up machines.
package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A machine is a folder of commands that stand for those of a machine: what the
// scripts call is found there or nowhere.
type machine struct {
	t    *testing.T
	path string
}

func newMachine(t *testing.T) machine {
	m := machine{t, t.TempDir()}
	for _, tool := range []string{"sh", "awk", "cat", "env", "sed", "touch"} {
		where, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(where, filepath.Join(m.path, tool)); err != nil {
			t.Fatal(err)
		}
	}
	m.has("git", "exit 1")
	m.has("make", "exit 1")
	m.has("go", "echo go1.26.8")
	m.has("id", "echo 0")
	m.has("dpkg-query", `for p in "$@"; do case "$p" in -*|*Package*) ;; *) grep -qx "$p" `+m.path+`/absent || echo "ii  $p";; esac; done`)
	m.has("grep", `while read -r l; do [ "$l" != "$2" ] || exit 0; done <"$3"; exit 1`)
	m.has("apt-get", `echo "$DEBIAN_FRONTEND apt-get $*" >>`+m.path+`/log; case "$*" in *install*) : >`+m.path+`/absent;; esac`)
	m.absent()
	return m
}

// has gives the machine a command.
func (m machine) has(name, script string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.path, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// absent says which packages are not installed.
func (m machine) absent(names ...string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.path, "absent"), []byte(strings.Join(names, "\n")+"\n"), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// setup runs setup.sh there; did is what apt-get was asked for.
func (m machine) setup(args ...string) (said, did string, ok bool) {
	cmd := exec.Command("./setup.sh", args...)
	cmd.Env = []string{"PATH=" + m.path}
	out, err := cmd.CombinedOutput()
	log, _ := os.ReadFile(filepath.Join(m.path, "log")) // none when apt-get was not called
	return string(out), string(log), err == nil
}

func debian12(t *testing.T) bool {
	release, err := os.ReadFile("/etc/os-release")
	return err == nil && strings.Contains(string(release), "\nID=debian") && strings.Contains(string(release), `VERSION_ID="12"`)
}

func TestSetupWithEverythingThere(t *testing.T) {
	for _, use := range []string{"build", "package", "packages", "windows", "run", "test", "demo"} {
		if said, did, ok := newMachine(t).setup(use); !ok || said != "" || did != "" {
			t.Errorf("%s: said %q, did %q, %v", use, said, did, ok)
		}
	}
}

func TestSetupInstallsWhatIsMissing(t *testing.T) {
	m := newMachine(t)
	m.absent("libzxing-dev", "softhsm2", "unheard-of")
	said, did, ok := m.setup("test")
	if !debian12(t) {
		if ok || did != "" || !strings.Contains(said, "this is not Debian 12") || !strings.Contains(said, "libzxing-dev") {
			t.Errorf("another system: said %q, did %q, %v", said, did, ok)
		}
		return
	}
	if !ok || !strings.Contains(said, "libzxing-dev             QR decoding") || !strings.Contains(said, "softhsm2") ||
		strings.Contains(said, "unheard-of") {
		t.Errorf("said %q, %v", said, ok)
	}
	calls := strings.Split(strings.TrimSpace(did), "\n")
	if len(calls) != 2 || !strings.HasPrefix(calls[0], "noninteractive apt-get update") ||
		!strings.HasSuffix(calls[1], " libzxing-dev softhsm2") {
		t.Errorf("did %q", calls)
	}
	if said, did2, ok := m.setup("test"); !ok || said != "" || did2 != did {
		t.Errorf("again: said %q, did %q, %v", said, did2, ok)
	}
}

// Only what a use wants is looked for.
func TestSetupOfOneUse(t *testing.T) {
	m := newMachine(t)
	m.absent("softhsm2", "xvfb")
	if said, did, ok := m.setup("build"); !ok || said != "" || did != "" {
		t.Errorf("said %q, did %q, %v", said, did, ok)
	}
}

func TestSetupSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(machine)
		use    string
		want   string
	}{
		"no Go":                {func(m machine) { os.Remove(m.path + "/go") }, "build", "Go "},
		"an old Go":            {func(m machine) { m.has("go", "echo go1.25.9") }, "build", "go1.25.9 is too old"},
		"a very old Go":        {func(m machine) { m.has("go", "echo go1.9") }, "demo", "go1.9 is too old"},
		"no git":               {func(m machine) { os.Remove(m.path + "/git") }, "test", "git is missing"},
		"no make":              {func(m machine) { os.Remove(m.path + "/make") }, "test", "make is missing"},
		"an unknown use":       {func(m machine) {}, "everything", "usage:"},
		"no dpkg at all":       {func(m machine) { os.Remove(m.path + "/dpkg-query"); os.Remove(m.path + "/apt-get") }, "build", "libopencv-dev"},
		"no right, no sudo":    {func(m machine) { m.has("id", "echo 1000"); m.absent("gcc") }, "build", "gcc"},
		"apt-get fails":        {func(m machine) { m.has("apt-get", "exit 100"); m.absent("gcc") }, "build", "gcc"},
		"apt-get does nothing": {func(m machine) { m.has("apt-get", "exit 0"); m.absent("gcc") }, "build", "gcc"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			c.change(m)
			if said, _, ok := m.setup(c.use); ok || !strings.Contains(said, c.want) {
				t.Errorf("said %q, %v", said, ok)
			}
		})
	}
	for _, version := range []string{"go1.26", "go1.26rc1", "go1.27.1", "go2.0", "devel go1.27-abc"} {
		m := newMachine(t)
		m.has("go", "echo '"+version+"'")
		if said, _, ok := m.setup("build"); !ok || said != "" {
			t.Errorf("%s: said %q", version, said)
		}
	}
}

func TestSetupAsAnOrdinaryUser(t *testing.T) {
	if !debian12(t) {
		return // TestSetupInstallsWhatIsMissing says what happens there
	}
	m := newMachine(t)
	m.has("id", "echo 1000")
	m.has("sudo", `echo sudo >>`+m.path+`/log; exec "$@"`)
	m.absent("gcc")
	if said, did, ok := m.setup("build"); !ok || strings.Count(did, "sudo\n") != 2 {
		t.Errorf("said %q, did %q, %v", said, did, ok)
	}
}

// A command under with-display.sh has a display, and its exit status comes through.
func TestWithDisplay(t *testing.T) {
	out, err := exec.Command("./with-display.sh", "sh", "-c", `echo "$DISPLAY $XAUTHORITY"; exit 7`).CombinedOutput()
	var exit *exec.ExitError
	if e, ok := err.(*exec.ExitError); ok {
		exit = e
	}
	display, authority, two := strings.Cut(strings.TrimSpace(string(out)), " ")
	if exit == nil || exit.ExitCode() != 7 || !two || !strings.HasPrefix(display, ":") {
		t.Fatalf("said %q, %v", out, err)
	}
	if _, err := os.Stat(authority); !os.IsNotExist(err) {
		t.Errorf("the cookie was left behind: %v", err)
	}
	if _, err := os.Stat("/tmp/.X11-unix/X" + display[1:]); !os.IsNotExist(err) {
		t.Errorf("the display was left behind: %v", err)
	}
}
