//go:build linux

package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"countersign/app/updater/steps"
	"countersign/app/updater/updatefile"
)

// place is a machine in a folder: its system, keys, and a systemd and a doctor that say
// what a version's own file says.
type place struct {
	t   *testing.T
	dir string
}

func newPlace(t *testing.T) place {
	p := place{t, t.TempDir()}
	for _, d := range []string{"info", "updates", "triggers", "parts"} {
		p.write("root/var/lib/dpkg/"+d+"/.keep", "", 0o600)
	}
	for _, f := range []string{"status", "available"} {
		p.write("root/var/lib/dpkg/"+f, "", 0o600)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	p.write("private.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), 0o600)
	if der, err = x509.MarshalPKIXPublicKey(public); err != nil {
		t.Fatal(err)
	}
	p.write("keys/2026.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), 0o600)
	p.write("bin/systemctl", "#!/bin/sh\necho ActiveState=active\necho InvocationID=$(cat "+p.path("root/usr/lib/countersign/terminal")+")\n", 0o700)
	p.write("doctor", "#!/bin/sh\ncase $(cat "+p.path("root/usr/lib/countersign/terminal")+") in 1.2.0) state=bad;; *) state=ok;; esac\n"+
		`echo '{"check":"camera","state":"'$state'"}'`+"\n[ $state = ok ]\n", 0o700)
	t.Setenv("PATH", p.path("bin")+":"+os.Getenv("PATH"))
	return p
}

func (p place) path(name string) string { return filepath.Join(p.dir, name) }

func (p place) write(name, text string, mode os.FileMode) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
}

// run runs a command of the program; machine adds where the machine is.
func (p place) run(status int, machine bool, args ...string) (out, errOut string) {
	p.t.Helper()
	if machine {
		args = append(args, "--state", p.path("state"), "--keys", p.path("keys"), "--root", p.path("root"), "--doctor", p.path("doctor"),
			"--settle", "1s", "--wait", "5s", "--log", p.path("log"))
	}
	var o, e bytes.Buffer
	if have := updater().Run(p.t.Context(), args, &o, &e); have != status {
		p.t.Errorf("%q: status %d, want %d: %s", args, have, status, e.String())
	}
	return o.String(), e.String()
}

// release makes a package and the update file that has it.
func (p place) release(version string) (deb, update string) {
	p.t.Helper()
	tree := "tree-" + version
	p.write(tree+"/DEBIAN/control", fmt.Sprintf("Package: countersign-terminal\nVersion: %s\nArchitecture: %s\nMaintainer: Countersign <countersign@localhost>\nDescription: for a test\n", version, runtime.GOARCH), 0o644)
	p.write(tree+"/usr/lib/countersign/terminal", version, 0o644)
	deb, update = p.path(fmt.Sprintf("countersign-terminal_%s.deb", version)), p.path(version+".update")
	if out, err := exec.CommandContext(p.t.Context(), "dpkg-deb", "--root-owner-group", "--build", p.path(tree), deb).CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
	p.run(0, false, "make", "--key", p.path("private.pem"), "--out", update, "--version", version, "--minimum", "1.0.0",
		"--released", "2026-01-01", "--expires", time.Now().AddDate(1, 0, 0).Format(time.DateOnly), "--packages", deb)
	return deb, update
}

// The program from a signed release to a machine that has it, and back from one that
// does not come up.
func TestProgram(t *testing.T) {
	p := newPlace(t)
	deb, first := p.release("1.0.0")
	_, second := p.release("1.1.0")
	_, third := p.release("1.2.0")
	if _, said := p.run(1, true, "apply", "--file", second); !strings.Contains(said, "hint: install the package") {
		t.Error(said)
	}
	if out, err := exec.CommandContext(t.Context(), "dpkg", "--root="+p.path("root"), "--install", deb).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, said := p.run(1, true, "apply", "--file", second); !strings.Contains(said, "hint: keep the update file") {
		t.Error(said)
	}
	p.run(0, true, "keep", "--file", first)
	p.run(0, true, "apply", "--file", second)
	p.has("1.1.0", "")
	if _, said := p.run(1, true, "apply", "--file", third); !strings.Contains(said, "camera") || !strings.Contains(said, "hint: the terminal works as before") {
		t.Error(said)
	}
	p.has("1.1.0", "camera")
	if _, said := p.run(1, true, "apply", "--file", first); !strings.Contains(said, "--rollback") {
		t.Error(said)
	}
	p.run(0, true, "back", "--version", "1.0.0")
	p.has("1.0.0", "")
	p.run(0, true, "resume")
	p.run(0, true, "apply", "--rollback", "--file", first)
	p.has("1.0.0", "")

	out, _ := p.run(0, true, "verify", "--file", second)
	var m updatefile.Manifest
	if err := json.Unmarshal([]byte(out), &m); err != nil || m.Version != "1.1.0" || len(m.Payloads) != 1 {
		t.Errorf("%s, %v", out, err)
	}
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	p.write("tampered", string(b), 0o600)
	for _, command := range []string{"verify", "apply"} {
		if _, said := p.run(1, true, command, "--file", p.path("tampered")); !strings.Contains(said, "hint: get the file again") {
			t.Error(said)
		}
	}
	for _, wrong := range [][]string{{"apply"}, {"back", "--version", "../1"}, {"make", "--key", "x"}, {"dance"}} {
		p.run(2, false, wrong...)
	}
}

// has checks what status says.
func (p place) has(version, why string) {
	p.t.Helper()
	out, _ := p.run(0, true, "status")
	var s steps.State
	if err := json.Unmarshal([]byte(out), &s); err != nil || s.Phase != steps.Idle || s.Last == nil || string(s.Last.Installed) != version ||
		(why == "") != (s.Last.Why == "") || !strings.Contains(s.Last.Why, why) {
		p.t.Errorf("%s, %v", out, err)
	}
	if b, err := os.ReadFile(p.path("root/usr/lib/countersign/terminal")); err != nil || string(b) != version {
		p.t.Errorf("%q, %v", b, err)
	}
}
