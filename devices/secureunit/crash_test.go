package secureunit_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// storing is set for the child process of TestStoreSurvivesAKill, to its PIN
// file.
const storing = "SECUREUNIT_TEST_STORING"

func TestMain(m *testing.M) {
	if pin := os.Getenv(storing); pin != "" {
		fmt.Fprintln(os.Stderr, storeForEver(secureunit.Config{Token: "till", PIN: secureunit.PINFile(pin)}))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// storeForEver stores 0, 1, 2 … under one label, and says so after each.
func storeForEver(cfg secureunit.Config) error {
	u, err := secureunit.Open(context.Background(), cfg)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		if err := u.Store(context.Background(), "x", numbered(n), n%2 == 0); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func numbered(n int) []byte { return bytes.Repeat([]byte(strconv.Itoa(n)+" "), 500) }

// Guarantee 4: a process killed while it replaces an object leaves the last
// value that it was told is stored, or the one that it was storing.
func TestStoreSurvivesAKill(t *testing.T) {
	d, err := virtualtoken.Make(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, d.Conf())
	cfg, err := d.Token("till")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 10 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), storing+"="+d.PINFile("till"))
		var complaint strings.Builder
		child.Stderr = &complaint
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		last := -1
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if last, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
			if last == 3+round {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := child.Wait(); err == nil || complaint.Len() > 0 {
			t.Fatalf("child ended with %v: %s", err, &complaint)
		}
		u, err := secureunit.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		got, err := u.Load("x")
		if err != nil || !bytes.Equal(got, numbered(last)) && !bytes.Equal(got, numbered(last+1)) {
			t.Errorf("round %d: told %d, found %.20q: %v", round, last, got, err)
		}
		if err := u.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
