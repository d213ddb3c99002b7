package virtualacquirer

import (
	"context"
	"sync"

	"countersign/app/settlement/acquirer"
)

// Patience is a link's, for tests: a message is given up exactly when the server
// has decided that it gets no answer, however busy the machine is. Its methods
// are what acquirer.Config.Patience and Server.OnSilence want. The zero value is
// ready for use, by several links too.
type Patience struct {
	mu    sync.Mutex
	waits map[asked][]*wait
}

type asked struct{ mti, transmitted, stan, rrn string }

type wait struct {
	done <-chan struct{} // of the exchange
	once sync.Once
	end  chan struct{}
}

func askedBy(m acquirer.Message) asked {
	return asked{m.Type, m.Fields[acquirer.FieldTransmitted], m.Fields[acquirer.FieldSTAN], m.Fields[acquirer.FieldRRN]}
}

// Wait is an acquirer.Config's Patience.
func (p *Patience) Wait(ctx context.Context, m acquirer.Message) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits == nil {
		p.waits = map[asked][]*wait{}
	}
	w := &wait{done: ctx.Done(), end: make(chan struct{})}
	p.waits[askedBy(m)] = append(p.waits[askedBy(m)], w)
	return w.end
}

// GiveUp is a Server's OnSilence: it ends the wait for a message, and returns
// when nobody waits any more.
func (p *Patience) GiveUp(m acquirer.Message) {
	p.mu.Lock()
	waits := p.waits[askedBy(m)]
	delete(p.waits, askedBy(m))
	p.mu.Unlock()
	for _, w := range waits {
		w.once.Do(func() { close(w.end) })
	}
	for _, w := range waits {
		<-w.done
	}
}
