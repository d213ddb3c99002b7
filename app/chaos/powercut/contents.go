package powercut

import (
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
)

// sector is what a disk writes whole.
const sector = 512

// contents is what a file held when it was last synced, as far as it was
// changed since. Guarded by Disk.mu.
type contents struct {
	inode uint64
	file  *os.File // its own, so that it serves after the file was closed
	// before holds, by number, the sectors that were changed, as they are on the
	// disk; short at the old end of the file, empty beyond it.
	before  map[int64][]byte
	durable int64 // length on the disk
	size    int64 // length now
	low     int64 // the least length since the last sync
}

// inOrder returns the files in the order of their inodes, so that a seed decides
// the same in every run.
func (d *Disk) inOrder() []*contents {
	list := make([]*contents, 0, len(d.files))
	for _, inode := range slices.Sorted(maps.Keys(d.files)) {
		list = append(list, d.files[inode])
	}
	return list
}

// changing returns the contents of a file that is about to be changed.
func (d *Disk) changing(inode uint64, f *os.File) (*contents, error) {
	if c := d.files[inode]; c != nil {
		return c, nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	own, err := os.OpenFile(reopen(f), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	c := &contents{inode: inode, file: own, before: map[int64][]byte{}, durable: info.Size(), size: info.Size(), low: info.Size()}
	d.files[inode] = c
	return c, nil
}

// keep remembers the sectors of a stretch before it is overwritten.
func (c *contents) keep(offset, length int64) error {
	if length <= 0 {
		return nil
	}
	first, last := offset/sector, (offset+length-1)/sector
	if first*sector < c.durable && !c.has(first, last) {
		whole := make([]byte, min((last+1)*sector, c.durable)-first*sector)
		n, err := c.file.ReadAt(whole, first*sector)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		// What was cut off since the last sync is in before already.
		whole = whole[:n]
		for s := first; s <= last; s++ {
			if _, kept := c.before[s]; !kept {
				from := min((s-first)*sector, int64(len(whole)))
				c.before[s] = slices.Clone(whole[from:min(from+sector, int64(len(whole)))])
			}
		}
		return nil
	}
	for s := first; s <= last; s++ {
		if _, kept := c.before[s]; !kept {
			c.before[s] = nil
		}
	}
	return nil
}

func (c *contents) has(first, last int64) bool {
	for s := first; s <= last; s++ {
		if _, kept := c.before[s]; !kept {
			return false
		}
	}
	return true
}

// written notes that a stretch was written after keep.
func (c *contents) written(offset, length int64) {
	if length > 0 {
		c.size = max(c.size, offset+length)
	}
}

// truncating prepares a change of length.
func (c *contents) truncating(size int64) error {
	if size < c.size {
		if err := c.keep(size, c.size-size); err != nil {
			return err
		}
	}
	c.size, c.low = size, min(c.low, size)
	return nil
}

// commit makes everything durable.
func (c *contents) commit() {
	clear(c.before)
	c.durable, c.low = c.size, c.size
}

// commitStretch makes the sectors of a synchronous write durable, and with them
// the length that they need.
func (c *contents) commitStretch(offset, length int64) {
	for s := offset / sector; length > 0 && s <= (offset+length-1)/sector; s++ {
		delete(c.before, s)
	}
	c.durable = max(c.durable, offset+length)
}

// lose takes back what was not synced, but for sectors that survive.
func (c *contents) lose(random *rand.Rand) (survived int, err error) {
	chance := func() bool { return random != nil && random.IntN(2) == 0 }
	// A file that was cut off is so on the disk, or not yet: then nothing that was
	// written beyond the cut has come there either.
	cutOff := c.low < c.durable
	shortened := cutOff && chance()
	end := c.durable
	if shortened {
		end = c.low
	}
	for _, s := range slices.Sorted(maps.Keys(c.before)) {
		begins := s * sector
		beyond := cutOff && begins+sector > c.low
		switch {
		case beyond && !shortened: // as it was
		case chance():
			survived++
			if begins+sector > end {
				end = max(end, min(begins+sector, c.size))
			}
			continue
		}
		old := make([]byte, sector)
		if kept := c.before[s]; beyond && shortened {
			copy(old, kept[:min(int64(len(kept)), max(0, c.low-begins))])
		} else {
			copy(old, kept)
		}
		if _, err := c.file.WriteAt(old, begins); err != nil {
			return survived, err
		}
	}
	return survived, c.file.Truncate(end)
}

func (c *contents) close() { _ = c.file.Close() } // only read from and written to whole
