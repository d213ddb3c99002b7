package main_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/app/settlement/settletest"
	"countersign/protocol"
	"countersign/settlementclient/virtualsettlement"
)

// Cards at the program: a sale through the acquirer, and one whose process is
// killed while the issuer thinks, which is taken back by the next.
func TestProgramTakesCards(t *testing.T) {
	acquirer, err := virtualacquirer.Listen("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(acquirer.Close)
	const number = "6212345678901234"
	acquirer.Issue(virtualacquirer.Card{Number: number, Currency: 156, Balance: 50_000})
	flags := []string{"--acquirer", acquirer.Address(), "--acquirer-plain", "--acquirer-institution", "1", "--acquirer-merchant", "COUNTERSIGN",
		"--acquirer-terminal", "CS1", "--acquirer-timeout", "1s"}
	w := newTown(t, flags...)
	ledger := w.Settlement
	ledger.OK("merchant add", ledger.InData("--reference", "M-0001", "--terminal", "T-0001", "--name", "Corner Café", "--currency", "CNY")...)
	activation := ledger.OK("account add", ledger.InData("--number", number, "--kind", "credit-card", "--currency", "CNY")...)
	terminal := w.enrol(protocol.RoleTerminal, "T-0001", w.invite("terminal", "T-0001", "--name", "Corner Café"), false)
	desk := w.enrol(protocol.RoleDesk, "D-0001", w.invite("desk", "D-0001"), false)
	hand := settletest.NewHand(t, 3)
	finger := hand.Finger()
	wallet := w.enrol(protocol.RoleWallet, "W-0001", w.capture(desk, "W-0001", hand.Template(finger)), false)
	if err := w.register(wallet, number, activation); err != nil {
		t.Fatal(err)
	}
	paid, err := virtualsettlement.Submit(t.Context(), terminal.client, w.sell(terminal, wallet, number, hand.Capture(finger)))
	if err != nil || paid.Outcome.Result != protocol.ResultPaid {
		t.Fatalf("%+v, %v\n%s", paid.Outcome, err, ledger.Log.String())
	}

	acquirer.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.NoAnswer})
	second := w.sell(terminal, wallet, number, hand.Capture(finger))
	hung := make(chan struct{})
	client := terminal.client
	go func() {
		defer close(hung)
		if answer, err := virtualsettlement.Submit(t.Context(), client, second); err == nil {
			t.Errorf("answered by nobody: %+v", answer.Outcome)
		}
	}()
	for limit := time.Now().Add(20 * time.Second); len(acquirer.Books().Purchases) < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("the acquirer was never asked\n%s", ledger.Log.String())
		}
	}
	if err := ledger.Stop(syscall.SIGKILL); err == nil {
		t.Error("a killed server ended well")
	}
	<-hung
	ledger.Start(flags...)
	terminal.client = w.client(terminal.Credentials, terminal.ClientTLS(protocol.RoleSettlement))
	for limit := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		answer, err := virtualsettlement.Submit(t.Context(), terminal.client, second)
		if err == nil {
			if answer.Outcome.Result != protocol.ResultDeclined {
				t.Errorf("%+v", answer.Outcome)
			}
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("never decided: %v\n%s", err, ledger.Log.String())
		}
	}
	if books := acquirer.Books(); books.Net(number) != 7800 || books.Cards[0].Balance != 50_000-7800 {
		t.Errorf("%+v", books)
	}
	list := ledger.OK("account list", ledger.InData()...)
	for _, want := range []string{`"class":"merchant"`, `"minor":7800,"balance":"78.00 CNY"`, `"class":"acquirer"`} {
		if !strings.Contains(list, want) {
			t.Errorf("account list lacks %s:\n%s", want, list)
		}
	}
	if proof := ledger.OK("proof", ledger.InData()...); strings.Contains(proof, "BROKEN") {
		t.Errorf("proof:\n%s", proof)
	}
	if err := ledger.Stop(syscall.SIGTERM); err != nil {
		t.Errorf("stopped: %v\n%s", err, ledger.Log.String())
	}
	if strings.Contains(ledger.Log.String(), number) {
		t.Error("the log holds the card's number")
	}
}

func TestAcquirerFlagsAreChecked(t *testing.T) {
	fresh := programtest.New(t, "settlement")
	empty := fresh.Write("empty.pem", "")
	good := []string{"--acquirer", "127.0.0.1:1", "--acquirer-institution", "1", "--acquirer-merchant", "M", "--acquirer-terminal", "T"}
	for _, c := range []struct {
		says   string
		status int
		more   []string
	}{
		{"address", 2, []string{"--acquirer", "nowhere"}},
		{"institution", 2, []string{"--acquirer-institution", "one"}},
		{"category", 2, []string{"--acquirer-category", "food"}},
		{"--acquirer-timeout", 2, []string{"--acquirer-timeout", "-1s"}},
		{"no certificates", 2, []string{"--acquirer-plain", "--acquirer-ca", empty}},
		{"none in", 1, []string{"--acquirer-ca", empty}},
		{"certificate for the acquirer", 1, []string{"--acquirer-cert", empty, "--acquirer-key", empty}},
		{"no token with this label", 1, []string{"--acquirer-plain"}},
	} {
		if _, stderr, status := fresh.Run("serve", fresh.Own(append(good, c.more...)...)...); status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: status %d\n%s", c.more, status, stderr)
		}
	}
}
