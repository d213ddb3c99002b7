package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Checkpoint is the journal's head at a moment, signed by the terminal. It is
// protocol.JournalAnchor, which the terminal also lodges with settlement.
type Checkpoint struct {
	// Sequence is the number of a record, 1 and up; Head its hash in the chain.
	Sequence uint64
	Head     Hash
	// Signed is the signed message, Receipt settlement's signed receipt of it;
	// empty while settlement has not answered.
	Signed, Receipt []byte
}

// located is a checkpoint with the place of its frame in the copy.
type located struct {
	Checkpoint
	at int64
}

// encode is: sequence (8 bytes), head (32), length of the signed message (4),
// the signed message, the receipt.
func (c Checkpoint) encode() []byte {
	b := append(number(c.Sequence), c.Head[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(c.Signed)))
	return append(append(b, c.Signed...), c.Receipt...)
}

func decodeCheckpoint(b []byte) (Checkpoint, error) {
	const fixed = 8 + len(Hash{}) + 4
	if len(b) < fixed {
		return Checkpoint{}, fmt.Errorf("%w: too short", ErrCheckpoint)
	}
	signed := binary.BigEndian.Uint32(b[fixed-4:])
	if uint64(signed) > uint64(len(b)-fixed) {
		return Checkpoint{}, fmt.Errorf("%w: too short", ErrCheckpoint)
	}
	return Checkpoint{
		Sequence: binary.BigEndian.Uint64(b), Head: Hash(b[8:]),
		Signed: b[fixed : fixed+int(signed)], Receipt: b[fixed+int(signed):],
	}, nil
}

// genuine checks a checkpoint's signature, and that it says what stands beside it.
func (j *Journal) genuine(c Checkpoint) error {
	if j.options.Verify == nil {
		return fmt.Errorf("%w: nobody to check its signature", ErrCheckpoint)
	}
	sequence, head, err := j.options.Verify(c.Signed)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	if sequence != c.Sequence || head != c.Head || sequence == 0 {
		return fmt.Errorf("%w: it was signed for another record", ErrCheckpoint)
	}
	return nil
}

// Head returns the number and the hash of the last record; zeros before the first.
func (j *Journal) Head() (sequence uint64, head Hash) {
	j.writing.Lock()
	defer j.writing.Unlock()
	return j.end.sequence, j.end.head
}

// HashOf returns the chain's hash of a record, which stands for all before it.
func (j *Journal) HashOf(sequence uint64) (Hash, error) {
	return j.store.headAt(sequence)
}

// LastCheckpoint returns the newest checkpoint, if there is one. Where Options.Verify
// is nil it is as it stands there, not verified.
func (j *Journal) LastCheckpoint() (Checkpoint, bool) {
	j.writing.Lock()
	defer j.writing.Unlock()
	return j.checkpoint.Checkpoint, j.checkpoint.Sequence != 0
}

// Checkpoint keeps a signed head, in both files and synced; the next opening
// verifies from there. Options.Verify must accept it, and it must be the hash of a
// record of this journal, not older than the last checkpoint: otherwise
// ErrCheckpoint. The same one may be kept again with settlement's receipt.
//
// How often is the caller's: between two checkpoints lies what an opening reads,
// some 50,000 records a second.
func (j *Journal) Checkpoint(ctx context.Context, signed, receipt []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	if j.options.Verify == nil {
		return fmt.Errorf("keep checkpoint: %w: nobody to check its signature", ErrCheckpoint)
	}
	sequence, head, err := j.options.Verify(signed)
	if err != nil {
		return fmt.Errorf("keep checkpoint: %w: %w", ErrCheckpoint, err)
	}
	j.writing.Lock()
	defer j.writing.Unlock()
	if err := j.keepCheckpoint(Checkpoint{sequence, head, signed, receipt}); err != nil {
		return fmt.Errorf("keep checkpoint of record %d: %w", sequence, err)
	}
	return nil
}

func (j *Journal) keepCheckpoint(c Checkpoint) error {
	switch {
	case j.failed != nil:
		return j.failed
	case c.Sequence == 0 || c.Sequence > j.end.sequence || c.Sequence < j.checkpoint.Sequence:
		return fmt.Errorf("%w: not a record since the last one", ErrCheckpoint)
	}
	if head, err := j.store.headAt(c.Sequence); err != nil {
		return err
	} else if head != c.Head {
		return fmt.Errorf("%w: the record has another hash", ErrCheckpoint)
	}
	at := j.copy.end.Load()
	j.failPoint(checkpointEvent, stageBefore)
	err := j.both(appendFrame(nil, frame{kindCheckpoint, j.end.sequence, c.encode()}),
		func() { j.failPoint(checkpointEvent, stageCopied) },
		func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketMeta).Put(keyCheckpoint, append(number(uint64(at)), c.encode()...))
		})
	if isFull(err) && !errors.Is(err, ErrStopped) {
		return full(err)
	}
	if err != nil {
		return err
	}
	j.failPoint(checkpointEvent, stageAfter)
	j.checkpoint = located{c, at}
	return nil
}

// trusted returns the store's checkpoint, if it is genuine and fits the chain. The
// zero checkpoint means that everything must be verified, also with ErrCheckpoint,
// which says that somebody put something else there.
func (j *Journal) trusted(s *store, st state) (located, error) {
	if len(st.checkpoint) < 8 || j.options.Verify == nil {
		return located{}, nil
	}
	c, err := decodeCheckpoint(st.checkpoint[8:])
	if err == nil {
		err = j.genuine(c)
	}
	if err != nil {
		return located{}, err
	}
	if c.Sequence > st.last {
		return located{}, fmt.Errorf("%w: it ends at record %d, before its checkpoint at %d", ErrBroken, st.last, c.Sequence)
	}
	if head, err := s.headAt(c.Sequence); err != nil {
		return located{}, err
	} else if head != c.Head {
		return located{}, fmt.Errorf("%w: record %d is not the one of the checkpoint", ErrBroken, c.Sequence)
	}
	return located{c, int64(binary.BigEndian.Uint64(st.checkpoint))}, nil
}
