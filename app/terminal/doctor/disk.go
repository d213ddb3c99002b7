package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// What a data folder needs: the journal refuses new sales before the disk is full, and an
// update needs room for a copy of it.
const (
	leastFree  = 100 << 20 // bytes
	plentyFree = 1 << 30
	slowSync   = 500 * time.Millisecond
)

// Disk looks at the room on the data folder's disk, and writes and syncs a file there as
// the journal does.
func Disk(data string) func(context.Context) Finding {
	return func(context.Context) Finding {
		var f finding
		free, err := freeBytes(data)
		if err != nil {
			return f.failed(fmt.Errorf("the data folder's disk cannot be looked at: %w", err), "Check the data folder's name, and that its disk is mounted.").done()
		}
		f = f.fact("free_mb", free>>20)
		took, err := synced(data)
		if err != nil {
			return f.failed(fmt.Errorf("nothing can be written to the data folder: %w", err), "Run this as the terminal's user; check the folder's rights, and that its disk is not full or read-only.").done()
		}
		f = f.fact("sync_ms", took.Milliseconds())
		room := fmt.Sprintf("%s are free.", size(free))
		switch {
		case free < leastFree:
			f = f.bad("Only "+room, "Make room: take old exports and other files off the disk. The terminal soon takes no payments.")
		case free < plentyFree:
			f = f.warn("Only "+room, "Make room: take old exports and other files off the disk.")
		default:
			f = f.ok(sentence(room))
		}
		if took > slowSync {
			f = f.warn(fmt.Sprintf("It takes %s to write.", span(took)), "The disk may be failing: look at its health (smartctl), and replace it.")
		}
		return f.done()
	}
}

// synced writes a small file, syncs and removes it, and says how long that took.
func synced(data string) (took time.Duration, err error) {
	began := time.Now()
	file, err := os.CreateTemp(data, ".doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = file.WriteString("Countersign looks whether it can write here.\n")
	err = errors.Join(err, file.Sync(), file.Close())
	return time.Since(began), err
}

// DataFolder looks at the rights of the data folder and of what is in it: others must not
// read a shop's sales.
func DataFolder(data string) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		f := finding{}.fact("folder", data)
		info, err := os.Stat(data)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return f.bad(fmt.Sprintf("%s is not there.", data), "Enrol the terminal, or set the right folder: --data.").done()
		case err != nil:
			return f.failed(fmt.Errorf("the data folder cannot be looked at: %w", err), "Run this as the terminal's user.").done()
		case !info.IsDir():
			return f.bad(fmt.Sprintf("%s is not a folder.", data), "Set the right folder: --data.").done()
		}
		open, err := others(ctx, data)
		if err != nil {
			return f.failed(fmt.Errorf("the data folder cannot be read: %w", err), "Run this as the terminal's user.").done()
		}
		if len(open) > 0 {
			return f.fact("open", open).bad(fmt.Sprintf("Others may read or write %s.", strings.Join(open[:min(3, len(open))], ", ")), "Take the rights away: chmod -R go= "+data).done()
		}
		return f.ok(fmt.Sprintf("%s belongs to its owner alone.", data)).done()
	}
}

// others are the files to which others have rights. A folder that they cannot enter
// covers what is in it.
func others(ctx context.Context, data string) (open []string, err error) {
	if runtime.GOOS == "windows" { // rights are not in the mode there
		return nil, nil
	}
	err = filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) { // a file of the moment
			return nil
		}
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o077 != 0 {
			open = append(open, path)
		} else if path == data {
			return filepath.SkipAll
		}
		return ctx.Err()
	})
	return open, err
}

// size is in words.
func size(bytes uint64) string {
	if bytes >= plentyFree {
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}
