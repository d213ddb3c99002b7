package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"countersign/app/program/programtest"
	"countersign/app/settlement/settletest"
	"countersign/protocol"
	"countersign/settlementclient/virtualsettlement"
)

// told is what the commands say of a backup.
type told struct {
	Result, Store string
	Sums          struct {
		Entries uint64
		Books   []struct{ Held, Owed int64 }
	}
}

func says(t *testing.T, line string) (s told) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return s
}

// The ledger is saved by the running server while it sells, the machine is lost, and
// another data directory, or a database, goes on with the backup: every answer that was
// given before it is given again in the same bytes.
func TestBackup(t *testing.T) {
	server := newDatabase(t)
	w := newTown(t)
	settlement := w.Settlement
	const number = "6222020200112233445"
	settlement.OK("merchant add", settlement.InData("--reference", "M-0001", "--terminal", "T-0001", "--currency", "CNY")...)
	activation := settlement.OK("account add", settlement.InData("--number", number, "--kind", "prepaid", "--currency", "CNY")...)
	settlement.OK("account load", settlement.InData("--number", number, "--amount", "5000.00")...)
	terminal := w.enrol(protocol.RoleTerminal, "T-0001", w.invite("terminal", "T-0001", "--name", "Corner Café"), false)
	desk := w.enrol(protocol.RoleDesk, "D-0001", w.invite("desk", "D-0001"), false)
	hand := settletest.NewHand(t, 3)
	finger := hand.Finger()
	wallet := w.enrol(protocol.RoleWallet, "W-0001", w.capture(desk, "W-0001", hand.Template(finger)), false)
	if err := w.register(wallet, number, activation); err != nil {
		t.Fatal(err)
	}
	type sold struct {
		submission *protocol.Signed[protocol.Submission]
		answer     []byte
	}
	sell := func() (s sold) {
		s.submission = w.sell(terminal, wallet, number, hand.Capture(finger))
		answer, err := virtualsettlement.Submit(t.Context(), terminal.client, s.submission)
		if err != nil || answer.Outcome.Result != protocol.ResultPaid {
			t.Errorf("sale: %+v, %v", answer.Outcome, err)
			return s
		}
		s.answer = answer.Signed.Bytes()
		return s
	}
	before := []sold{sell(), sell()}
	file := filepath.Join(t.TempDir(), "ledger.backup")
	var selling sync.WaitGroup
	selling.Go(func() {
		for range 5 {
			sell()
		}
	})
	saved := says(t, settlement.OK("backup", settlement.InData("--out", file)...))
	selling.Wait()
	if saved.Result != "saved" || saved.Store != "file" || saved.Sums.Entries < 3 || len(saved.Sums.Books) != 1 || saved.Sums.Books[0].Held != saved.Sums.Books[0].Owed {
		t.Errorf("backup: %+v", saved)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, stderr, status := settlement.Run("backup", settlement.InData("--out", file)...); status != 1 || !strings.Contains(stderr, "hint: Name another file") {
		t.Errorf("over a backup: %d %s", status, stderr)
	}
	if _, stderr, status := settlement.Run("restore", settlement.InData("--in", file)...); status != 1 || !strings.Contains(stderr, "hint: Name an empty --data") {
		t.Errorf("over the running server's ledger: %d %s", status, stderr)
	}
	if err := settlement.Stop(syscall.SIGKILL); err == nil {
		t.Error("a killed server ended well")
	}
	if stopped := says(t, settlement.OK("backup", settlement.InData("--out", file+" stopped")...)); stopped.Sums.Entries < saved.Sums.Entries {
		t.Errorf("of the stopped server: %+v", stopped)
	}

	// Damage and strangers are told, and nothing is there afterwards.
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(raw)
	damaged[len(raw)/2] ^= 1
	for name, c := range map[string]struct {
		raw  []byte
		says string
	}{
		"damaged": {damaged, "hint: Copy it again"}, "cut": {raw[:len(raw)-1], "hint: Copy it again"}, "foreign": {[]byte("SQLite format 3"), "hint: Name a file that the backup command"},
	} {
		bad := settlement.Write("bad", "")
		if err := os.WriteFile(bad, c.raw, 0o600); err != nil {
			t.Fatal(err)
		}
		place := filepath.Join(t.TempDir(), "empty")
		for _, flags := range [][]string{{"--data", place}, {"--check"}} {
			if _, stderr, status := settlement.Run("restore", append(flags, "--in", bad)...); status != 1 || !strings.Contains(stderr, c.says) {
				t.Errorf("%s %v: %d %s", name, flags, status, stderr)
			}
		}
		if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
	if checked := says(t, settlement.OK("restore", "--check", "--in", file)); checked.Result != "checked" || checked.Sums.Entries != saved.Sums.Entries {
		t.Errorf("check: %+v", checked)
	}

	database := settlement.Write("database", server.URL("postgres"))
	for name, kept := range map[string][]string{"file": nil, "database": {"--database-file", database}} {
		settlement.Data = filepath.Join(settlement.Dir, "from "+name)
		restored := says(t, settlement.OK("restore", settlement.InData(append(kept, "--in", file)...)...))
		if restored.Result != "restored" || restored.Sums.Entries != saved.Sums.Entries {
			t.Errorf("%s: %+v", name, restored)
		}
		settlement.Start(append([]string{"--authority", w.Authority.URL()}, kept...)...)
		terminal.client = w.client(terminal.Credentials, terminal.ClientTLS(protocol.RoleSettlement))
		for n, s := range before {
			again, err := virtualsettlement.Submit(t.Context(), terminal.client, s.submission)
			if err != nil || !bytes.Equal(again.Signed.Bytes(), s.answer) {
				t.Errorf("%s: sale %d again: %v", name, n, err)
			}
		}
		sell()
		if proof := settlement.OK("proof", settlement.InData(kept...)...); strings.Contains(proof, "BROKEN") {
			t.Errorf("%s: proof:\n%s", name, proof)
		}
		again := filepath.Join(t.TempDir(), "again")
		if more := says(t, settlement.OK("backup", settlement.InData(append(kept, "--out", again)...)...)); more.Sums.Entries != saved.Sums.Entries+1 || (more.Store == "file") != (kept == nil) {
			t.Errorf("%s: %+v after %+v", name, more, saved)
		}
		if err := settlement.Stop(syscall.SIGTERM); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if bytes.Contains(raw, []byte("settlement's pin")) || bytes.Contains(raw, []byte(activation)) {
		t.Error("the backup holds a PIN or an activation code")
	}
	if leaks := settletest.LeaksOf(hand.Template(finger)).In(raw); leaks != "" {
		t.Errorf("the backup holds a print, %s", leaks)
	}
}

func TestBackupSaysWhatIsWrong(t *testing.T) {
	p := programtest.New(t, "settlement")
	for _, c := range []struct {
		words  string
		args   []string
		status int
		says   string
	}{
		{"backup", p.InData(), 2, "--out"},
		{"backup", p.InData("--out", filepath.Join(p.Dir, "b")), 1, "no ledger to open"},
		{"restore", p.InData(), 2, "--in"},
		{"restore", []string{"--in", p.PIN}, 2, "--data or --database-file"},
		{"restore", p.InData("--in", filepath.Join(p.Dir, "b")), 1, "no such file"},
	} {
		if stdout, stderr, status := p.Run(c.words, c.args...); status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s %v: %d\n%s%s", c.words, c.args, status, stdout, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(p.Data, "ledger.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a ledger: %v", err)
	}
}
