// Command acquirersimulator runs a virtual acquirer, to try settlement against by hand or in
// tests that kill processes:
//
//	go run ./app/settlement/acquirer/virtualacquirer/acquirersimulator --listen 127.0.0.1:8583 --card 6212345678901234:156:100000
//
// It prints the address it listens at, and then obeys lines on standard input:
//
//	books                          prints what it did, as one line of JSON
//	fault TYPE KIND [CODE] [DELAY] misbehaves once, e.g. "fault 0200 done-refuse 96"; a delay has three characters at least
//	card NUMBER:CURRENCY:BALANCE[:CODE]
//	drop                           cuts all links
//
// It ends with its input. Its books are in memory only.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/protocol"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "`address` to listen at")
	var cards []virtualacquirer.Card
	flag.Func("card", "`number:currency:balance[:code]` of a card; may be given more than once", func(v string) error {
		c, err := parseCard(v)
		cards = append(cards, c)
		return err
	})
	flag.Parse()
	if err := run(*listen, cards, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "virtual acquirer:", err)
		os.Exit(1)
	}
}

func run(listen string, cards []virtualacquirer.Card, in io.Reader, out io.Writer) error {
	server, err := virtualacquirer.Listen(listen, nil)
	if err != nil {
		return err
	}
	defer server.Close()
	for _, c := range cards {
		server.Issue(c)
	}
	fmt.Fprintln(out, server.Address())
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := obey(server, strings.Fields(lines.Text()), out); err != nil {
			fmt.Fprintln(out, "error:", err)
		}
	}
	return lines.Err()
}

func obey(server *virtualacquirer.Server, words []string, out io.Writer) error {
	switch {
	case len(words) == 0:
		return nil
	case words[0] == "books" && len(words) == 1:
		return json.NewEncoder(out).Encode(server.Books())
	case words[0] == "drop" && len(words) == 1:
		server.Drop()
	case words[0] == "card" && len(words) == 2:
		c, err := parseCard(words[1])
		if err != nil {
			return err
		}
		server.Issue(c)
	case words[0] == "fault" && len(words) >= 3:
		f := virtualacquirer.Fault{On: words[1], Kind: virtualacquirer.FaultKind(words[2])}
		for _, w := range words[3:] {
			if len(w) == 2 {
				f.Code = w
				continue
			}
			d, err := time.ParseDuration(w)
			if err != nil {
				return err
			}
			f.Delay = d
		}
		if !slices.Contains(virtualacquirer.FaultKinds(), f.Kind) {
			return fmt.Errorf("unknown fault %q", f.Kind)
		}
		server.Order(f)
	default:
		return fmt.Errorf("unknown order %q", strings.Join(words, " "))
	}
	fmt.Fprintln(out, "ok")
	return nil
}

// parseCard reads number:currency:balance[:code].
func parseCard(v string) (c virtualacquirer.Card, err error) {
	parts := strings.Split(v, ":")
	if len(parts) < 3 || len(parts) > 4 {
		return c, fmt.Errorf("a card is number:currency:balance[:code], not %d parts", len(parts))
	}
	currency, err := strconv.ParseUint(parts[1], 10, 16)
	if err != nil {
		return c, fmt.Errorf("currency: %w", err)
	}
	balance, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return c, fmt.Errorf("balance: %w", err)
	}
	c = virtualacquirer.Card{Number: protocol.Account(parts[0]), Currency: protocol.Currency(currency), Balance: balance}
	if len(parts) == 4 {
		c.Refuse = parts[3]
	}
	return c, nil
}
