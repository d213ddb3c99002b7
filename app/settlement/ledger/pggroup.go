package ledger

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
)

// group is transactions that are carried out as one of the database. Their
// changes run over what is known of the database so far; what they ask for
// beyond that is guessed, noted, and fetched for all of them at once. Then they
// run again: a run counts only when nothing in it was guessed.
type group struct {
	members []*request
	hints   map[string][]byte // what was last known, for better guesses

	known  map[string][]byte // by bucket, 0, key; nil is not kept
	wanted map[string]write  // without values
	entry  uint64            // the last entry
	// asked and answered say how far the question for the last entry has come.
	asked, answered bool

	// What the last run led to.
	change  *change
	results []error
	writing int // members that succeeded and wrote
}

var _ records = (*group)(nil)

func newGroup(members []*request, hints map[string][]byte) *group {
	return &group{members: members, hints: hints, known: map[string][]byte{}, wanted: map[string]write{}}
}

// get implements records.
func (g *group) get(bucket string, key []byte) ([]byte, error) {
	name := bucket + "\x00" + string(key)
	if value, ok := g.known[name]; ok {
		return value, nil
	}
	if _, ok := g.wanted[name]; !ok {
		g.wanted[name] = write{bucket: bucket, key: slices.Clone(key)}
	}
	return g.hints[name], nil
}

// hintLastEntry is the hint for the last entry.
const hintLastEntry = bucketEntries

// lastEntry implements records.
func (g *group) lastEntry() (uint64, error) {
	if g.answered {
		return g.entry, nil
	}
	g.asked = true
	if hint := g.hints[hintLastEntry]; hint != nil {
		return number(hint), nil
	}
	return 0, nil
}

// run has the members decide, one after another, each whole or not at all. It
// says whether that counts: nothing was guessed.
func (g *group) run() bool {
	g.change, g.results, g.writing = newChange(g), make([]error, len(g.members)), 0
	for n, r := range g.members {
		member := newChange(g.change)
		if g.results[n] = r.change(member); g.results[n] == nil && len(member.order) > 0 {
			g.change.absorb(member)
			g.writing++
		}
	}
	return len(g.wanted) == 0 && g.asked == g.answered
}

// writes returns what is to be kept in the end: the last write of each record.
func (g *group) writes() map[string][]write {
	last := make(map[string]write, len(g.change.order))
	for _, w := range g.change.order {
		last[w.bucket+"\x00"+string(w.key)] = w
	}
	byBucket := map[string][]write{}
	for _, w := range last {
		byBucket[w.bucket] = append(byBucket[w.bucket], w)
	}
	// Rows are locked in one order, everywhere.
	for _, list := range byBucket {
		slices.SortFunc(list, func(a, b write) int { return bytes.Compare(a.key, b.key) })
	}
	return byBucket
}

// maxHints bounds what is remembered between groups.
const maxHints = 1 << 14

// remember keeps what will be asked for again: accounts and what they hold.
// Hints are never decided upon.
func (g *group) remember() {
	if len(g.hints) > maxHints {
		clear(g.hints)
	}
	often := []string{bucketAccounts + "\x00", bucketBalances + "\x00", bucketCertificates + "\x00"}
	for _, from := range []map[string][]byte{g.known, g.change.pending} {
		for name, value := range from {
			if slices.ContainsFunc(often, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				g.hints[name] = value
			}
		}
	}
	if last := cmp.Or(g.change.last, g.entry); last != 0 {
		g.hints[hintLastEntry] = numberKey(last)
	}
}

// halves splits the members, for another try with fewer. Others may join either:
// they must not take the place of those in the second.
func (g *group) halves() [2][]*request {
	middle := len(g.members) / 2
	return [2][]*request{slices.Clip(g.members[:middle]), g.members[middle:]}
}

// answer tells everyone how it went; err is for all of them.
func (g *group) answer(err error) {
	for n, r := range g.members {
		if err != nil {
			r.done <- err
		} else {
			r.done <- g.results[n]
		}
	}
}

func sortedBuckets[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
