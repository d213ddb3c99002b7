package store_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/app/chaos/powercut"

	"go.etcd.io/bbolt"
)

// The store is used by a process of its own: this binary, with what it is to do
// in the environment.
const (
	variable   = "STORE_VICTIM"
	carefully  = "count carefully"
	carelessly = "count carelessly"
	looking    = "look"
)

func TestMain(m *testing.M) {
	if how := os.Getenv(variable); how != "" {
		path := filepath.Join(os.Args[1], "store.db")
		if how != looking {
			fmt.Println("error:", count(path, how == carelessly))
			os.Exit(1)
		}
		last, err := look(path)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(last)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var bucket = []byte("numbers")

func open(path string, noSync bool) (*bbolt.DB, error) {
	return bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType, NoFreelistSync: true, NoSync: noSync})
}

// count keeps one number after the other with something beside it, and says each
// when it is committed, for ever.
func count(path string, noSync bool) error {
	db, err := open(path, noSync)
	if err != nil {
		return err
	}
	directory, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := directory.Sync(); err != nil {
		return err
	}
	for {
		var n uint64
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket)
			if err != nil {
				return err
			}
			if n, err = b.NextSequence(); err != nil {
				return err
			}
			return b.Put(binary.BigEndian.AppendUint64(nil, n), make([]byte, 700))
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// look opens the store as it is after a cut and says how far it counted. bbolt
// panics over some of what a torn file may hold, so this is done in a process of
// its own, too.
func look(path string) (last uint64, err error) {
	db, err := open(path, false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.View(func(tx *bbolt.Tx) error {
		for wrong := range tx.Check() {
			err = errors.Join(err, wrong)
		}
		if b := tx.Bucket(bucket); b != nil {
			last = b.Sequence()
			for n := range last {
				if len(b.Get(binary.BigEndian.AppendUint64(nil, n+1))) != 700 {
					err = errors.Join(err, fmt.Errorf("%d is missing", n+1))
				}
			}
		}
		return err
	})
	return last, err
}

// lost lets a victim count, cuts the power some times, and says what is wrong
// afterwards.
func lost(t *testing.T, how string, rounds int) error {
	t.Helper()
	point, backing := t.TempDir(), t.TempDir()
	disk, err := powercut.Mount(backing, point, powercut.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	defer func() {
		if err := disk.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	random := rand.New(rand.NewPCG(1, 1))
	for range rounds {
		last := countUntilCut(t, disk, how, 20+random.IntN(30))
		if _, err := disk.Restore(ctx, random); err != nil {
			t.Fatal(err)
		}
		look := exec.Command(os.Args[0], filepath.Join(backing, "live"))
		look.Env = append(os.Environ(), variable+"="+looking, "GORACE=atexit_sleep_ms=0")
		said, err := look.CombinedOutput()
		text, _, _ := strings.Cut(string(said), "\n")
		if err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		got, err := strconv.ParseUint(text, 10, 64)
		switch {
		case err != nil:
			return err
		case got < last:
			return fmt.Errorf("%d was committed, %d is kept", last, got)
		}
	}
	return nil
}

func countUntilCut(t *testing.T, disk *powercut.Disk, how string, cut int) (last uint64) {
	t.Helper()
	command := exec.Command(os.Args[0], disk.Point())
	command.Env = append(os.Environ(), variable+"="+how)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for said := 0; lines.Scan(); {
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Error(lines.Text())
			break
		}
		last = n
		if said++; said == cut {
			disk.Cut()
			if err := command.Process.Kill(); err != nil {
				t.Error(err)
			}
			disk.Release()
		}
	}
	_ = command.Wait() // it was killed
	return last
}

func TestCommittedSurvivesPowerCuts(t *testing.T) {
	if err := lost(t, carefully, 15); err != nil {
		t.Error(err)
	}
}

func TestAStoreWithoutFsyncIsCaught(t *testing.T) {
	err := lost(t, carelessly, 10)
	if err == nil {
		t.Error("nothing was lost in ten power cuts without fsync")
	}
	t.Log(err)
}
