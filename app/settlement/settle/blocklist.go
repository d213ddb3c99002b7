package settle

import (
	"context"
	"slices"
	"sync"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// maxBlocked is how many cards a list names at most.
const maxBlocked = 16384

// listFor is how long a signed list is given out; its Issued is a multiple of it,
// so that processes that share a ledger do not take turns with older ones.
const listFor = time.Minute

// signedList is the list of blocked cards that was signed last.
type signedList struct {
	mutex    sync.Mutex
	sequence uint64
	issued   protocol.Time
	signer   [8]byte
	raw      []byte
}

// Blocklist returns the signed list of blocked cards that have not expired. It is
// signed anew each minute, and whenever a card is blocked or unblocked.
func (s *Settler) Blocklist(ctx context.Context) ([]byte, error) {
	now, identity := s.Clock(), s.Identity()
	list := protocol.CardBlocklist{Issuer: s.self(), Issued: protocol.At(now.Truncate(listFor)), Blocked: []protocol.CardMark{},
		Signer: protocol.SignerOf(identity.Certificate)}
	s.list.mutex.Lock()
	defer s.list.mutex.Unlock()
	known := false
	err := s.Ledger.View(ctx, func(r ledger.Snapshot) (err error) {
		if list.Sequence, err = r.BlocklistSequence(); err != nil {
			return err
		}
		known = s.list.raw != nil && s.list.sequence == list.Sequence && s.list.issued == list.Issued && s.list.signer == list.Signer
		if known {
			return nil
		}
		list.Blocked = list.Blocked[:0]
		return r.EachBlocked(func(mark protocol.CardMark, b ledger.BlockedCard) error {
			if b.Expires >= list.Issued {
				list.Blocked = append(list.Blocked, mark)
			}
			return nil
		})
	})
	if err != nil || known {
		return s.list.raw, err
	}
	if len(list.Blocked) > maxBlocked {
		s.Log.ErrorContext(ctx, "more cards are blocked than a list can name", "blocked", len(list.Blocked))
		list.Blocked = list.Blocked[:maxBlocked]
	}
	slices.SortFunc(list.Blocked, protocol.CardMark.Compare)
	signed, err := protocol.Sign(identity.Signer, list)
	if err != nil {
		return nil, notReady("the list could not be signed: " + err.Error())
	}
	s.list.sequence, s.list.issued, s.list.signer, s.list.raw = list.Sequence, list.Issued, list.Signer, signed.Bytes()
	return s.list.raw, nil
}
