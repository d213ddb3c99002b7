package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/app/demo/display"
	"countersign/app/program/programtest"
	"countersign/protocol"
)

// TestTransfer has one owner send money from card to card to another, all parties
// being programs: the receiver looks the number up on the secure screen, the sender
// keys the PIN on another one, the receiver takes what waits, and every book agrees
// to the cent.
func TestTransfer(t *testing.T) {
	programs := bin(t)
	t.Setenv(programtest.Binaries, programs)
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	defer cancel()
	town := programtest.Open(t)
	server, screen := phoneDisplay(t, ctx)
	street := &street{t, ctx, town, server, screen}
	sender := street.newOwner("W-0001", "6222020200112233445", "274913")
	receiver := street.newOwner("W-0002", "6222020200112233551", "814062")
	loaded := sender.atScreen([]string{"card", "load", "--amount", "100.00"}, "trusted-unlock: "+keyed(sender.pin)+" enter")
	if have := cardOf(t, loaded); have.Minor != 10000 {
		t.Fatalf("loaded %+v", have)
	}

	// The number is on the secure screen, behind the PIN, and is told to no other.
	said := receiver.atScreen([]string{"card", "number"}, "trusted-unlock: "+keyed(receiver.pin)+" enter", "trusted-number: close")
	if digits := regexp.MustCompile(`\b(9156)?\d{12}\b`).FindString(said); digits != "" {
		t.Errorf("the client printed %q", digits)
	}
	number := receiver.number()

	said = sender.atScreenWith(string(number)+"\n", []string{"card", "transfer", "--to", "-", "--amount", "30.25"}, "trusted-transfer: "+keyed(sender.pin)+" enter")
	if have := cardOf(t, said); have.Minor != 6975 || have.Transfers != 0 {
		t.Errorf("the sender has %+v", have)
	}
	if have := receiver.card("card status"); have.Minor != 0 || have.Waiting != 3025 {
		t.Errorf("before it is taken the receiver has %+v", have)
	}
	if have := receiver.card("card load", "--waiting", "--amount", "30.25"); have.Minor != 3025 || have.Waiting != 0 {
		t.Errorf("the receiver has %+v", have)
	}
	if have := sender.card("card status"); have.Minor != 6975 || have.Unsettled != 0 {
		t.Errorf("in the end the sender has %+v", have)
	}

	books := town.Settlement
	if said, errs, status := books.Run("proof", books.InData()...); status != 0 {
		t.Errorf("the proof: %s %s", said, errs)
	}
	holds := map[string]int64{}
	for line := range strings.Lines(books.OK("account list", books.InData("--full")...)) {
		var a struct {
			Number string
			Minor  int64
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		holds[a.Number] = a.Minor
	}
	if holds[sender.account] != 10000 || holds[receiver.account] != 20000 {
		t.Errorf("the accounts hold %d and %d", holds[sender.account], holds[receiver.account])
	}
}

// street is where owners with phones live.
type street struct {
	t      *testing.T
	ctx    context.Context
	town   programtest.Town
	server *display.Server
	screen *display.Display
}

// owner has a phone with an account of 200.00, a PIN and an empty card.
type owner struct {
	*street
	phone                 *programtest.Program
	account, pin, subject string
}

func (s *street) newOwner(subject, account, pin string) *owner {
	s.t.Helper()
	o := &owner{s, programtest.New(s.t, "wallet"), account, pin, subject}
	books, phone := s.town.Settlement, o.phone
	activation := phone.Write("activation", books.OK("account add", books.InData("--number", account, "--kind", "prepaid", "--currency", "CNY")...))
	books.OK("account load", books.InData("--number", account, "--amount", "200.00")...)
	at := []string{"--settlement", books.URL()}
	phone.OK("enrol", phone.Founding(append(at, "--authority", s.town.Authority.URL(), "--code-file", s.town.Code("wallet", subject, "--no-print"))...)...)
	phone.OK("account add", phone.Own(append(at, "--number", account, "--activation-file", activation)...)...)
	phone.OK("card apply", phone.Own(at...)...)
	phone.OK("pin set", phone.Own("--new-file", phone.Write("owner-pin", pin))...)
	return o
}

// card carries out a command that ends with how the card stands.
func (o *owner) card(words string, flags ...string) cardStands {
	o.t.Helper()
	return cardOf(o.t, o.phone.OK(words, o.phone.Own(append(flags, "--settlement", o.town.Settlement.URL())...)...))
}

// cardStands is how a card stands, as the wallet tells scripts.
type cardStands struct {
	Card                            bool
	Minor, Waiting                  int64
	Unsettled, Transfers            int
	Ending, Mark, Currency, Balance string
}

func cardOf(t *testing.T, said string) (have cardStands) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &have); err != nil || !have.Card {
		t.Fatalf("the wallet said %q: %v", said, err)
	}
	return have
}

// atScreen carries out a command whose owner is asked on the secure screen, and
// returns all that it printed. Steps are as pressed takes them.
func (o *owner) atScreen(words []string, steps ...string) string {
	o.t.Helper()
	return o.atScreenWith("", words, steps...)
}

// atScreenWith is atScreen for a program that reads standard input.
func (o *owner) atScreenWith(input string, words []string, steps ...string) string {
	o.t.Helper()
	c := exec.CommandContext(o.ctx, o.phone.Path, append(words, o.phone.Own("--settlement", o.town.Settlement.URL(), "--announce", "--size", "512x920")...)...)
	c.Stdin = strings.NewReader(input)
	c.Env = append(append(o.phone.Env, "FYNE_SCALE=1", "HOME="+o.phone.Dir), o.server.Env()...)
	return pressed(o.t, o.ctx, o.screen, c, steps...)
}

// keyed are the keys of a PIN.
func keyed(pin string) string {
	var keys []string
	for _, digit := range pin {
		keys = append(keys, "key."+string(digit))
	}
	return strings.Join(keys, " ")
}

// number is what the owner has read on the secure screen. Pixels are all that leaves
// it, so the test reads the number where settlement keeps it: in its ledger's file.
func (o *owner) number() protocol.CardNumber {
	o.t.Helper()
	data, err := os.ReadFile(filepath.Join(o.town.Settlement.Data, "ledger.db"))
	if err != nil {
		o.t.Fatal(err)
	}
	ending := cardOf(o.t, o.phone.OK("card status", o.phone.Own()...)).Ending
	for _, found := range regexp.MustCompile(`9156\d{12}`).FindAll(data, -1) {
		if n := protocol.CardNumber(found); n.Validate() == nil && n.Ending() == ending {
			return n
		}
	}
	o.t.Fatalf("settlement's ledger has no card ending %s", ending)
	return ""
}
