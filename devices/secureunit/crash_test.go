package secureunit_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// storing is set for the child process of TestStoreSurvivesAKill, to its PIN
// file; making for that of TestKeysSurviveAKill.
const (
	storing = "SECUREUNIT_TEST_STORING"
	making  = "SECUREUNIT_TEST_MAKING"
)

func TestMain(m *testing.M) {
	for variable, child := range map[string]func(secureunit.Config) error{storing: storeForEver, making: makeForEver} {
		if pin := os.Getenv(variable); pin != "" {
			fmt.Fprintln(os.Stderr, child(secureunit.Config{Token: "till", PIN: secureunit.PINFile(pin)}))
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// till makes a token "till" of this test's alone.
func till(t *testing.T) (*virtualtoken.Directory, secureunit.Config) {
	t.Helper()
	d, err := virtualtoken.Make(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, d.Conf())
	cfg, err := d.Token("till")
	if err != nil {
		t.Fatal(err)
	}
	return d, cfg
}

// killed runs a child process until it is killed, which told sees to: it is called with each
// number that the child says, and how many came before. The last one is returned, -1 for none.
func killed(t *testing.T, variable string, told func(before, number int, child *os.Process)) (last int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), variable)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	last = -1
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		told(n, last, child.Process)
	}
	if err := child.Wait(); err == nil || complaint.Len() > 0 {
		t.Fatalf("child ended with %v: %s", err, &complaint)
	}
	return last
}

// makeForEver makes generation after generation, and says so after each.
func makeForEver(cfg secureunit.Config) error {
	u, err := secureunit.Open(context.Background(), cfg)
	if err != nil {
		return err
	}
	for {
		k, err := u.NextKey(context.Background(), secureunit.Signing)
		if err != nil {
			return err
		}
		fmt.Println(k.Generation)
	}
}

// A process killed while it makes a key leaves the keys that it was told of, and none that
// is there and cannot be used: SoftHSM makes an object before it has its key.
func TestKeysSurviveAKill(t *testing.T) {
	d, cfg := till(t)
	for round := range 8 {
		last := killed(t, making+"="+d.PINFile("till"), func(n, _ int, child *os.Process) {
			if n == 0 { // somewhere in the next
				time.AfterFunc(time.Duration(rand.IntN(int(300*time.Millisecond))), func() { _ = child.Kill() })
			}
		})
		u, err := secureunit.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := u.Keys(t.Context(), secureunit.Signing)
		if err != nil || len(keys) < last || len(keys) > last+1 {
			t.Fatalf("round %d: told of %d keys, found %d: %v", round, last, len(keys), err)
		}
		signer, err := u.Signer(secureunit.Signing)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		digest := sha256.Sum256([]byte{byte(round)})
		if _, err := signer.Sign(nil, digest[:], crypto.SHA256); err != nil {
			t.Fatalf("round %d: key %d of %d: %v", round, len(keys), last, err)
		}
		if next, err := u.NextKey(t.Context(), secureunit.Signing); err != nil || int(next.Generation) != len(keys)+1 {
			t.Fatalf("round %d: %v after %d, %v", round, next, len(keys), err)
		}
		if err := u.Close(); err != nil {
			t.Fatal(err)
		}
	}
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
	d, cfg := till(t)
	for round := range 10 {
		last := killed(t, storing+"="+d.PINFile("till"), func(_, told int, child *os.Process) {
			if told == 3+round {
				if err := child.Kill(); err != nil {
					t.Error(err)
				}
			}
		})
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
