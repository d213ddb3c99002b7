package settle

import (
	"fmt"

	"countersign/protocol"
)

// note is what the ledger keeps with an authorisation for whoever ends the sale:
// the content of the attempt, and the mark of its print if that was new.
type note struct {
	content protocol.Hash
	print   *protocol.Hash
}

func (n note) bytes() []byte {
	b := n.content[:]
	if n.print != nil {
		b = append(b[:len(b):len(b)], n.print[:]...)
	}
	return b
}

func readNote(b []byte) (n note, err error) {
	if len(b) != len(n.content) && len(b) != 2*len(n.content) {
		return n, fmt.Errorf("settle: the note of an authorisation has %d bytes", len(b))
	}
	copy(n.content[:], b)
	if len(b) > len(n.content) {
		mark := protocol.Hash(b[len(n.content):])
		n.print = &mark
	}
	return n, nil
}
