//go:build linux

package main

import (
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/app/terminal/sale"
	"countersign/devices/camera"
	"countersign/devices/camera/virtualcamera"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// leastSales is how many sales a percentile is taken over at least.
const leastSales = 200

// BenchmarkScanToApproved measures what a customer waits for after the payment
// code is in view and the finger was read: from the first picture of it, 1280×720
// at 5 pixels a module, handed to the decoder, to the till's word that the sale is
// paid. Tokens are SoftHSM, settlement is its program on loopback, all files are
// synced. Beside the whole it reports the median of each part, and of settlement's
// own.
func BenchmarkScanToApproved(b *testing.B) {
	s := openShop(b)
	if err := s.lens.Close(); err != nil { // the pictures come from here, not at 15 a second from a stream
		b.Fatal(err)
	}
	m := &stopwatch{frames: make(chan *image.Gray, 1)}
	c := s.openCounter(b, func(_ *counter, _ *sale.Settings, ports *sale.Ports) {
		m.Journal = ports.Journal
		show := ports.Show
		ports.Codes, ports.Fingers, ports.Journal = m, m, m
		ports.Show = func(v sale.View) { m.look(v); show(v) }
	})
	captured := s.capture(s.owner)
	renderer, err := virtualcamera.NewRenderer(virtualcamera.Light{MinModule: 5, MaxModule: 5, Roll: 10, Tilt: 10, Blur: 0.8, Noise: 4, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var whole, theirs samples
	parts := map[string]*samples{}
	one := func(measured bool) {
		m.template = jittered(b, captured, random)
		request := c.begin()
		frame := m.picture(b, renderer, c.pay(s.owner, request, nil))
		if measured {
			b.StartTimer()
		}
		m.frames <- frame
		v := c.until("the end", func(v sale.View) bool { return v.Stage == sale.Ended })
		if measured {
			b.StopTimer()
		}
		if v.Ending != sale.Paid {
			b.Fatalf("ended %s %q\n%s", v.Ending, v.Reason, s.said.Tail())
		}
		c.quiet() // the acknowledgement is not the customer's wait
		if err := c.till.Dismiss(); err != nil {
			b.Fatal(err)
		}
		m.collect(&whole, parts)
		collectSteps(b, s.said, request, parts)
		collectTheirs(b, s.ledger.Log, request, &theirs)
	}
	one(false) // opens the connection
	whole, theirs, parts = nil, nil, map[string]*samples{}
	b.ResetTimer()
	b.StopTimer()
	for b.StartTimer(); b.Loop(); b.StartTimer() {
		b.StopTimer()
		one(true)
	}
	for len(whole) < leastSales {
		one(false)
	}
	b.ReportMetric(whole.at(0.50), "p50-ms")
	b.ReportMetric(whole.at(0.99), "p99-ms")
	for name, p := range parts {
		b.ReportMetric(p.at(0.50), name+"-ms")
	}
	b.ReportMetric(theirs.at(0.50), "settlement-ms")
	b.ReportMetric(float64(len(whole)), "sales")
}

// samples are times in milliseconds.
type samples []float64

// at is a quantile by the nearest rank.
func (s samples) at(q float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func (s *samples) add(d time.Duration) { *s = append(*s, float64(d.Microseconds())/1000) }

// stopwatch is camera, sensor and journal of the till: the camera looks at the one
// picture that it is given, the sensor's work is done already, and each tells how
// long it took.
type stopwatch struct {
	sale.Journal
	frames   chan *image.Gray
	template protocol.Template

	mu              sync.Mutex
	began, ended    time.Time
	decode, journal time.Duration
}

// Scan decodes the next picture; its arrival begins the measurement.
func (m *stopwatch) Scan(ctx context.Context, want func(string) bool) (string, error) {
	for {
		select {
		case frame := <-m.frames:
			began := time.Now()
			found, err := camera.Decode(frame)
			m.mu.Lock()
			m.began, m.ended, m.decode, m.journal = began, time.Time{}, time.Since(began), 0
			m.mu.Unlock()
			if err != nil {
				return "", err
			}
			for _, code := range found {
				if want(code.Text) {
					return code.Text, nil
				}
			}
			return "", errors.New("the picture could not be decoded")
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (m *stopwatch) Read(context.Context, func(sale.FingerProgress)) (sale.Print, error) {
	return sale.Print{Template: m.template, Sensor: "R503", Captured: time.Now()}, nil
}

func (m *stopwatch) Lifted(context.Context) error { return nil }

func (m *stopwatch) Append(ctx context.Context, e sale.Entry) error {
	began := time.Now()
	err := m.Journal.Append(ctx, e)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended.IsZero() {
		m.journal += time.Since(began)
	}
	return err
}

// look ends the measurement when the cashier sees the end.
func (m *stopwatch) look(v sale.View) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v.Stage == sale.Ended && m.ended.IsZero() {
		m.ended = time.Now()
	}
}

func (m *stopwatch) collect(whole *samples, parts map[string]*samples) {
	m.mu.Lock()
	defer m.mu.Unlock()
	whole.add(m.ended.Sub(m.began))
	part(parts, "decode").add(m.decode)
	part(parts, "journal").add(m.journal)
}

func part(parts map[string]*samples, name string) *samples {
	if parts[name] == nil {
		parts[name] = &samples{}
	}
	return parts[name]
}

// collectSteps takes the till's own word for how long its steps took. Spending
// the code contains one of the journal's four entries.
func collectSteps(b *testing.B, l *programtest.Log, request *protocol.Signed[protocol.Request], parts map[string]*samples) {
	b.Helper()
	names := map[int]string{9: "open", 10: "spend", 11: "seal-print", 12: "seal", 13: "round-trip", 15: "conclude"}
	numbers, ms := stepsIn(b, l.Take(), request.Hash().String())
	for i, number := range numbers {
		if name := names[number]; name != "" {
			p := part(parts, name)
			*p = append(*p, ms[i])
		}
	}
}

// collectTheirs adds up settlement's steps: opening, and deciding, whose time
// steps 14 and 15 both give.
func collectTheirs(b *testing.B, l *programtest.Log, request *protocol.Signed[protocol.Request], theirs *samples) {
	b.Helper()
	numbers, ms := stepsIn(b, l.Take(), request.Hash().String())
	total := 0.0
	for i, number := range numbers {
		if number != 14 {
			total += ms[i]
		}
	}
	*theirs = append(*theirs, total)
}

// picture is what the camera sees of a payment's code.
func (m *stopwatch) picture(tb testing.TB, r *virtualcamera.Renderer, text string) *image.Gray {
	tb.Helper()
	r.Look(symbol(tb, text, 4))
	for n := range uint64(50) {
		seen := r.Frame(n)
		gray := &image.Gray{Pix: slices.Clone(seen.Y), Stride: seen.YStride, Rect: seen.Rect}
		if found, err := camera.Decode(gray); err == nil && len(found) == 1 && found[0].Text == text {
			return gray // the first decodable one
		}
	}
	tb.Fatal("no picture could be decoded")
	return nil
}

// capture takes a wallet's finger as the terminal does.
func (s *shop) capture(w *wallet) protocol.Template {
	s.tb.Helper()
	reader := fingerprint.NewReader(fingerprint.Settings{Port: s.sensor.Path()}, extraction.Libfprint{}, minutiae.Small)
	defer reader.Close()
	s.sensor.Place(w.print(s.tb))
	defer s.sensor.Lift()
	template, _, _, err := reader.Read(s.tb.Context(), nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	return template
}

// jittered is another capture of the same finger, without a sensor: each minutia
// moved by a tenth of a millimetre at most.
func jittered(tb testing.TB, template protocol.Template, random *rand.Rand) protocol.Template {
	tb.Helper()
	points, err := minutiae.Decode(template)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range points {
		points[i].X = uint8(min(254, max(1, int(points[i].X)+random.IntN(3)-1)))
		points[i].Y = uint8(min(254, max(1, int(points[i].Y)+random.IntN(3)-1)))
	}
	again, err := minutiae.Encode(points, minutiae.Small)
	if err != nil {
		tb.Fatal(err)
	}
	return protocol.Template(again)
}
