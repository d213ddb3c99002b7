package logbook

// How many words the dictionaries have room for: of endings and rails each must have
// a bit of its own, the others must fit two bytes.
const (
	mostFew  = 62
	mostMany = 1<<16 - 2
)

// dictionary numbers words from 1 on: 0 is none, and one more than the last that there
// is room for stands for all others.
type dictionary struct {
	// Words in the order of their numbers, from 1 on.
	Words []string `json:"words"`
	ids   map[string]uint16
	most  int
}

// ready prepares what was read.
func (d *dictionary) ready(most int) {
	d.most, d.ids = most, make(map[string]uint16, len(d.Words))
	for n, w := range d.Words {
		d.ids[w] = uint16(n + 1)
	}
}

// add returns a word's number, and gives it one.
func (d *dictionary) add(word string) uint16 {
	if word == "" {
		return 0
	}
	if id, known := d.ids[word]; known {
		return id
	}
	if len(d.Words) >= d.most {
		return uint16(d.most + 1)
	}
	d.Words = append(d.Words, word)
	d.ids[word] = uint16(len(d.Words))
	return uint16(len(d.Words))
}

// find returns a word's number; false where it has none.
func (d *dictionary) find(word string) (uint16, bool) {
	id, known := d.ids[word]
	return id, known
}

// word is the word with a number.
func (d *dictionary) word(id uint16) string {
	if id == 0 || int(id) > len(d.Words) {
		return ""
	}
	return d.Words[id-1]
}

// matching returns which numbers have a word that fits.
func (d *dictionary) matching(fits func(string) bool) idSet {
	s := make(idSet, len(d.Words)+1)
	for n, w := range d.Words {
		s[n+1] = fits(w)
	}
	return s
}

// idSet says of each number whether it is chosen.
type idSet []bool

func (s idSet) has(id uint16) bool { return int(id) < len(s) && s[id] }

func (s idSet) any() bool {
	for _, chosen := range s {
		if chosen {
			return true
		}
	}
	return false
}

// bits has a bit for each chosen number; two numbers may share one.
func (s idSet) bits() (b uint64) {
	for id, chosen := range s {
		if chosen {
			b |= bit(uint16(id))
		}
	}
	return b
}

func bit(id uint16) uint64 { return 1 << (id % 64) }
