package virtualacquirer

import (
	"fmt"
	"time"

	"countersign/app/settlement/acquirer"
)

// FaultKind is a way to misbehave.
type FaultKind string

// The ways to misbehave. "Done" means that the message was carried out.
const (
	LateAnswer  FaultKind = "late-answer"  // done at once, answered after Delay
	LateRequest FaultKind = "late-request" // done, and answered, after Delay: it hung on the way
	NoAnswer    FaultKind = "no-answer"    // done, never answered
	Lost        FaultKind = "lost"         // neither done nor answered
	Twice       FaultKind = "twice"        // done, answered twice
	DropBefore  FaultKind = "drop-before"  // the link is cut and nothing done
	DropAfter   FaultKind = "drop-after"   // done, and the link is cut before the answer
	WrongSTAN   FaultKind = "wrong-stan"   // done, and answered under another STAN
	WrongAmount FaultKind = "wrong-amount" // done, and answered with another amount
	Malformed   FaultKind = "malformed"    // done, and answered by what is no message
	Refuse      FaultKind = "refuse"       // not done, answered by Code
	DoneRefuse  FaultKind = "done-refuse"  // done, and yet answered by Code
)

// FaultKinds returns all ways to misbehave.
func FaultKinds() []FaultKind {
	return []FaultKind{LateAnswer, LateRequest, NoAnswer, Lost, Twice, DropBefore, DropAfter, WrongSTAN, WrongAmount, Malformed, Refuse, DoneRefuse}
}

// Fault is an order to misbehave once.
type Fault struct {
	// On is the type of the message that it waits for, such as "0200".
	On    string
	Kind  FaultKind
	Code  string        // for Refuse and DoneRefuse
	Delay time.Duration // for LateAnswer and LateRequest
	// Until, unless nil, stands for Delay: what is late comes when it is closed.
	Until <-chan struct{}
}

// OnSilence has f called whenever a message will get no answer, or none that
// counts, or a late one after f has returned, so that a test needs no time-outs.
// Faults with a Delay or Until are left to those.
func (s *Server) OnSilence(f func(m acquirer.Message)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = f
}

// silence says that there is no answer.
func (s *Server) silence(m acquirer.Message) {
	s.mu.Lock()
	f := s.silent
	s.mu.Unlock()
	if f != nil {
		f(m)
	}
}

// Order has the server misbehave. Faults for the same type happen in the order
// in which they were given, one for each message.
func (s *Server) Order(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[f.On] = append(s.faults[f.On], f)
}

// Ordered returns how many faults are still to happen.
func (s *Server) Ordered() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		n += len(f)
	}
	return n
}

// fault takes the fault that is due on a message; its zero value is none.
func (s *Server) fault(mti string) (f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if due := s.faults[mti]; len(due) > 0 {
		f, s.faults[mti] = due[0], due[1:]
	}
	return f
}

// respond carries a message out and answers, as well as the fault lets it.
func (s *Server) respond(c *peer, m acquirer.Message, f Fault) {
	switch f.Kind {
	case Lost:
		s.silence(m)
		return
	case DropBefore:
		c.Close()
		return
	case LateRequest:
		s.pause(m, f)
	case Refuse:
		c.send(answering(m, f.Code, ""))
		return
	}
	a, answered := s.process(m)
	if !answered {
		return
	}
	switch f.Kind {
	case NoAnswer:
		s.silence(m)
		return
	case DropAfter:
		c.Close()
		return
	case LateAnswer:
		s.pause(m, f)
	case Twice:
		c.send(a)
	case WrongSTAN:
		a.Fields[acquirer.FieldSTAN] = shifted(a.Fields[acquirer.FieldSTAN])
	case WrongAmount:
		a.Fields[acquirer.FieldAmount] = shifted(a.Fields[acquirer.FieldAmount])
	case Malformed:
		c.sendRaw([]byte("0210 this is no message"))
		return
	case DoneRefuse:
		delete(a.Fields, acquirer.FieldApproval)
		a.Fields[acquirer.FieldResponse] = f.Code
	}
	c.send(a)
	if f.Kind == WrongSTAN || f.Kind == WrongAmount {
		s.silence(m)
	}
}

// shifted returns other digits of the same length.
func shifted(digits string) string {
	if digits == "" {
		return digits
	}
	last := digits[len(digits)-1]
	return fmt.Sprintf("%s%d", digits[:len(digits)-1], (last-'0'+1)%10)
}

// pause lets a message be late.
func (s *Server) pause(m acquirer.Message, f Fault) {
	if f.Delay == 0 && f.Until == nil {
		s.silence(m)
		return
	}
	var after <-chan time.Time
	if f.Until == nil {
		after = time.After(f.Delay)
	}
	select {
	case <-after:
	case <-f.Until:
	case <-s.stop:
	}
}
