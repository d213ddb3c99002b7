package main_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/settlement/ledger/postgrestest"
	"countersign/app/settlement/settletest"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/settlementclient/virtualsettlement"
)

// found returns the files below a directory that hold some bytes, as they are or
// in base64, but those whose path has one of the words in it.
func found(t *testing.T, directory string, secret []byte, but ...string) (files []string) {
	t.Helper()
	ways := [][]byte{secret}
	for skip := range 3 {
		ways = append(ways, []byte(base64.RawStdEncoding.EncodeToString(secret[skip:skip+90])))
	}
	err := filepath.WalkDir(directory, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		for _, word := range but {
			if strings.Contains(path, word) {
				return nil
			}
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil // tables come and go
		}
		for _, way := range ways {
			if bytes.Contains(raw, way) {
				files = append(files, path)
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Enrolled, paid, erased: what authority and settlement keep does not hold the
// sealed template any more, and nobody pays with it.
func TestErasure(t *testing.T) { everyStore(t, testErasure) }

func testErasure(t *testing.T, database *postgrestest.Server, serve []string) {
	w := newTown(t, serve...)
	s := w.Settlement
	s.OK("merchant add", s.InData("--reference", "M-0001", "--terminal", "T-0001", "--name", "Corner Café", "--currency", "CNY")...)
	terminal := w.enrol(protocol.RoleTerminal, "T-0001", w.invite("terminal", "T-0001", "--name", "Corner Café"), false)
	desk := w.enrol(protocol.RoleDesk, "D-0001", w.invite("desk", "D-0001"), false)
	hand := settletest.NewHand(t, 5)
	type owner struct {
		device
		number protocol.Account
		finger []minutiae.Minutia
		sealed protocol.Sealed
	}
	var owners []owner
	for n, number := range []protocol.Account{"6222020200112233445", "4000123412341234"} {
		o := owner{number: number, finger: hand.Finger()}
		name := protocol.ID([]string{"W-0001", "W-0002"}[n])
		activation := s.OK("account add", s.InData("--number", string(number), "--kind", "prepaid", "--currency", "CNY")...)
		s.OK("account load", s.InData("--number", string(number), "--amount", "500.00")...)
		var text string
		text, o.sealed = w.deposit(desk, name, hand.Template(o.finger))
		o.device = w.enrol(protocol.RoleWallet, string(name), text, n == 1)
		if err := w.register(o.device, number, activation); err != nil {
			t.Fatal(err)
		}
		owners = append(owners, o)
	}
	pay := func(o owner) protocol.Result {
		answer, err := virtualsettlement.Submit(t.Context(), terminal.client, w.sell(terminal, o.device, o.number, hand.Capture(o.finger)))
		if err != nil {
			t.Fatalf("%v; log:\n%s", err, s.Log.String())
		}
		return answer.Outcome.Result
	}
	kept := func(o owner) []string {
		files := append(found(t, w.Authority.Data, o.sealed), found(t, s.Data, o.sealed)...)
		if database != nil {
			if _, err := database.SQL(t.Context(), "postgres", "CHECKPOINT"); err != nil {
				t.Fatal(err)
			}
			files = append(files, found(t, filepath.Dir(database.Socket()), o.sealed, "pg_wal")...)
		}
		return files
	}
	for n, o := range owners {
		if result := pay(o); result != protocol.ResultPaid {
			t.Fatalf("owner %d: %v; log:\n%s", n, result, s.Log.String())
		}
		if files := kept(o); len(files) < 1+n { // the deposited one in both
			t.Fatalf("the test does not find what it looks for, but in %v", files)
		}
	}

	erase := w.Authority.InData("--officer", "Officer 7", "--reason", "letter of 1 May")
	for _, o := range owners {
		for range 2 { // again changes nothing
			said := w.Authority.OK("erase", append(erase, "--wallet", string(o.Subject))...)
			if !strings.Contains(said, `"officer":"Officer 7","reason":"letter of 1 May"`) || strings.Count(said, "\n") != 0 {
				t.Errorf("erase said %q", said)
			}
		}
	}
	// Settlement asks when it starts, and every minute.
	if err := s.Stop(syscall.SIGKILL); err == nil {
		t.Error("a killed server ended well")
	}
	s.Start(append([]string{"--authority", w.Authority.URL()}, serve...)...)
	terminal.client = w.client(terminal.Credentials, terminal.ClientTLS(protocol.RoleSettlement))
	deadline := time.Now().Add(30 * time.Second)
	for n, o := range owners {
		for len(kept(o)) > 0 && time.Now().Before(deadline) {
			time.Sleep(100 * time.Millisecond) // it has another process's loop to wait for, which tells nobody
		}
		if files := kept(o); len(files) > 0 {
			t.Errorf("the template of owner %d is still in %v; log:\n%s", n, files, s.Log.String())
		}
		if result := pay(o); result != protocol.ResultWallet && result != protocol.ResultFinger {
			t.Errorf("owner %d pays with the old certificate: %v", n, result)
		}
	}
	if said := w.Authority.OK("erasures", w.Authority.InData()...); strings.Count(said, "\n") != 1 {
		t.Errorf("erasures: %s", said)
	}
	// With another finger the owner goes on.
	finger := hand.Finger()
	text, _ := w.deposit(desk, "W-0001", hand.Template(finger))
	anew := owner{device: w.enrol(protocol.RoleWallet, "W-0001 with another token", text, false), number: "6222020200998877665", finger: finger}
	activation := s.OK("account add", s.InData("--number", string(anew.number), "--kind", "prepaid", "--currency", "CNY")...)
	s.OK("account load", s.InData("--number", string(anew.number), "--amount", "100.00")...)
	if err := w.register(anew.device, anew.number, activation); err != nil {
		t.Fatal(err)
	}
	if result := pay(anew); result != protocol.ResultPaid {
		t.Errorf("with another finger: %v; log:\n%s", result, s.Log.String())
	}
}
