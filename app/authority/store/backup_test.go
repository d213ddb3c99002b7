package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/app/authority/store"
	"countersign/app/program/backup"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// restorerVariable makes the test binary a process that restores and is killed at a
// point: place, file and point.
const restorerVariable = "COUNTERSIGN_REGISTRY_RESTORER"

func TestMain(m *testing.M) {
	setting := os.Getenv(restorerVariable)
	if setting == "" {
		os.Exit(m.Run())
	}
	parts := strings.Split(setting, "|")
	file, err := os.Open(parts[1])
	if err == nil {
		_, err = store.Restore(context.Background(), parts[0], file, func(point string) {
			if point == parts[2] {
				syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
			}
		})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// filled is a registry with something of everything; add enrols one device more.
func filled(t *testing.T) (r *store.Registry, add func(n int) error) {
	t.Helper()
	realm := protocoltest.New(t, "countersign/1")
	r = open(t, filepath.Join(t.TempDir(), "registry.db"))
	now := realm.Now
	add = func(n int) error {
		subject := protocol.ID(fmt.Sprintf("T-%04d", n))
		hash := protocol.Hash{byte(n), byte(n >> 8), 1}
		return r.Update(func(tx *store.Tx) error {
			_, numbered := tx.NextSequence(now)
			return errors.Join(numbered,
				tx.PutCertificate(hash, store.Certificate{Subject: subject, Cut: &store.Cut{Expires: 5}, Issued: now}),
				tx.PutDevice(store.Device{Subject: subject, Role: protocol.RoleTerminal, Enrolled: now, Current: hash[:], Issued: now}))
		})
	}
	for n := range 3 {
		if err := add(n); err != nil {
			t.Fatal(err)
		}
	}
	update(t, r, func(tx *store.Tx) error {
		_, claimed := tx.ClaimKey(protocol.Point{2, 3}, store.KeyOwner{Subject: "T-0001", Use: "TLS"})
		_, erased := tx.AddErasure(now, store.Erasure{Wallet: "W-0001", Template: []byte("digest"), At: now, Officer: "Anna", Reason: "asked"})
		return errors.Join(claimed, erased,
			tx.SetAuthority(store.Authority{Name: "countersign/1", Key: []byte("thumbprint"), Root: []byte("root"), Made: now}),
			tx.PutCode(protocol.Hash{4}, store.Code{Role: protocol.RoleWallet, Subject: "W-0001", Made: now, Expires: now}),
			tx.PutDeposit("W-0002", store.Deposit{Signed: []byte("sealed"), Desk: "D-0001", Received: now}),
			tx.PutStatement("W-0003", store.Statement{Signed: []byte("signed"), Desk: "D-0001", Received: now}),
			tx.PutRevocation("T-0002", store.Revocation{Until: 7, At: now}))
	})
	return r, add
}

// while lets a backup begin, and go on when others have written meanwhile.
type while struct {
	bytes.Buffer
	begun func()
}

func (w *while) Write(b []byte) (int, error) {
	if w.begun != nil {
		w.begun()
		w.begun = nil
	}
	return w.Buffer.Write(b)
}

func save(t *testing.T, r *store.Registry, to *while) []byte {
	t.Helper()
	if err := r.Backup(t.Context(), to, time.Now()); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

func sums(t *testing.T, m backup.Manifest) (s store.Sums) {
	t.Helper()
	if err := json.Unmarshal(m.Sums, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A backup that is made while devices enrol is the registry of one moment.
func TestBackup(t *testing.T) {
	r, add := filled(t)
	var enrolling sync.WaitGroup
	raw := save(t, r, &while{begun: func() {
		// The snapshot is there: what is written now is not in it.
		enrolling.Go(func() {
			for n := range 20 {
				if err := add(100 + n); err != nil {
					t.Error(err)
				}
			}
		})
		enrolling.Wait()
	}})
	place := filepath.Join(t.TempDir(), "registry.db")
	m, err := store.Restore(t.Context(), place, bytes.NewReader(raw), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := sums(t, m); s.Authority != "countersign/1" || s.Devices != 3 || s.Revoked != 1 || s.Sequence == 0 || s.Erasure == 0 {
		t.Errorf("sums %+v", s)
	}
	again := open(t, place)
	second, err := backup.Read(t.Context(), bytes.NewReader(save(t, again, &while{})), "authority", backup.Visitor{})
	if err != nil || !slices.Equal(second.Sections, m.Sections) || string(second.Sums) != string(m.Sums) {
		t.Errorf("a backup of what was restored: %v", err)
	}
	err = again.View(func(tx *store.Tx) error {
		devices, err := tx.Devices()
		if err != nil || len(devices) != 3 {
			t.Errorf("%d devices, %v", len(devices), err)
		}
		revoked, err := tx.Revocations()
		if err != nil || len(revoked) != 1 || revoked[0].Subject != "T-0002" {
			t.Errorf("revoked %v, %v", revoked, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := store.Restore(t.Context(), place, bytes.NewReader(raw), nil); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("over a registry: %v", err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	r, _ := filled(t)
	raw := save(t, r, &while{})
	rewritten := func(about func(*backup.About), skip string) []byte {
		var b bytes.Buffer
		var w *backup.Writer
		section := ""
		m, err := backup.Read(t.Context(), bytes.NewReader(raw), "authority", backup.Visitor{
			About:   func(a backup.About) (err error) { about(&a); w, err = backup.NewWriter(&b, a); return err },
			Section: func(name string) error { section = name; return w.Section(name) },
			Record: func(key, value []byte) error {
				if section == skip {
					return nil
				}
				return w.Record(key, value)
			},
		})
		if err == nil {
			_, err = w.Close(m.Sums)
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	as := func(*backup.About) {}
	damaged := bytes.Clone(raw)
	damaged[len(raw)/3] ^= 16
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"damaged":              {damaged, backup.ErrDamaged},
		"cut":                  {raw[:len(raw)*2/3], backup.ErrCut},
		"a registry's file":    {bytes.Repeat([]byte{0xED, 0xDA}, 4096), backup.ErrForeign},
		"settlement's":         {rewritten(func(a *backup.About) { a.Program = "settlement" }, ""), backup.ErrProgram},
		"of a later program":   {rewritten(func(a *backup.About) { a.Schema++ }, ""), backup.ErrNewer},
		"without revocations":  {rewritten(as, "revocations"), store.ErrDiffers},
		"without certificates": {rewritten(as, "certificates"), store.ErrDiffers},
		"without authority":    {rewritten(as, "authority"), store.ErrNotInitialised},
	} {
		dir := t.TempDir()
		if _, err := store.Restore(t.Context(), filepath.Join(dir, "registry.db"), bytes.NewReader(c.raw), nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
}

// A restoration that is killed leaves the place empty, or the registry whole.
func TestKilledRestorationLeavesNothingHalf(t *testing.T) {
	r, _ := filled(t)
	file := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(file, save(t, r, &while{}), 0o600); err != nil {
		t.Fatal(err)
	}
	points := store.RestoreFailPoints()
	for _, point := range points {
		place := filepath.Join(t.TempDir(), "registry.db")
		victim := exec.CommandContext(t.Context(), os.Args[0])
		victim.Env = append(os.Environ(), restorerVariable+"="+strings.Join([]string{place, file, point}, "|"))
		var exit *exec.ExitError
		if err := victim.Run(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("%s: victim ended with %v", point, err)
		}
		if point != points[len(points)-1] {
			if _, err := os.Stat(place); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: there is a registry: %v", point, err)
			}
			from, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.Restore(t.Context(), place, from, nil)
			if err = errors.Join(err, from.Close()); err != nil {
				t.Errorf("%s: again: %v", point, err)
			}
		}
		open(t, place)
		if left, err := filepath.Glob(place + "?*"); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind: %v, %v", point, left, err)
		}
	}
}
