package purse_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
)

// crash is what the fail point panics with, in place of killing the process.
type crash struct{}

// model is what must be true of a purse, kept by whoever deals with it: terminals,
// settlement, and the owner.
type model struct {
	*scene
	armedPoint string // the fail point at which the next operation crashes
	balance    protocol.Sum
	counter    uint64
	head       protocol.Hash
	paid       map[protocol.Code]protocol.Hash // by code
	never      map[protocol.Code]bool
	torn       []*pursetest.Tap
	taps       []*pursetest.Tap // answered with a deduction
	load       *protocol.Signed[protocol.LoadRequest]
	loads      []*protocol.Signed[protocol.Load]
	trace      []string
}

func newModel(t *testing.T) *model {
	t.Helper()
	m := &model{paid: map[protocol.Code]protocol.Hash{}, never: map[protocol.Code]bool{}}
	m.scene = begin(t, 60_000, func(o *purse.Options) {
		o.MaxUnconfirmed, o.MaxUnconfirmedSum = 1000, 1<<40
		o.FailPoint = func(name string) {
			if m.armedPoint == name {
				m.armedPoint = ""
				panic(crash{})
			}
		}
	})
	m.balance = 60_000
	return m
}

// try does something that may crash, and restarts if it does.
func (m *model) try(do func()) (crashed bool) {
	defer func() {
		if cause := recover(); cause != nil {
			if _, ours := cause.(crash); !ours {
				panic(cause)
			}
			crashed = true
			m.trace = append(m.trace, "crash")
			m.again()
			m.arm()
		}
		m.armedPoint = ""
	}()
	do()
	return false
}

// follows takes a deduction into the model's chain.
func (m *model) follows(r protocol.TapResult, h protocol.Hash) {
	m.t.Helper()
	if r.Counter != m.counter+1 || *r.Previous != m.head {
		m.t.Fatalf("%v: deduction %d follows %x, not %d %x", m.trace, r.Counter, *r.Previous, m.counter+1, m.head)
	}
	if _, twice := m.paid[r.Scramble]; twice || m.never[r.Scramble] {
		m.t.Fatalf("%v: a code was deducted again, or although it was burnt", m.trace)
	}
	m.counter, m.head, m.balance = r.Counter, h, m.balance-protocol.Sum(r.Amount)
	m.paid[r.Scramble] = h
}

// tap pays, with an old code or a new one.
func (m *model) tap(amount protocol.Amount, old bool) {
	tap := &pursetest.Tap{Code: protocol.NewCode()}
	if old && len(m.taps) > 0 {
		tap.Code = m.taps[len(m.taps)-1].Code
	} else if old && len(m.torn) > 0 {
		tap.Code = m.torn[0].Code
	}
	_, known := m.paid[tap.Code]
	known = known || m.never[tap.Code]
	var err error
	if m.try(func() {
		if err = m.shop.Ask(m.t.Context(), m.card(), tap); err == nil {
			if err = m.shop.Order(tap, amount); err == nil {
				err = m.shop.Charge(m.t.Context(), m.card(), tap)
			}
		}
	}) {
		m.torn = append(m.torn, tap)
		m.resolve()
		return
	}
	switch {
	case known:
		if pursetest.SW(err) != 0x6985 {
			m.t.Fatalf("%v: known code: %v", m.trace, err)
		}
	case err != nil:
		m.t.Fatalf("%v: %v", m.trace, err)
	case tap.Result.Unverified().Status == protocol.TapDeducted:
		m.follows(tap.Result.Unverified(), tap.Result.Hash())
		m.taps = append(m.taps, tap)
	case protocol.Sum(amount) <= m.balance:
		m.t.Fatalf("%v: %v", m.trace, tap.Result.Unverified().Status)
	}
}

// resolve asks what became of the torn taps.
func (m *model) resolve() {
	for len(m.torn) > 0 {
		tap := m.torn[0]
		var r *protocol.Signed[protocol.TapResult]
		var err error
		if m.try(func() { r, err = m.shop.Recover(m.t.Context(), m.card(), tap) }) {
			continue // asked again
		}
		if err != nil {
			m.t.Fatalf("%v: %v", m.trace, err)
		}
		m.torn = m.torn[1:]
		of := r.Unverified()
		known, paid := m.paid[tap.Code]
		switch {
		case of.Status == protocol.TapNever && paid, paid && known != r.Hash():
			m.t.Fatalf("%v: paid, and recovered %v", m.trace, of.Status)
		case of.Status == protocol.TapNever:
			m.never[tap.Code] = true
		case !paid:
			m.follows(of, r.Hash())
		}
	}
}

// lost is a tap whose PAY is lost on its way.
func (m *model) lost() *pursetest.Tap {
	tap := &pursetest.Tap{Code: protocol.NewCode()}
	if err := m.shop.Ask(m.t.Context(), m.card(), tap); err != nil {
		m.t.Fatalf("%v: %v", m.trace, err)
	}
	if err := m.shop.Order(tap, 1); err != nil {
		m.t.Fatal(err)
	}
	return tap
}

// accept has the purse accept a load, whichever.
func (m *model) accept(load *protocol.Signed[protocol.Load]) {
	known := false
	for _, l := range m.loads {
		known = known || l.Hash() == load.Hash()
	}
	for {
		var err error
		if m.try(func() { _, err = m.AcceptLoad(m.t.Context(), load) }) {
			continue // repeated, as its bringer does
		}
		if err == nil && !known {
			m.balance += protocol.Sum(load.Unverified().Amount)
			m.loads, m.load = append(m.loads, load), nil
		} else if err != nil && !known {
			m.t.Fatalf("%v: %v", m.trace, err)
		}
		return
	}
}

// top begins a load or goes on with the one that waits.
func (m *model) top(amount protocol.Amount) {
	if m.load == nil {
		if protocol.Sum(amount)+m.balance > protocol.Sum(pursetest.Terms.Ceiling) {
			return
		}
		m.try(func() {
			r, err := m.BeginLoad(m.t.Context(), amount, false)
			if err != nil {
				m.t.Fatalf("%v: %v", m.trace, err)
			}
			m.load = r
		})
		if m.load == nil { // crashed: perhaps it waits now
			m.load = m.PendingLoad()
		}
		return
	}
	if waits := m.PendingLoad(); waits == nil || waits.Hash() != m.load.Hash() {
		m.t.Fatalf("%v: another request waits", m.trace)
	}
	m.accept(m.Book(m.load))
}

// send transfers.
func (m *model) send(amount protocol.Amount) {
	before := len(m.Transfers())
	m.try(func() {
		_, err := m.TransferTo(amount)
		if (err == nil) != (protocol.Sum(amount) <= m.balance) {
			m.t.Fatalf("%v: %v", m.trace, err)
		}
	})
	waiting := m.Transfers()
	for _, sent := range waiting[before:] {
		of := sent.Unverified()
		if of.Counter != m.counter+1 || of.Previous != m.head {
			m.t.Fatalf("%v: transfer %d", m.trace, of.Counter)
		}
		m.counter, m.head, m.balance = of.Counter, sent.Hash(), m.balance-protocol.Sum(of.Amount)
	}
	if len(waiting) > 3 {
		m.try(func() {
			if _, err := m.AcceptReceipt(m.t.Context(), m.Receipt(waiting[0], protocol.TransferMade)); err != nil {
				m.t.Fatalf("%v: %v", m.trace, err)
			}
		})
	}
}

// play plays a script: two bytes a turn.
func (m *model) play(script []byte) {
	points := purse.FailPoints()
	for ; len(script) >= 2; script = script[2:] {
		op, with := script[0]%10, script[1]
		amount := protocol.Amount(with)*37 + 1
		m.trace = append(m.trace, fmt.Sprintf("%d/%d", op, with))
		switch op {
		case 0, 1:
			m.tap(amount, false)
		case 2:
			m.tap(amount, true)
		case 3:
			m.top(amount)
		case 4:
			if len(m.loads) > 0 { // an old one once more
				m.accept(m.loads[int(with)%len(m.loads)])
			}
		case 5:
			m.send(amount)
		case 6:
			m.again()
			m.arm()
		case 7:
			m.armedPoint = points[int(with)%len(points)]
		case 8: // settled; nothing is forgotten within the day
			m.Clear(m.counter)
			m.try(func() { m.told(m.t) })
		case 9: // RECOVER for a tap that was paid, or for one whose PAY never came
			if with%2 == 0 && len(m.taps) > 0 {
				m.torn = append(m.torn, m.taps[int(with)%len(m.taps)])
			} else if len(m.never) < 12 { // there is room for 16
				m.torn = append(m.torn, m.lost())
			}
			m.resolve()
		}
		if have := m.View().Balance; have != m.balance {
			m.t.Fatalf("%v: balance %d, want %d", m.trace, have, m.balance)
		}
	}
	m.again() // opening holds chain, sums and history against each other
	if have := m.View().Balance; have != m.balance {
		m.t.Fatalf("%v: balance %d after the last restart, want %d", m.trace, have, m.balance)
	}
	for m.load != nil {
		m.top(0)
	}
	var deducted protocol.Sum
	for _, e := range m.History() {
		if e.Counter > 0 {
			deducted += protocol.Sum(e.Amount)
		}
	}
	if m.Booked()-deducted != m.balance {
		m.t.Fatalf("%v: settlement booked %d, %d was deducted, %d is left", m.trace, m.Booked(), deducted, m.balance)
	}
}

// No order of taps, replays, loads, transfers, restarts and crashes makes or loses money.
func TestModel(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			script := make([]byte, 160)
			for i := range script {
				script[i] = byte(random.Uint32())
			}
			newModel(t).play(script)
		})
	}
}

// FuzzModel looks for an order that does.
func FuzzModel(f *testing.F) {
	f.Add([]byte{0, 1, 2, 1, 3, 5, 3, 5, 4, 0, 5, 9})
	for point := range len(purse.FailPoints()) {
		f.Add([]byte{7, byte(point), 0, 9, 3, 9, 7, byte(point), 3, 9, 7, byte(point), 5, 3, 9, 0, 7, byte(point), 9, 0, 8, 0})
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 128 {
			return
		}
		newModel(t).play(script)
	})
}
