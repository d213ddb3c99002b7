package journal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// testSign stands for the terminal's key, testVerify for whoever holds its
// certificate: sequence, head, and a keyed digest of both.
func testSign(sequence uint64, head Hash) []byte {
	text := append(number(sequence), head[:]...)
	mac := hmac.New(sha256.New, []byte("key of the test"))
	mac.Write(text)
	return mac.Sum(text)
}

func testVerify(signed []byte) (uint64, Hash, error) {
	if len(signed) != 72 || !hmac.Equal(signed, testSign(binary.BigEndian.Uint64(signed), Hash(signed[8:]))) {
		return 0, Hash{}, errors.New("signature is wrong")
	}
	return binary.BigEndian.Uint64(signed), Hash(signed[8:]), nil
}

func mark(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Checkpoint(t.Context(), testSign(j.Head()), nil); err != nil {
		t.Fatal(err)
	}
}

// whole is a sale from its first entry to its last.
var whole = []sale.Event{sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventOutcome, sale.EventAcknowledged}

func kinds(j *Journal) (list []FindingKind) {
	for _, f := range j.Findings() {
		list = append(list, f.Kind)
	}
	return list
}

func expect(t *testing.T, j *Journal, want ...FindingKind) {
	t.Helper()
	if have := kinds(j); !slices.Equal(have, want) {
		t.Errorf("found %q, want %q: %+v", have, want, j.Findings())
	}
	for _, f := range j.Findings() {
		if f.Text == "" || f.At.IsZero() {
			t.Errorf("no sentence or no time: %+v", f)
		}
	}
}

func TestCheckpointRefused(t *testing.T) {
	j := openWith(t, filepath.Join(t.TempDir(), "journal.db"), Options{Verify: testVerify})
	add(t, j, 1, whole...)
	third, err := j.store.headAt(3)
	if err != nil {
		t.Fatal(err)
	}
	sequence, head := j.Head()
	mark(t, j)
	for name, signed := range map[string][]byte{
		"not signed":          append(testSign(sequence, head)[:71], 0),
		"nothing":             nil,
		"of another chain":    testSign(sequence, third),
		"after the head":      testSign(sequence+1, head),
		"of no record":        testSign(0, Hash{}),
		"older than the last": testSign(3, third),
	} {
		if err := j.Checkpoint(t.Context(), signed, nil); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := j.Checkpoint(t.Context(), testSign(sequence, head), []byte("receipt")); err != nil {
		t.Fatal(err)
	}
	if c, held := j.LastCheckpoint(); !held || c.Sequence != 6 || c.Head != head || string(c.Receipt) != "receipt" {
		t.Errorf("holds %+v", c)
	}
	if _, _, err := j.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	blind := open(t, filepath.Join(t.TempDir(), "journal.db"))
	if err := blind.Checkpoint(t.Context(), testSign(1, head), nil); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("nobody to verify: %v", err)
	}
}

// Guarantee 5: before the checkpoint nothing is read at opening and everything
// afterwards; after it everything is read at opening. What is found in the
// background is told, and repaired at the next opening.
func TestVerifiedFromCheckpoint(t *testing.T) {
	change := func(record uint64) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			return b.Put(number(record), []byte(strings.Replace(string(b.Get(number(record))), "7800", "7801", 1)))
		}
	}
	tests := map[string]struct {
		tamper         func(*bbolt.Tx) error
		atOnce, behind []FindingKind
		next           []FindingKind
	}{
		"nothing":          {func(*bbolt.Tx) error { return nil }, nil, nil, nil},
		"an old record":    {change(300), nil, []FindingKind{FoundBroken}, []FindingKind{FoundRebuilt}},
		"a new record":     {change(610), []FindingKind{FoundRebuilt}, []FindingKind{FoundRebuilt}, nil},
		"the record of it": {change(600), []FindingKind{FoundRebuilt}, []FindingKind{FoundRebuilt}, nil},
		"the head":         {func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyHead, make([]byte, 32)) }, []FindingKind{FoundRebuilt}, []FindingKind{FoundRebuilt}, nil},
		"an open sale forgotten": {func(tx *bbolt.Tx) error { return tx.Bucket(bucketOpen).Delete(number(7)) }, nil,
			[]FindingKind{FoundIndexRepaired}, nil},
		"checkpoint forged": {func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketMeta)
			v := []byte(string(b.Get(keyCheckpoint)))
			v[len(v)-1] ^= 1
			return b.Put(keyCheckpoint, v)
		}, []FindingKind{FoundCheckpointForged}, []FindingKind{FoundCheckpointForged}, []FindingKind{FoundCheckpointForged}},
		"checkpoint and an old record": {func(tx *bbolt.Tx) error {
			if err := tx.Bucket(bucketMeta).Delete(keyCheckpoint); err != nil {
				return err
			}
			return change(300)(tx)
		}, []FindingKind{FoundRebuilt}, []FindingKind{FoundRebuilt}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "journal.db")
			j := openWith(t, path, Options{Verify: testVerify})
			fillQuickly(t, j, 1, 100)
			mark(t, j)
			add(t, j, 101, whole...)
			add(t, j, 102, whole...)
			if err := j.store.update(test.tamper); err != nil {
				t.Fatal(err)
			}
			j.Close()

			j = openWith(t, path, Options{Verify: testVerify})
			if have := kinds(j); !slices.Equal(have, test.atOnce) && !slices.Equal(have, test.behind) {
				t.Errorf("at once %q, want %q", have, test.atOnce)
			}
			err := j.WaitVerified(t.Context())
			if broken := slices.Contains(test.behind, FoundBroken); broken != errors.Is(err, ErrBroken) {
				t.Errorf("verdict %v", err)
			}
			expect(t, j, test.behind...)
			if left, err := j.Open(t.Context()); err != nil || len(left) != 1 || left[0].Sale != 7 {
				t.Errorf("open: %v, %v", left, err)
			}
			j.Close()

			j = openWith(t, path, Options{Verify: testVerify})
			if err := j.WaitVerified(t.Context()); err != nil {
				t.Error(err)
			}
			expect(t, j, test.next...)
			if n, _, err := j.Verify(t.Context()); err != nil || n != 612 {
				t.Errorf("%d records, %v", n, err)
			}
			if n := j.NextNumber(); n != 103 {
				t.Errorf("next number %d", n)
			}
		})
	}
}

// fillQuickly appends sales, each at once; sale 7 stays open.
func fillQuickly(t testing.TB, j *Journal, from, to uint64) {
	t.Helper()
	for n := from; n <= to; n++ {
		events := whole
		if n == 7 {
			events = append(slices.Clone(whole[:5]), sale.EventUnknown)
		}
		var group []*pending
		for _, event := range events {
			e := sale.Entry{Sale: n, Event: event, At: morning, Amount: 7800, Currency: 156}
			group = append(group, &pending{entry: e, text: entryText(t, e)})
		}
		j.writing.Lock()
		j.writeGroup(group)
		j.writing.Unlock()
		if group[0].err != nil {
			t.Fatal(group[0].err)
		}
	}
}
