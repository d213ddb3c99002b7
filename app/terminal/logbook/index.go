package logbook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
)

// format is what an index must have been written as: another one is made again.
const format = "countersign log index, format 1"

// Tables of the store.
const (
	tableRows      store.Table = "rows"      // blocks of 4096 sale numbers, by columns
	tableSummaries store.Table = "summaries" // one for each of them
	tableLinks     store.Table = "links"     // by record: how far back the sale's record before it is
	tableEvents    store.Table = "events"    // entries that belong to no sale, in their order
)

// errFormat says that an index is of another format.
var errFormat = errors.New("index of another format")

// note is what is stored about the index as a whole.
type note struct {
	Format string `json:"format"`
	// Applied is the last record that is in the index, Head its hash in the chain.
	Applied uint64       `json:"applied"`
	Head    journal.Hash `json:"head"`
	// Events is how many events there are.
	Events uint64 `json:"events"`
	// Early is the last sale that was keyed and whose end nobody waits for; 0: none.
	Early uint64 `json:"early"`
	// Currencies are those that occur, in the order of their first sale.
	Currencies []uint16   `json:"currencies"`
	Cashiers   dictionary `json:"cashiers"`
	Reasons    dictionary `json:"reasons"`
	Rails      dictionary `json:"rails"`
	Endings    dictionary `json:"endings"`
	Kinds      dictionary `json:"kinds"`
}

// index is the store with what has not been written to it yet. Whoever uses it holds
// Book.mu.
type index struct {
	note
	store *store.Store
	// summaries are those of the blocks in the store; blocks has the numbers of all
	// blocks in order.
	summaries map[uint64]summary
	blocks    []uint64
	// rows, links and events are blocks that were changed, or that are about to be.
	rows, links, events map[uint64]*hot
	// fresh is how many records were applied since the last write.
	fresh int
	// paid and refunded are the numbers of these endings.
	paid, refunded uint8
}

// hot is a block in memory.
type hot struct {
	bytes []byte
	dirty bool
}

// load reads what is about all blocks. Errors: errFormat, store.ErrDamaged.
func load(s *store.Store) (*index, error) {
	x := &index{store: s, summaries: map[uint64]summary{}, rows: map[uint64]*hot{}, links: map[uint64]*hot{}, events: map[uint64]*hot{}}
	err := s.View(func(v store.View) error {
		if text := v.Note(); text == nil {
			x.Format = format
		} else if err := json.Unmarshal(text, &x.note); err != nil || x.Format != format {
			return fmt.Errorf("%w: %q", errFormat, x.Format)
		}
		return v.Each(tableSummaries, func(in uint64, b []byte) error {
			sum, err := decodeSummary(b)
			x.summaries[in], x.blocks = sum, append(x.blocks, in)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	x.Cashiers.ready(mostMany)
	x.Reasons.ready(mostMany)
	x.Kinds.ready(mostMany)
	x.Rails.ready(mostFew)
	x.Endings.ready(mostFew)
	x.paid, x.refunded = uint8(x.Endings.add(string(sale.Paid))), uint8(x.Endings.add(string(sale.Refunded)))
	return x, nil
}

// hotRows returns a block of rows to be changed.
func (x *index) hotRows(in uint64) (block, error) {
	b, isNew, err := x.heat(x.rows, tableRows, in, blockSize)
	if isNew {
		n, _ := slices.BinarySearch(x.blocks, in)
		x.blocks = slices.Insert(x.blocks, n, in)
	}
	return b, err
}

// heat returns a block to be changed: from memory, from the store, or a new one.
func (x *index) heat(in map[uint64]*hot, table store.Table, number uint64, size int) (b []byte, isNew bool, err error) {
	if h := in[number]; h != nil {
		h.dirty = true
		return h.bytes, false, nil
	}
	err = x.store.View(func(v store.View) error {
		stored, err := v.Get(table, number)
		if err == nil && stored != nil && len(stored) != size {
			err = fmt.Errorf("%w: %s %d has %d bytes", store.ErrDamaged, table, number, len(stored))
		}
		b = bytes.Clone(stored)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if b == nil {
		b, isNew = make([]byte, size), true
	}
	in[number] = &hot{b, true}
	return b, isNew, nil
}

// look returns a block to be read, nil where there is none.
func (x *index) look(v store.View, in map[uint64]*hot, table store.Table, number uint64, size int) ([]byte, error) {
	if h := in[number]; h != nil {
		return h.bytes, nil
	}
	b, err := v.Get(table, number)
	if err == nil && b != nil && len(b) != size {
		err = fmt.Errorf("%w: %s %d has %d bytes", store.ErrDamaged, table, number, len(b))
	}
	return b, err
}

// rowsOf returns a block of rows to be read, nil where there is none.
func (x *index) rowsOf(v store.View, in uint64) (block, error) {
	b, err := x.look(v, x.rows, tableRows, in, blockSize)
	return b, err
}

// known returns a block's summary, if its rows have not been changed since.
func (x *index) known(in uint64) (summary, bool) {
	if h := x.rows[in]; h != nil && h.dirty {
		return summary{}, false
	}
	s, there := x.summaries[in]
	return s, there
}

// write brings everything into the store, together with the hash of the last record,
// and forgets all blocks but the last ones.
func (x *index) write(head journal.Hash) error {
	x.Head = head
	var batch store.Batch
	summaries := map[uint64]summary{}
	for in, h := range x.rows {
		if !h.dirty {
			continue
		}
		summaries[in] = x.summarise(h.bytes)
		text, err := summaries[in].encode()
		if err != nil {
			return err
		}
		batch.Blocks = append(batch.Blocks, store.Block{Table: tableRows, Number: in, Bytes: h.bytes}, store.Block{Table: tableSummaries, Number: in, Bytes: text})
	}
	for table, all := range map[store.Table]map[uint64]*hot{tableLinks: x.links, tableEvents: x.events} {
		for n, h := range all {
			if h.dirty {
				batch.Blocks = append(batch.Blocks, store.Block{Table: table, Number: n, Bytes: h.bytes})
			}
		}
	}
	slices.SortFunc(batch.Blocks, func(a, b store.Block) int { return int(int64(a.Number - b.Number)) })
	var err error
	if batch.Note, err = json.Marshal(x.note); err != nil {
		return err
	}
	if err := x.store.Write(batch); err != nil {
		return err
	}
	for in, s := range summaries {
		x.summaries[in] = s
	}
	for _, all := range []map[uint64]*hot{x.rows, x.links, x.events} {
		cool(all)
	}
	x.fresh = 0
	return nil
}

// cool forgets all blocks but the last, which are changed again soon.
func cool(all map[uint64]*hot) {
	last := uint64(0)
	for n := range all {
		last = max(last, n)
	}
	for n, h := range all {
		if h.dirty = false; n != last {
			delete(all, n)
		}
	}
}
