package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"countersign/app/program/programtest"
	"countersign/app/settlement/ledger/postgrestest"
	"countersign/app/settlement/settletest"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/problem"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// The life of a settlement server with everything real but the finger: enrolled,
// accounts, sales by a wallet of either kind, killed, started again, stopped.
func TestProgram(t *testing.T) { everyStore(t, testProgram) }

// testProgram is with the ledger in a database, if one is given, which kept names.
func testProgram(t *testing.T, database *postgrestest.Server, kept []string) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	serve := slices.Concat(watch, kept)
	w := newTown(t, serve...)
	ledger := w.Settlement
	const number, other = "6222020200112233445", "4000123412341234"
	ledger.OK("merchant add", ledger.InData("--reference", "M-0001", "--terminal", "T-0001", "--name", "Corner Café", "--currency", "CNY")...)
	activation := ledger.OK("account add", ledger.InData("--number", number, "--kind", "prepaid", "--currency", "CNY")...)
	second := ledger.OK("account add", ledger.InData("--number", other, "--kind", "prepaid", "--currency", "CNY")...)
	for _, n := range []string{number, other} {
		if said := ledger.OK("account load", ledger.InData("--number", n, "--amount", "100.00")...); said != `{"balance":"100.00 CNY"}` {
			t.Errorf("load said %q", said)
		}
	}
	terminal := w.enrol(protocol.RoleTerminal, "T-0001", w.invite("terminal", "T-0001", "--name", "Corner Café"), false)
	desk := w.enrol(protocol.RoleDesk, "D-0001", w.invite("desk", "D-0001"), false)
	hand := settletest.NewHand(t, 3)
	var seen []protocol.Template // what the sensor gave
	capture := func(finger []minutiae.Minutia) protocol.Template {
		seen = append(seen, hand.Capture(finger))
		return seen[len(seen)-1]
	}
	fingers := [2][]minutiae.Minutia{hand.Finger(), hand.Finger()}
	sealed := w.enrol(protocol.RoleWallet, "W-0001", w.capture(desk, "W-0001", hand.Template(fingers[0])), false)
	deposited := w.enrol(protocol.RoleWallet, "W-0002", w.capture(desk, "W-0002", hand.Template(fingers[1])), true)
	if err := w.register(sealed, number, "WRONGWRONGWRONG1"); !errors.Is(err, settlementclient.ErrRefused) {
		t.Errorf("wrong activation code: %v", err)
	}
	for _, err := range []error{w.register(sealed, number, activation), w.register(deposited, other, second)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	first := w.sell(terminal, sealed, number, capture(fingers[0]))
	results := []struct {
		name string
		s    *protocol.Signed[protocol.Submission]
		want protocol.Result
	}{
		{"template in the certificate", first, protocol.ResultPaid},
		{"template deposited", w.sell(terminal, deposited, other, capture(fingers[1])), protocol.ResultPaid},
		{"wrong finger", w.sell(terminal, sealed, number, capture(fingers[1])), protocol.ResultRetryFinger},
		{"account of the other wallet", w.sell(terminal, sealed, other, capture(fingers[0])), protocol.ResultWallet},
		{"not enough money", w.sell(terminal, sealed, number, capture(fingers[0])), protocol.ResultFunds},
	}
	var paid settlementclient.Answer
	for n, r := range results {
		answer, err := virtualsettlement.Submit(t.Context(), terminal.client, r.s)
		if err != nil || answer.Outcome.Result != r.want {
			t.Fatalf("%s: %+v, %v; log:\n%s", r.name, answer.Outcome, err, ledger.Log.String())
		}
		if n == 0 {
			paid = answer
		}
	}

	w.watch("payment", "paid", 2)
	w.watch("payment", "retry-finger", 1)
	if answer, err := virtualsettlement.Submit(t.Context(), terminal.client, w.sell(terminal, sealed, number, seen[0])); err != nil || answer.Outcome.Result != protocol.ResultFinger {
		t.Errorf("the live print of an earlier sale: %+v, %v", answer.Outcome, err)
	}

	// Killed and started again, it answers the same and has forgotten nothing.
	if err := ledger.Stop(syscall.SIGKILL); err == nil {
		t.Error("a killed server ended well")
	}
	ledger.Start(serve...)
	terminal.client = w.client(terminal.Credentials, terminal.ClientTLS(protocol.RoleSettlement))
	again, err := virtualsettlement.Submit(t.Context(), terminal.client, first)
	if err != nil || !bytes.Equal(again.Signed.Bytes(), paid.Signed.Bytes()) {
		t.Errorf("repeat after the crash: %v", err)
	}
	if database != nil { // while it is away terminals are told to try again
		if err := database.Kill(); err != nil {
			t.Fatal(err)
		}
		if _, err := virtualsettlement.Submit(t.Context(), terminal.client, first); !errors.As(err, new(*problem.Problem)) || errors.Is(err, settlementclient.ErrUnknown) {
			t.Errorf("without database: %v\n%s", err, ledger.Log.Tail())
		}
		if err := database.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again, err := virtualsettlement.Submit(t.Context(), terminal.client, first); err != nil || !bytes.Equal(again.Signed.Bytes(), paid.Signed.Bytes()) {
			t.Errorf("repeat when the database is back: %v", err)
		}
	}
	fingersNoted(t, ledger)
	list := ledger.OK("account list", ledger.InData()...)
	for _, want := range []string{`"number":"…3445","class":"payer","kind":"prepaid","wallet":"W-0001","minor":2200,"balance":"22.00 CNY"`, `"minor":15600,"balance":"156.00 CNY"`} {
		if !strings.Contains(list, want) {
			t.Errorf("account list lacks %s:\n%s", want, list)
		}
	}
	if proof := ledger.OK("proof", ledger.InData()...); strings.Contains(proof, "BROKEN") || strings.Count(proof, "holds") != strings.Count(proof, "\n")+1 {
		t.Errorf("proof:\n%s", proof)
	}
	w.stop()
	if proof := ledger.OK("proof", ledger.InData(kept...)...); strings.Contains(proof, "BROKEN") {
		t.Errorf("proof without server:\n%s", proof)
	}
	log := ledger.Log.String()
	text := log + w.Authority.Log.String()
	secrets := []string{number, other, activation, second, "settlement's pin", "authority's pin", "officer's pin"}
	for _, template := range append(seen, hand.Template(fingers[0]), hand.Template(fingers[1])) {
		secrets = append(secrets, hex.EncodeToString(template), base64.StdEncoding.EncodeToString(template), base64.RawURLEncoding.EncodeToString(template))
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the logs hold %q", secret)
		}
	}
	leaks := settletest.LeaksOf(append(seen, hand.Template(fingers[0]), hand.Template(fingers[1]))...)
	if found := leaks.In([]byte(text)); found != "" {
		t.Errorf("the logs hold a print, %s", found)
	}
	places := []string{ledger.Data, w.Authority.Data, temporary}
	if database != nil {
		places = append(places, filepath.Dir(database.Socket())) // its files and its write-ahead log
	}
	for _, place := range places {
		found, read, err := leaks.Under(place)
		empty := place == temporary || place == ledger.Data && database != nil
		if len(found) > 0 || err != nil || read == 0 && !empty {
			t.Errorf("%d bytes under %s hold a print: %q, %v", read, place, found, err)
		}
	}
	sale := first.Unverified().Request.Hash().String()
	for _, step := range []string{`"step":13`, `"step":14`, `"step":15`} {
		if !strings.Contains(log, step) || !strings.Contains(log, `"sale":"`+sale+`"`) {
			t.Errorf("the log lacks %s of %s", step, sale)
		}
	}

	// The end of a server whose ledger is taken away.
	if database != nil {
		return
	}
	ledger.Start(serve...)
	if err := os.Rename(ledger.Data, ledger.Data+" away"); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Wait(); err == nil || !strings.Contains(ledger.Log.String(), "ledger is gone") {
		t.Errorf("without ledger: %v\n%s", err, ledger.Log.String())
	}
}

// fingersNoted looks at what an auditor is shown of the sales, and unlocks a wallet.
func fingersNoted(t *testing.T, settlement *programtest.Program) {
	t.Helper()
	noted := settlement.OK("finger list", settlement.InData("--wallet", "W-0001")...)
	for _, want := range []string{`"outcome":"match","terminal":"T-0001"`, `"outcome":"differs"`, `"outcome":"replayed"`, `"attempt":1,"amount":"78.00 CNY"`} {
		if !strings.Contains(noted, want) {
			t.Errorf("finger list lacks %s:\n%s", want, noted)
		}
	}
	if strings.Contains(noted, "W-0002") || !strings.Contains(settlement.OK("finger list", settlement.InData()...), "W-0002") {
		t.Errorf("finger list of one wallet:\n%s", noted)
	}
	if list := settlement.OK("wallet list", settlement.InData()...); !strings.Contains(list, `{"wallet":"W-0001","failures":1,"locked":false`) {
		t.Errorf("wallet list:\n%s", list)
	}
	if _, stderr, status := settlement.Run("wallet unlock", settlement.InData("--subject", "W-0001")...); status != 2 || !strings.Contains(stderr, "--reason") {
		t.Errorf("unlock without a reason: %d %s", status, stderr)
	}
	if said := settlement.OK("wallet unlock", settlement.InData("--subject", "W-0001", "--reason", "seen with a passport")...); said != `{"keys":1}` {
		t.Errorf("unlock said %s", said)
	}
	if noted := settlement.OK("finger list", settlement.InData("--wallet", "W-0001", "--since", "1h")...); !strings.Contains(noted, `"outcome":"unlocked","failures":0,"note":"seen with a passport"`) {
		t.Errorf("unlocking is not noted:\n%s", noted)
	}
	if list := settlement.OK("wallet list", settlement.InData()...); list != "" {
		t.Errorf("wallet list after unlocking:\n%s", list)
	}
}

func TestProgramSaysWhatIsWrong(t *testing.T) {
	fresh := programtest.New(t, "settlement")
	for _, c := range []struct {
		name   string
		words  string
		args   []string
		status int
		says   string
	}{
		{"no command", "", nil, 2, "usage:"},
		{"half a command", "account", nil, 2, "usage:"},
		{"flag missing", "serve", fresh.InData(), 2, "--pin-file"},
		{"number missing", "account load", fresh.InData("--amount", "1.00"), 2, "--number"},
		{"payout without a reference", "merchant payout", fresh.InData("--merchant", "M-0001", "--amount", "1.00"), 2, "--reference"},
		{"clearing of no currency", "acquirer cleared", fresh.InData("--amount", "1.00", "--reference", "B-1"), 2, "--currency"},
		{"limit in no currency", "serve", fresh.Own("--pin-limit", "XYZ=1.00"), 2, "pin-limit"},
		{"bands that ask for less", "serve", fresh.Own("--finger-bands", "CNY=50.00:25,500.00:21"), 2, "asks for less"},
		{"no limit without a print", "serve", fresh.Own("--no-print", "pin"), 2, "--no-print-limit"},
		{"token missing", "serve", fresh.Own(), 1, "no token with this label"},
		{"not running", "account list", fresh.InData(), 1, "hint: Start it with settlement serve"},
		{"no ledger", "proof", fresh.InData(), 1, "no ledger"},
	} {
		if stdout, stderr, status := fresh.Run(c.words, c.args...); status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d\n%s%s", c.name, status, stdout, stderr)
		}
	}
	ledger := programtest.Open(t).Settlement
	if _, stderr, status := ledger.Run("serve", ledger.Own()...); status != 1 || !strings.Contains(stderr, "running already") {
		t.Errorf("second server: %d %s", status, stderr)
	}
	for _, c := range []struct {
		words string
		args  []string
		says  string
	}{
		{"account add", []string{"--number", "1", "--kind", "gold", "--currency", "CNY"}, "Kinds are"},
		{"account add", []string{"--number", "1", "--currency", "XYZ"}, "hint: Currencies"},
		{"account load", []string{"--number", "404", "--amount", "1.00"}, "no such account"},
		{"merchant payout", []string{"--merchant", "M-0404", "--amount", "1.00", "--reference", "B-1"}, "no such account"},
		{"acquirer cleared", []string{"--currency", "XYZ", "--amount", "1.00", "--reference", "B-1"}, "hint: Currencies"},
		{"merchant add", []string{"--reference", "a reference that is too long", "--terminal", "T-0001", "--currency", "CNY"}, "1 to 16"},
	} {
		if _, stderr, status := ledger.Run(c.words, ledger.InData(c.args...)...); status != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("%s %v: %d %s", c.words, c.args, status, stderr)
		}
	}
	ledger.OK("account add", ledger.InData("--number", "12345678", "--currency", "CNY")...)
	for _, c := range []struct{ amount, says string }{{"0", "zero"}, {"100.001", "hint: Write amounts"}, {"-1", "hint: Write amounts"}, {"99999999999", "too large"}} {
		if _, stderr, status := ledger.Run("account load", ledger.InData("--number", "12345678", "--amount", c.amount)...); status != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("load %s: %d %s", c.amount, status, stderr)
		}
	}
	if first, second := ledger.OK("account code", ledger.InData("--number", "12345678")...), ledger.OK("account code", ledger.InData("--number", "12345678")...); first == second || len(first) != 16 {
		t.Errorf("codes %q and %q", first, second)
	}
}
