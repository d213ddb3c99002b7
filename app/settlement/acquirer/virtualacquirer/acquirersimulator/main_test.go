package main

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
)

// A purchase against the program as it is run by hand, with a fault ordered by
// a line of its input.
func TestRunByHand(t *testing.T) {
	orders, input := io.Pipe()
	output, answers := io.Pipe()
	ended := make(chan error, 1)
	card, err := parseCard("6212345678901234:156:500")
	if err != nil {
		t.Fatal(err)
	}
	go func() { ended <- run("127.0.0.1:0", []virtualacquirer.Card{card}, orders, answers) }()
	lines := bufio.NewScanner(output)
	next := func() string {
		if !lines.Scan() {
			t.Fatal("no answer")
		}
		return lines.Text()
	}
	link, err := acquirer.Open(acquirer.Config{Address: next(), Institution: "1", Merchant: "M", Terminal: "T", Category: "5411"})
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	for order, want := range map[string]string{
		"fault 0200 done-refuse 96": "ok", "fault 0420 late-answer 10ms": "ok", "card 6200000000000051:156:0:51": "ok",
		"fault 0200 sulk": "error", "fault 0420 late-answer soon": "error", "card x": "error", "dance": "error",
	} {
		io.WriteString(input, order+"\n\n")
		if got := next(); !strings.HasPrefix(got, want) || strings.Contains(got, "6200") {
			t.Errorf("%s: %s", order, got)
		}
	}
	tx := acquirer.Transaction{Trace: acquirer.NewTrace(1, time.Now()), Card: card.Number, Amount: 200, Currency: 156}
	if a, err := link.Purchase(t.Context(), tx); err != nil || a.Code != acquirer.CodeMalfunction {
		t.Errorf("%+v, %v", a, err)
	}
	io.WriteString(input, "books\n")
	var books virtualacquirer.Books
	text := next()
	if err := json.Unmarshal([]byte(text), &books); err != nil || len(books.Purchases) != 1 || books.Cards[0].Balance != 300 || strings.Contains(text, "6212345") {
		t.Errorf("%s, %v", text, err)
	}
	input.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
