package acquirer

import "sync/atomic"

// Stats counts what happened on a link since it was opened.
type Stats struct {
	Connected uint64 // connections that the acquirer accepted
	Sent      uint64 // messages, network management included
	Answered  uint64
	Late      uint64 // answers to messages that were given up, dropped
	Duplicate uint64 // answers after the first, dropped
	Unmatched uint64 // answers to nothing that was sent, or about something else, dropped
	Malformed uint64 // what could not be read; the connection is dropped
}

type counters struct {
	connected, sent, answered, late, duplicate, unmatched, malformed atomic.Uint64
}

// Stats returns the counts so far.
func (l *Link) Stats() Stats {
	return Stats{l.stats.connected.Load(), l.stats.sent.Load(), l.stats.answered.Load(), l.stats.late.Load(),
		l.stats.duplicate.Load(), l.stats.unmatched.Load(), l.stats.malformed.Load()}
}

// pastMessages is how many messages that are over are known again.
const pastMessages = 4096

// past remembers the newest messages that are over, to tell late and repeated
// answers from strange ones. The zero value is empty.
type past struct {
	answered map[name]bool
	order    []name
	next     int
}

func (p *past) add(n name, answered bool) {
	if p.answered == nil {
		p.answered = make(map[name]bool)
	}
	if _, again := p.answered[n]; again {
		p.answered[n] = answered
		return
	}
	if len(p.order) < pastMessages {
		p.order = append(p.order, n)
	} else {
		delete(p.answered, p.order[p.next])
		p.order[p.next] = n
		p.next = (p.next + 1) % pastMessages
	}
	p.answered[n] = answered
}

func (p *past) find(n name) (answered, known bool) {
	answered, known = p.answered[n]
	return answered, known
}
