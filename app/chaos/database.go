package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"countersign/app/chaos/powercut"
	"countersign/app/program/processtree"
	"countersign/app/program/victim"
)

// database is a PostgreSQL server whose data are on a disk that can lose power.
type database struct {
	disk    *powercut.Disk
	live    string // the disk's files, seen from below
	plan    *schedule
	process *process // that started the server and starts it again
	url     string

	mu sync.Mutex // held while the server is down
}

func openDatabase(ctx context.Context, d *powercut.Disk, point, live, program string, plan *schedule) (*database, error) {
	db := &database{disk: d, live: live, plan: plan}
	var err error
	db.process, err = start(new(atomic.Int64), "PostgreSQL", program, "postgres", "--data", filepath.Join(point, "postgres"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	w, err := db.process.until(ctx, victim.Ready)
	if err != nil {
		return nil, errors.Join(err, db.close(ctx))
	}
	db.url = w.Address
	if d == nil {
		return db, nil
	}
	d.Sync() // it was installed long ago: nobody syncs a configuration file
	return db, nil
}

// cut implements power: settlement and its database lose it together.
func (db *database) cut(ctx context.Context, p *process, random *rand.Rand) (powercut.Loss, error) {
	return db.crash(ctx, random, p)
}

// crash takes the power away from the server, and from a process with it.
func (db *database) crash(ctx context.Context, random *rand.Rand, with *process) (powercut.Loss, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.disk.Cut()
	if with != nil {
		with.kill()
	}
	gone, err := db.kill()
	db.disk.Release()
	if with != nil {
		with.gone()
	}
	if err != nil {
		return powercut.Loss{}, err
	}
	if err := gone(ctx); err != nil {
		return powercut.Loss{}, err
	}
	loss, err := db.disk.Restore(ctx, random)
	if err != nil {
		return loss, err
	}
	db.process.tell(victim.Order{Do: "restart"})
	_, err = db.process.until(ctx, victim.Ready)
	return loss, err
}

// kill sends SIGKILL to every process of the server and returns what waits for
// their end.
func (db *database) kill() (gone func(context.Context) error, err error) {
	text, err := os.ReadFile(filepath.Join(db.live, "postgres", "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	postmaster, err := strconv.Atoi(string(first))
	if err != nil {
		return nil, err
	}
	return processtree.Kill(postmaster)
}

// torment crashes the server alone now and then, with its power or without.
func (db *database) torment(ctx context.Context, random *rand.Rand) error {
	for victim.Pause(ctx, time.Duration(4+random.IntN(8))*time.Second) {
		db.plan.count("PostgreSQL lost power")
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), bootTime)
		_, err := db.crash(bounded, random, nil)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// hold implements power.
func (db *database) hold(start func() error) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return start()
}

func (db *database) close(context.Context) error { return db.process.stop() }
