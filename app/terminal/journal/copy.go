package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// copyFile is the journal's second copy: it is only appended to.
type copyFile struct {
	path   string
	f      *os.File
	header header // as its title says
	// end is where the next frame goes: behind the last one that the journal holds
	// too.
	end atomic.Int64
}

// openCopy opens the copy: errMissing where there is none, ErrDamaged where it is
// something else.
func openCopy(path string) (*copyFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errMissing
	}
	if err != nil {
		return nil, err
	}
	title := make([]byte, titleSize)
	if _, err := io.ReadFull(f, title); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, errors.Join(err, f.Close())
	}
	h, err := parseTitle(title)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &copyFile{path: path, f: f, header: h}, nil
}

// makeCopy makes a copy under another name, has it filled, and gives it its name
// when it is on the disk.
func makeCopy(path string, h header, fill func(io.Writer) error) (c *copyFile, err error) {
	building := path + ".building"
	f, err := os.OpenFile(building, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(h.title())
	if err == nil {
		err = fill(f)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("make copy: %w", err), os.Remove(building))
	}
	if err := os.Rename(building, path); err != nil {
		return nil, fmt.Errorf("make copy: %w", err)
	}
	if err := syncDirectory(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("make copy: %w", err)
	}
	if c, err = openCopy(path); err != nil {
		return nil, err
	}
	return c, c.toEnd()
}

// toEnd has the next frame go behind everything that is there.
func (c *copyFile) toEnd() error {
	info, err := c.f.Stat()
	if err == nil {
		c.end.Store(info.Size())
	}
	return err
}

// write puts frames behind the end and syncs. They are part of the copy after
// keep; cut takes them away again.
func (c *copyFile) write(frames []byte) error {
	if _, err := c.f.WriteAt(frames, c.end.Load()); err != nil {
		return fmt.Errorf("write copy: %w", err)
	}
	if err := c.f.Sync(); err != nil {
		return fmt.Errorf("sync copy: %w", err)
	}
	return nil
}

// entitle writes another title, which is as long, and syncs. One that is cut short by
// a power cut does not pass for a title: the copy is made again from the store then.
func (c *copyFile) entitle(h header) error {
	if _, err := c.f.WriteAt(h.title(), 0); err != nil {
		return fmt.Errorf("write the copy's title: %w", err)
	}
	if err := c.f.Sync(); err != nil {
		return fmt.Errorf("sync copy: %w", err)
	}
	c.header = h
	return nil
}

func (c *copyFile) keep(frames []byte) { c.end.Add(int64(len(frames))) }

func (c *copyFile) cut() error {
	if err := c.f.Truncate(c.end.Load()); err != nil {
		return fmt.Errorf("cut copy: %w", err)
	}
	if err := c.f.Sync(); err != nil {
		return fmt.Errorf("sync copy: %w", err)
	}
	return nil
}

// cutAt takes away everything from a place on.
func (c *copyFile) cutAt(end int64) error {
	c.end.Store(end)
	return c.cut()
}

// rest returns what stands behind a place, at most a little more than a frame.
func (c *copyFile) rest(from int64) ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(c.f, from, 4*frameMost))
}

func (c *copyFile) size() (int64, error) {
	info, err := c.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
