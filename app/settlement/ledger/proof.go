package ledger

import (
	"context"
	"fmt"
	"io"

	"countersign/protocol"
)

// Proof is what Prove found.
type Proof struct {
	Checks []Check
	// Totals are the sums of all balances by currency: what the operator holds
	// and what it owes. They are equal, or a check says so.
	Totals map[protocol.Currency]Total
}

// Total is the two sides of the books in one currency, in minor units.
type Total struct{ Held, Owed int64 }

// Check is one invariant.
type Check struct {
	// What says it in words.
	What string
	// Looked counts the things that were looked at.
	Looked int
	// Wrong describes what breaks it, at most maxFindings of it, and Broken
	// counts all of it.
	Wrong  []string
	Broken int
}

const maxFindings = 20

// Holds says whether every invariant holds.
func (p Proof) Holds() bool {
	for _, c := range p.Checks {
		if c.Broken > 0 {
			return false
		}
	}
	return true
}

// WriteTo prints the proof, a line a check and one for each finding.
func (p Proof) WriteTo(w io.Writer) (int64, error) {
	var written int64
	line := func(format string, args ...any) error {
		n, err := fmt.Fprintf(w, format+"\n", args...)
		written += int64(n)
		return err
	}
	for _, c := range p.Checks {
		verdict := "holds"
		if c.Broken > 0 {
			verdict = fmt.Sprintf("BROKEN %d times", c.Broken)
		}
		if err := line("%-66s %8d  %s", c.What, c.Looked, verdict); err != nil {
			return written, err
		}
		for _, wrong := range c.Wrong {
			if err := line("    %s", wrong); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (c *Check) look(good bool, format string, args ...any) {
	c.Looked++
	if good {
		return
	}
	c.Broken++
	if len(c.Wrong) < maxFindings {
		c.Wrong = append(c.Wrong, fmt.Sprintf(format, args...))
	}
}

// The checks in the order in which they are printed.
const (
	checkSequence = iota
	checkEntries
	checkNegative
	checkBalances
	checkBooks
	checkSales
	checkMoney
	checkOrphans
	checkSignatures
	checkReferences
	checkRequests
	checkPrints
	checkRegistrations
	checkRefunds
	checkAuthorisations
	checkMovements
	checkAnchors
	checkLoads
	checkPurses
	checkChains
	checkTaps
	checkBlocklist
	checkFingers
	checkProbes
	checks
)

// prover gathers what the checks compare.
type prover struct {
	Proof
	snapshot Snapshot
	accounts map[AccountID]Account
	stored   map[AccountID]int64
	computed map[AccountID]int64
	// moves are the entries of each sale, refunds of each refund, and loads those
	// of no sale, by number.
	moves   map[SaleKey][]Entry
	refunds map[RefundKey][]Entry
	loads   map[uint64]Entry
	// movements are the entries of terminals, by number.
	movements map[uint64]Entry
	// given and giving are what refunds say of each sale.
	given, giving map[SaleKey]protocol.Amount
	// cards are the paid sales that the acquirer owes for.
	cards map[SaleKey]Sale
	// prints are the marks that the sales say they used.
	prints     map[protocol.Hash]PrintUse
	references map[uint64]SaleKey
	requests   map[protocol.Hash]SaleKey
	keys       map[[8]byte]protocol.Key
	// Of virtual cards: what records and entries make of each; entries that no
	// record has claimed, by number; deductions that nothing was found for; refunds
	// of each tap; and what the operator released of each account.
	purses       map[protocol.CardNumber]*purseSums
	purseEntries map[uint64]Entry
	links        map[linkKey]Deduction
	// closed are the deductions that the operator closed, and whether the tap of each
	// was found.
	closed     map[linkKey]bool
	tapRefunds map[SaleKey][]Entry
	released   map[AccountID]int64
	// fingers are what was noted of each sale's fingers.
	fingers map[SaleKey][]FingerEvent
}

// Prove recomputes every invariant of the package's guarantees from a snapshot
// of the ledger. An error means that it could not be read; what is wrong in it
// is in the Proof. It keeps accounts, entries of sales and marks of prints in
// memory while it runs.
func Prove(ctx context.Context, l Ledger) (Proof, error) {
	p := &prover{
		accounts: map[AccountID]Account{}, stored: map[AccountID]int64{}, computed: map[AccountID]int64{},
		moves: map[SaleKey][]Entry{}, prints: map[protocol.Hash]PrintUse{}, references: map[uint64]SaleKey{},
		requests: map[protocol.Hash]SaleKey{}, keys: map[[8]byte]protocol.Key{},
		refunds: map[RefundKey][]Entry{}, loads: map[uint64]Entry{}, movements: map[uint64]Entry{},
		given: map[SaleKey]protocol.Amount{}, giving: map[SaleKey]protocol.Amount{}, cards: map[SaleKey]Sale{},
		purses: map[protocol.CardNumber]*purseSums{}, purseEntries: map[uint64]Entry{}, links: map[linkKey]Deduction{}, closed: map[linkKey]bool{},
		tapRefunds: map[SaleKey][]Entry{}, released: map[AccountID]int64{}, fingers: map[SaleKey][]FingerEvent{},
	}
	p.Totals = map[protocol.Currency]Total{}
	p.Checks = make([]Check, checks)
	for i, what := range [checks]string{
		checkSequence:       "entries are numbered from 1 without gaps",
		checkEntries:        "entries move money between two accounts of their currency",
		checkNegative:       "no balance was ever below zero",
		checkBalances:       "balances are the sums of their entries",
		checkBooks:          "what is held equals what is owed, in each currency",
		checkSales:          "sales: decisions in order, nothing after the end",
		checkMoney:          "money moved once for each paid sale, back once if reversed",
		checkOrphans:        "every entry for a sale has its sale",
		checkSignatures:     "outcomes are signed, and say what is kept",
		checkReferences:     "references belong to one paid sale each",
		checkRequests:       "requests belong to one sale, and are paid in no other",
		checkPrints:         "every live print was used once",
		checkRefunds:        "refunds moved their amount once, and no more than was paid",
		checkAuthorisations: "what the acquirer was asked fits what became of it here",
		checkMovements:      "every terminal's entries are found by their time",
		checkAnchors:        "anchors of journals only rise, the newest is the head",
		checkLoads:          "every load with a reference was made once",
		checkPurses:         "cards: loaded is what they hold, paid, gave and got back",
		checkChains:         "cards: one deduction a counter, in a chain, or flagged",
		checkTaps:           "taps and transfers: each moved its money once, or none",
		checkBlocklist:      "blocked cards are on their list, and no others",
		checkFingers:        "what was noted of fingers fits what was decided",
		checkProbes:         "live prints are kept sealed, each wallet's last ones",
		checkRegistrations:  "accounts are registered to a wallet's key or not at all",
	} {
		p.Checks[i].What = what
	}
	err := l.View(ctx, func(s Snapshot) error {
		p.snapshot = s
		for _, step := range []func() error{
			p.readAccounts, p.readEntries, p.readReferences, p.readRefunds, p.readPurses, p.readTaps, p.readFingerEvents, p.readSales, p.readPrints,
			p.readAuthorisations, p.readMovements, p.readAnchors, p.readLoads,
			p.checkFingersLeft, p.readProbes,
		} {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Proof{}, fmt.Errorf("prove the ledger: %w", err)
	}
	return p.Proof, nil
}

func (p *prover) check(n int) *Check { return &p.Checks[n] }
