package powercut_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/chaos/powercut"
)

// Whoever uses the disk must be a process of its own, which can be killed: this
// test binary, started again with the name of what it is to do.
const victimVariable = "POWERCUT_VICTIM"

func TestMain(m *testing.M) {
	if name := os.Getenv(victimVariable); name != "" {
		if err := victims[name](os.Args[1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println("done")
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

// machine is a disk and the process that uses it.
type machine struct {
	t       *testing.T
	disk    *powercut.Disk
	backing string
	command *exec.Cmd
	said    *bufio.Scanner
}

func newMachine(t *testing.T, o powercut.Options) *machine {
	t.Helper()
	dir := t.TempDir()
	point := filepath.Join(dir, "mounted")
	if err := os.Mkdir(point, 0o755); err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, backing: filepath.Join(dir, "backing")}
	var err error
	if m.disk, err = powercut.Mount(m.backing, point, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.kill()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := m.disk.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return m
}

// run starts a victim.
func (m *machine) run(name string) {
	m.t.Helper()
	m.command = exec.Command(os.Args[0], m.disk.Point())
	m.command.Env = append(os.Environ(), victimVariable+"="+name)
	m.command.Stderr = os.Stderr
	out, err := m.command.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	m.said = bufio.NewScanner(out)
	if err := m.command.Start(); err != nil {
		m.t.Fatal(err)
	}
}

// until waits for a line of the victim.
func (m *machine) until(line string) {
	m.t.Helper()
	for m.said.Scan() {
		if m.said.Text() == line {
			return
		}
	}
	m.t.Fatalf("the victim ended without saying %q", line)
}

// kill ends the victim, if there is one, and returns what else it said.
func (m *machine) kill() {
	m.t.Helper()
	if m.command == nil {
		return
	}
	if err := m.command.Process.Kill(); err != nil {
		m.t.Error(err)
	}
	m.gone()
}

// gone waits for a victim that was killed and returns what else it said.
func (m *machine) gone() (said []string) {
	for m.said.Scan() {
		said = append(said, m.said.Text())
	}
	_ = m.command.Wait() // it was killed
	m.command = nil
	return said
}

// cut takes the power away, kills, and brings it back.
func (m *machine) cut(random *rand.Rand) (powercut.Loss, []string) {
	m.t.Helper()
	m.disk.Cut()
	if err := m.command.Process.Kill(); err != nil {
		m.t.Fatal(err)
	}
	m.disk.Release()
	said := m.gone()
	ctx, cancel := context.WithTimeout(m.t.Context(), 10*time.Second)
	defer cancel()
	loss, err := m.disk.Restore(ctx, random)
	if err != nil {
		m.t.Fatal(err)
	}
	return loss, said
}

// holds reads a file as it is on the disk; "" when it is not there.
func (m *machine) holds(name string) string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(m.backing, "live", name))
	if os.IsNotExist(err) {
		return "(gone)"
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

// victims are what the started process may do in the mounted directory.
var victims = map[string]func(dir string) error{
	"write":   write,
	"names":   names,
	"counter": counter,
}
