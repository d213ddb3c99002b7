//go:build linux

package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
	"countersign/settlementclient/enrolment/enrolmenttest"
)

// Who and what there is in the shop.
const (
	shopName = "Corner Café"
	merchant = "M-0001"
	sum      = protocol.Amount(7800) // of each sale
	yuan     = protocol.Currency(156)
)

// shop is a terminal with every real part, as its program opens them, and around
// it the built programs of authority and settlement, a network that can be cut,
// a finger for the sensor and a phone for the camera. Whoever has a secure unit
// has a SoftHSM of its own; the phones keep their keys in memory.
type shop struct {
	tb        testing.TB
	dir       string
	town      programtest.Town
	authority *programtest.Program
	ledger    *programtest.Program // settlement's
	network   *network
	sensor    *virtualsensor.Sensor
	phone     *phone
	desk      *enrolment.Credentials

	owner, other *wallet              // two customers
	own          *programtest.Program // the terminal's commands
	*terminal                         // what run opens
	said         *programtest.Log
}

// openShop opens the shop for the time of a test, with money in both accounts.
func openShop(tb testing.TB) *shop {
	tb.Helper()
	leavesNothing(tb)
	s := &shop{tb: tb, dir: tb.TempDir(), town: programtest.Open(tb), said: &programtest.Log{}}
	s.authority, s.ledger = s.town.Authority, s.town.Settlement
	s.ledger.OK("merchant add", s.ledger.InData("--reference", merchant, "--terminal", "T-0001", "--name", shopName, "--currency", "CNY")...)
	s.network = openNetwork(tb, s.ledger.Address())

	s.sensor = s.newSensor()
	s.phone = newPhone(tb)
	deskCode, err := os.ReadFile(s.town.Code("desk", "D-0001"))
	if err != nil {
		tb.Fatal(err)
	}
	s.desk = s.enrol(enrolmenttest.NewUnit(), protocol.RoleDesk, string(deskCode), false)
	s.owner = s.newWallet("W-0001", "103", false)
	s.other = s.newWallet("W-0002", "105", true)
	s.openTerminal()
	return s
}

// leavesNothing fails a test after which goroutines go on that it began. It is to
// be the first thing that a test does, so that it looks last.
func leavesNothing(tb testing.TB) {
	tb.Helper()
	before := runtime.NumGoroutine()
	tb.Cleanup(func() {
		giveUp := time.Now().Add(5 * time.Second)
		for runtime.NumGoroutine() > before {
			if time.Now().After(giveUp) {
				stacks := make([]byte, 1<<16)
				tb.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
				return
			}
			time.Sleep(5 * time.Millisecond) // nobody tells when a goroutine has ended
		}
	})
}

// enrol enrols a party that keeps its keys in memory.
func (s *shop) enrol(unit enrolment.Unit, role protocol.Role, code string, byHash bool) *enrolment.Credentials {
	s.tb.Helper()
	c, err := enrolment.Enrol(s.tb.Context(), unit, enrolment.Options{AuthorityURL: s.authority.URL(), Code: code, Role: role, ByHash: byHash})
	if err != nil {
		s.tb.Fatal(err)
	}
	return c
}

// newSensor plugs in a sensor whose captures are never twice the same.
func (s *shop) newSensor() *virtualsensor.Sensor {
	s.tb.Helper()
	sensor, err := virtualsensor.New(virtualsensor.Options{Link: filepath.Join(s.dir, "sensor"), Unpaced: true, Unsteady: 3, Seed: 1})
	if err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(func() {
		if err := sensor.Close(); err != nil {
			s.tb.Error(err)
		}
	})
	return sensor
}

// openTerminal enrols the terminal by its own command and opens, in this process,
// what run opens.
func (s *shop) openTerminal() {
	s.tb.Helper()
	at := newTerminal(s.tb)
	s.own = at
	at.OK("enrol", at.Founding("--authority", s.authority.URL(), "--code-file", s.town.Code("terminal", "T-0001", "--name", shopName))...)
	s.tb.Setenv(virtualtoken.Variable, at.Units.Conf())
	s.terminal = &terminal{log: slog.New(slog.NewJSONHandler(s.said, nil))}
	if err := s.parse("run", at.Own(s.flags()...), os.Stderr, s.common, s.kiosk); err != nil {
		s.tb.Fatal(err)
	}
	if err := s.checkKiosk(); err != nil {
		s.tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(s.tb.Context()))
	var running sync.WaitGroup
	s.tb.Cleanup(func() {
		stop()
		running.Wait()
		if err := s.close(); err != nil {
			s.tb.Error(err)
		}
	})
	if err := s.openParts(ctx); err != nil {
		s.tb.Fatal(err)
	}
	running.Go(func() { _ = s.papers.Run(ctx) })
}

// flags are those of run, beside those that open the secure unit.
func (s *shop) flags() []string {
	return []string{"--settlement", "https://" + s.network.address(), "--merchant", merchant, "--currency", "CNY",
		"--camera", s.phone.camera.URL(), "--sensor", s.sensor.Path()}
}

// prove has settlement check every invariant of its ledger.
func (s *shop) prove() {
	s.tb.Helper()
	if proof := s.ledger.OK("proof", s.ledger.InData()...); !strings.Contains(proof, "holds") || strings.Contains(proof, "BROKEN") {
		s.tb.Errorf("settlement's ledger:\n%s", proof)
	}
}

// books are what each account holds at settlement, in minor units: payers by their
// numbers, the shop by its reference.
func (s *shop) books() map[string]int64 {
	s.tb.Helper()
	books := map[string]int64{}
	for line := range strings.Lines(s.ledger.OK("account list", s.ledger.InData("--full")...)) {
		var account struct {
			Number string
			Minor  int64
		}
		if err := json.Unmarshal([]byte(line), &account); err != nil {
			s.tb.Fatal(err)
		}
		books[account.Number] = account.Minor
	}
	if _, known := books[merchant]; !known {
		s.tb.Fatalf("settlement lists no merchant: %v", books)
	}
	return books
}

// stepsIn are the steps that were logged about a sale, in order, with their times
// in milliseconds.
func stepsIn(tb testing.TB, log, sale string) (numbers []int, ms []float64) {
	tb.Helper()
	for line := range strings.Lines(log) {
		var step struct {
			Step int
			Sale string
			MS   float64
		}
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			tb.Fatal(err)
		}
		if step.Step > 0 && step.Sale == sale {
			numbers, ms = append(numbers, step.Step), append(ms, step.MS)
		}
	}
	return numbers, ms
}
