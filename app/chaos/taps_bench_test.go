package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
)

// A tap's time is taken over at least so many, at several terminals: a reader's service
// takes most of a second to see one phone leave and the next come. The taps themselves
// come one after the other.
const (
	leastTaps   = 200
	benchStalls = 5
	// afterwards is how long the wallet's token takes at most to keep the purse's count,
	// which no tap waits for.
	afterwards = 40 * time.Millisecond
)

// BenchmarkTap measures the time in the field, from SELECT to the verified signed
// result: through a real PC/SC service and the virtual card, with a SoftHSM token on
// both sides, the real hardware environment between the wallet's two processes, and the
// terminal's journal synced before PAY leaves and the wallet's file before its answer does. It
// reports where that time goes, and works out what it is over the air.
func BenchmarkTap(b *testing.B) {
	programs := tapVictims(b)
	world, tokens := tokenWorld(b, benchStalls)
	m, err := openMarket(b.Context(), programs, world, tokens)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := m.close(b.Context()); err != nil {
			b.Error(err)
		}
	}()
	var mu, turn sync.Mutex
	var all []partsOfTap
	group, ctx := errgroup.WithContext(b.Context())
	each := (max(leastTaps, b.N) + benchStalls - 1) / benchStalls
	b.ResetTimer()
	for _, s := range m.stalls {
		group.Go(func() error {
			for range each + 1 { // the first opens what is opened once
				taken, err := s.timedTap(ctx, &turn)
				if err == nil {
					err = s.leave(ctx)
				}
				if err == nil {
					err = s.dismiss(ctx)
				}
				if err != nil {
					return err
				}
				mu.Lock()
				all = append(all, taken)
				mu.Unlock()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	all = slices.DeleteFunc(all, func(p partsOfTap) bool { return p.first })
	median := map[string]float64{}
	for _, name := range partNames {
		median[name] = quantile(all, name, 0.5)
		b.ReportMetric(median[name], unit(name))
	}
	p50, p99 := quantile(all, "field", 0.5), quantile(all, "field", 0.99)
	b.ReportMetric(p50, "p50-ms")
	b.ReportMetric(p99, "p99-ms")
	b.ReportMetric(float64(all[0].apdus), "APDUs")
	b.ReportMetric(float64(all[0].bytes), "bytes")
	b.ReportMetric(float64(len(all)), "taps")
	transcript := m.stalls[0].transcript
	service, loopback := replay(b, transcript, true), replay(b, transcript, false)
	b.ReportMetric(service, "echo-service-ms")
	b.ReportMetric(loopback, "echo-loopback-ms")
	for _, line := range table(median, p50, p99, service, loopback) {
		fmt.Println(line)
	}
	for _, line := range overTheAir(transcript, p50, p99, service) {
		fmt.Println(line)
	}
}

func unit(name string) string {
	out := []byte(name)
	for i := range out {
		if out[i] == ' ' {
			out[i] = '-'
		}
	}
	return string(out) + "-ms"
}

// tokenWorld is a world whose terminals have their keys in SoftHSM tokens.
func tokenWorld(b *testing.B, shops int) (virtualrealm.World, []string) {
	fatal := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	world, err := virtualrealm.NewWorld(shops, time.Now())
	fatal(err)
	realm, err := virtualrealm.New("countersign/1", time.Now())
	fatal(err)
	world.Settlement, err = realm.Settlement("settlement-1")
	fatal(err)
	var dirs []string
	for n := range world.Shops {
		dir := filepath.Join(b.TempDir(), fmt.Sprint("token", n))
		made := makeToken(b, dir)
		dirs = append(dirs, dir)
		world.Shops[n].Terminal, err = realm.TerminalOf(made, protocol.ID(fmt.Sprintf("T-%04d", n+1)), fmt.Sprintf("Shop %d", n+1), world.Settlement)
		fatal(err)
		print, err := virtualrealm.NewFinger(world.Shops[n].Finger).Capture(rand.New(rand.NewPCG(1, 2)))
		fatal(err)
		world.Shops[n].Wallet, err = realm.Wallet(protocol.ID(fmt.Sprintf("W-%04d", n+1)), print, world.Settlement)
		fatal(err)
	}
	return world, dirs
}

// makeToken makes a terminal's keys.
func makeToken(b *testing.B, dir string) (made virtualrealm.Made) {
	tokens, err := virtualtoken.Make(dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Setenv(virtualtoken.Variable, tokens.Conf())
	config, err := tokens.Token("terminal")
	if err != nil {
		b.Fatal(err)
	}
	unit, err := secureunit.Open(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer unit.Close()
	for _, purpose := range []secureunit.Purpose{secureunit.Signing, secureunit.Agreement} {
		if _, err := unit.EnsureKey(b.Context(), purpose); err != nil {
			b.Fatal(err)
		}
	}
	made, err = publicOf(unit)
	if err != nil {
		b.Fatal(err)
	}
	return made
}

// partsOfTap is where the time of one tap went, in milliseconds.
type partsOfTap struct {
	ms           map[string]float64
	apdus, bytes int
	first        bool
}

// partNames are the parts, in the order in which they are told. "terminal" is all of the
// terminal's own time, "transmit" that within the PC/SC library; the others are within
// these two.
var partNames = []string{"field", "terminal", "terminal token", "terminal journal", "terminal rest",
	"transmit", "service and link", "client", "hops", "trusted", "trusted token", "trusted fsync", "trusted rest"}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// timedTap is one sale, and where its time went.
func (s *stall) timedTap(ctx context.Context, turn *sync.Mutex) (p partsOfTap, err error) {
	if err := s.begin(ctx, false); err != nil {
		return p, err
	}
	if _, err := s.askOf(ctx, s.wallet, "times", nil); err != nil { // forget what was before
		return p, err
	}
	if _, err := s.askOf(ctx, s.trusted, "times", nil); err != nil {
		return p, err
	}
	if err := s.find(ctx, visit{}); err != nil {
		return p, err
	}
	if err := s.await(ctx, "the phone was found", func() bool { return s.waits }); err != nil {
		return p, err
	}
	s.waits = false
	turn.Lock()
	defer turn.Unlock() // when what a tap leaves to be done is done too
	s.cashier("go", nil)
	if err := s.await(ctx, "it is paid", func() bool { return s.shows.Stage == "ended" }); err != nil {
		return p, err
	}
	t := s.shows.Took
	if err := s.await(ctx, "it is cleared", func() bool { return s.shows.Unsent == 0 }); err != nil {
		return p, err
	}
	victim.Pause(ctx, afterwards)
	client, err := s.times(ctx, s.wallet)
	if err != nil {
		return p, err
	}
	trusted, err := s.times(ctx, s.trusted)
	if err != nil {
		return p, err
	}
	p = partsOfTap{apdus: int(t["apdus"]), bytes: int(t["bytes"]), first: s.last == 101, ms: map[string]float64{
		"field": ms(t["field"]), "transmit": ms(t["transmit"]), "terminal": ms(t["field"] - t["transmit"]),
		"terminal token": ms(t["token"]), "terminal journal": ms(t["journal tap-pay"]),
		"terminal rest":    ms(t["field"] - t["transmit"] - t["token"] - t["journal tap-pay"]),
		"service and link": ms(t["transmit"] - client["client"]), "client": ms(client["client"] - client["tee"]),
		"hops": ms(client["tee"] - trusted["command"]), "trusted": ms(trusted["command"]), "trusted token": ms(trusted["sign"]),
		"trusted fsync": ms(trusted["fsync"]), "trusted rest": ms(trusted["command"] - trusted["sign"] - trusted["fsync"]),
	}}
	return p, nil
}

func (s *stall) times(ctx context.Context, of *process) (map[string]time.Duration, error) {
	raw, err := s.askOf(ctx, of, "times", nil)
	var t map[string]time.Duration
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	return t, err
}

// quantile is one of a part, by the nearest rank.
func quantile(all []partsOfTap, part string, q float64) float64 {
	var list []float64
	for _, p := range all {
		list = append(list, p.ms[part])
	}
	slices.Sort(list)
	return list[min(len(list)-1, int(q*float64(len(list))))]
}

// table says where the time went.
func table(median map[string]float64, p50, p99, service, loopback float64) []string {
	lines := []string{fmt.Sprintf("in the field, SELECT to verified result: p50 %.1f ms, p99 %.1f ms; medians of the parts:", p50, p99)}
	indent := map[string]string{"terminal": "  ", "transmit": "  ", "client": "    ", "hops": "    ", "trusted": "    ", "service and link": "    "}
	for _, name := range partNames[1:] {
		in, known := indent[name]
		if !known {
			in = "      "
		}
		lines = append(lines, fmt.Sprintf("%-28s %6.2f ms", in+name, median[name]))
	}
	return append(lines, fmt.Sprintf("the same APDUs answered at once: %.2f ms through the service, %.2f ms over loopback: the service takes %.2f ms of a tap",
		service, loopback, service-loopback))
}
