package victim

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// The orders that every victim understands; the others are its own.
const (
	Arm     = "arm"     // end at a fail point
	Disarm  = "disarm"  // do not; said when it is done
	Reached = "reached" // answer how often each point was hit since this was asked last
)

// Order is what a victim is told.
type Order struct {
	Do string `json:"do"`
	// Points and After are for Arm: the victim ends the After-th time (1 and up)
	// that any of the points is hit from now on. With Stand it stands still
	// instead, so that the power can be taken away at that very point.
	Points []string `json:"points,omitempty"`
	After  int      `json:"after,omitempty"`
	Stand  bool     `json:"stand,omitempty"`
	// With is whatever else an order needs.
	With json.RawMessage `json:"with,omitempty"`
}

// What every victim says; the other words are its own.
const (
	Ready = "ready" // it works; Address and Points are set
	Dying = "dying" // it ends, or with Stand stands still, at Point
	Wrong = "wrong" // an order failed; Data is why, a string
)

// Word is what a victim says.
type Word struct {
	Say     string          `json:"say"`
	Point   string          `json:"point,omitempty"`
	Stand   bool            `json:"stand,omitempty"`
	Address string          `json:"address,omitempty"`
	Points  []string        `json:"points,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Talk is a victim's side of the conversation. Say may be called by any
// goroutine.
type Talk struct {
	in  *bufio.Reader
	mu  sync.Mutex
	out io.Writer
}

// NewTalk talks over in and out.
func NewTalk(in io.Reader, out io.Writer) *Talk { return &Talk{in: bufio.NewReader(in), out: out} }

// Say says a word. Nobody may be listening any more: then there is nothing that a
// victim could do about it.
func (t *Talk) Say(w Word) {
	line, err := json.Marshal(w)
	if err != nil {
		line, _ = json.Marshal(Word{Say: Wrong, Data: text(err.Error())})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = t.out.Write(append(line, '\n'))
}

// Answer says a word with data.
func (t *Talk) Answer(say string, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fail(fmt.Errorf("%s: %w", say, err))
		return
	}
	t.Say(Word{Say: say, Data: raw})
}

// Fail says that an order failed.
func (t *Talk) Fail(err error) { t.Say(Word{Say: Wrong, Data: text(err.Error())}) }

func text(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string always can be
	return raw
}

// Orders hands orders to obey, one at a time, until there are no more. Those about
// fail points go to the points.
func (t *Talk) Orders(points *Points, obey func(Order) error) error {
	for {
		line, err := t.in.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		var o Order
		if err := json.Unmarshal(line, &o); err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		switch o.Do {
		case Arm:
			points.arm(o)
		case Disarm:
			points.disarm()
			t.Say(Word{Say: Disarm})
		case Reached:
			t.Answer(Reached, points.takeReached())
		default:
			if err := obey(o); err != nil {
				t.Fail(fmt.Errorf("%s: %w", o.Do, err))
			}
		}
	}
}
