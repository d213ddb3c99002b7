package capture_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"countersign/app/enrol/capture"
	"countersign/devices/fingerprint"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/protocoltest"
)

// finger makes a template out of a seed; noise moves every minutia by up to so
// many tenths of a millimetre, as another capture of the same finger would.
func finger(t *testing.T, seed uint64, noise int) []byte {
	t.Helper()
	shape, hand := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, uint64(noise)))
	var ms []minutiae.Minutia
	for range 30 {
		x, y := 20+shape.IntN(130), 20+shape.IntN(160)
		m := minutiae.Minutia{Kind: minutiae.Ending, Angle: uint8(shape.IntN(minutiae.AngleSteps))}
		if noise > 0 {
			x, y = x+hand.IntN(2*noise+1)-noise, y+hand.IntN(2*noise+1)-noise
		}
		m.X, m.Y = uint8(x), uint8(y)
		ms = append(ms, m)
	}
	template, err := minutiae.Encode(ms, minutiae.Large)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// reading is what a scripted reader answers next.
type reading struct {
	template []byte
	err      error
}

// script is a reader and the officer beside it.
type script struct {
	readings           []reading
	at                 time.Time
	given              [][]byte
	unclear, mismatch  int
	asked              []int
	advice             fingerprint.Advice
	left               int
	stopAt             int
	stop               context.CancelFunc
	reportedProgressAt fingerprint.Stage
}

func (s *script) Read(ctx context.Context, report func(fingerprint.Progress)) ([]byte, string, time.Time, error) {
	if len(s.readings) == 0 {
		<-ctx.Done()
		return nil, "", time.Time{}, ctx.Err()
	}
	next := s.readings[0]
	s.readings = s.readings[1:]
	report(fingerprint.Progress{Stage: fingerprint.Done})
	if next.err != nil {
		return nil, "", time.Time{}, next.err
	}
	template := bytes.Clone(next.template)
	s.given = append(s.given, template)
	return template, "R503", s.at, nil
}

func (s *script) Ready(_ context.Context, n int) error {
	s.asked = append(s.asked, n)
	if len(s.asked) == s.stopAt {
		s.stop()
	}
	return nil
}
func (s *script) Progress(p fingerprint.Progress) { s.reportedProgressAt = p.Stage }
func (s *script) Unclear(advice fingerprint.Advice, left int) {
	s.unclear++
	s.advice, s.left = advice, left
}
func (s *script) Mismatch() { s.mismatch++ }

func (s *script) wiped() bool {
	for _, template := range s.given {
		if !bytes.Equal(template, make([]byte, len(template))) {
			return false
		}
	}
	return true
}

func captures(t *testing.T, seed uint64, noise ...int) []reading {
	t.Helper()
	var all []reading
	for _, n := range noise {
		all = append(all, reading{template: finger(t, seed, n)})
	}
	return all
}

func join(parts ...[]reading) (all []reading) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

var errUnplugged = errors.New("pulled out")

func TestBest(t *testing.T) {
	unclear := []reading{{err: fingerprint.ErrFinger}}
	poor := []reading{{err: &fingerprint.PoorError{Flaw: fingerprint.TooLittleArea}}}
	for name, c := range map[string]struct {
		readings          []reading
		want              error
		best              int // of the captures given
		unclear, mismatch int
	}{
		"the middle one of three":     {captures(t, 1, 2, 0, 1), nil, 1, 0, 0},
		"unclear once":                {join(unclear, captures(t, 1, 0, 1, 2)), nil, 0, 1, 0},
		"too poor once":               {join(captures(t, 1, 0), poor, captures(t, 1, 1, 2)), nil, 0, 1, 0},
		"unclear three times":         {join(unclear, unclear, unclear), capture.ErrUnclear, 0, 3, 0},
		"two fingers, then one":       {join(captures(t, 1, 0, 1), captures(t, 2, 0), captures(t, 1, 0, 1, 2)), nil, 3, 0, 1},
		"never one finger":            {join(captures(t, 1, 0, 1), captures(t, 2, 0), captures(t, 1, 0), captures(t, 2, 0, 1), captures(t, 3, 0), captures(t, 4, 0), captures(t, 5, 0)), capture.ErrMismatch, 0, 0, 3},
		"sensor pulled out":           {join(captures(t, 1, 0, 1), []reading{{err: errUnplugged}}), errUnplugged, 0, 0, 0},
		"a template that is none":     {join(captures(t, 1, 0, 1), []reading{{template: []byte("no template")}}), minutiae.ErrSize, 0, 0, 0},
		"one finger, much displaced":  {captures(t, 1, 0, 1, 3), nil, 0, 0, 0},
		"stranger's finger is second": {join(captures(t, 1, 0), captures(t, 2, 0), captures(t, 1, 1), captures(t, 2, 0, 1, 2)), nil, 3, 0, 1},
	} {
		s := &script{readings: c.readings, at: time.Unix(1_800_000_000, 0)}
		got, err := capture.Best(t.Context(), s, s)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if s.unclear != c.unclear || s.mismatch != c.mismatch || c.unclear > 0 && (s.advice == "" || s.left != capture.Tries-c.unclear) {
			t.Errorf("%s: %d unclear, %d mismatches", name, s.unclear, s.mismatch)
		}
		if err == nil && (!got.Captured.Equal(s.at) || got.Sensor != "R503") {
			t.Errorf("%s: captured %v by %q", name, got.Captured, got.Sensor)
		}
		if err == nil && &got.Template[0] != &s.given[c.best][0] {
			t.Errorf("%s: another capture than number %d", name, c.best)
		}
		if err == nil {
			got.Wipe()
		}
		if c.want != minutiae.ErrSize && !s.wiped() {
			t.Errorf("%s: templates are left", name)
		}
	}
}

func TestBestEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s := &script{readings: captures(t, 1, 0, 1), stopAt: 3, stop: stop}
	if _, err := capture.Best(ctx, s, s); !errors.Is(err, context.Canceled) || !s.wiped() {
		t.Errorf("%v, wiped %v", err, s.wiped())
	}
}

func TestEnrolSealsToSettlementAlone(t *testing.T) {
	realm := protocoltest.New(t, "countersign/1")
	settlement, officer := realm.Settlement("settlement-1"), realm.Desk("D-0001")
	s := &script{at: realm.Now}
	var sent *protocol.Signed[protocol.TemplateDeposit]
	desk := capture.Desk{
		Reader: s, Officer: s, Signer: officer.Key, Certificate: officer.Certificate, Trust: realm.Trust(), Settlement: settlement.Certificate,
		Size: minutiae.Small, Clock: func() time.Time { return realm.Now },
		Deposit: func(_ context.Context, d *protocol.Signed[protocol.TemplateDeposit]) (string, error) {
			sent = d
			return "CS1E:CODE", nil
		},
	}
	s.readings = captures(t, 1, 2, 0, 1)
	agreed := &capture.Agreement{Text: "what was read", Name: "1/en", At: realm.Now.Add(-time.Minute), Finger: 2, Officer: "Officer 7"}
	code, err := desk.Enrol(t.Context(), "W-0001", agreed)
	if err != nil || code != "CS1E:CODE" {
		t.Fatalf("%q, %v", code, err)
	}
	deposit, err := sent.Verify(officer.Public(t))
	if err != nil || deposit.Wallet != "W-0001" || !deposit.Consent || deposit.Captured != protocol.At(realm.Now) {
		t.Fatalf("deposit %+v: %v", deposit, err)
	}
	consent, recorded, err := deposit.VerifyConsent(officer.Certificate.Unverified())
	if err != nil || !recorded || consent.Digest != sha256.Sum256([]byte("what was read")) || consent.Finger != 2 || consent.Officer != "Officer 7" {
		t.Errorf("consent %+v, %v", consent, err)
	}
	template, err := protocol.OpenEnrolledTemplate(settlement.Agreement, "countersign/1", "W-0001", deposit.Sealed)
	// Its 30 minutiae fit into a small template as they are.
	if err != nil || !bytes.Equal(template, finger(t, 1, 0)[:minutiae.Small]) {
		t.Errorf("settlement opens another template: %v", err)
	}
	if _, err := protocol.OpenEnrolledTemplate(settlement.Agreement, "countersign/1", "W-0002", deposit.Sealed); !errors.Is(err, protocol.ErrSealed) {
		t.Errorf("opened for another wallet: %v", err)
	}
	if !s.wiped() {
		t.Error("templates are left")
	}

	sent, s.asked = nil, nil
	if _, err := desk.Enrol(t.Context(), "W-0001", nil); !errors.Is(err, capture.ErrNoConsent) {
		t.Errorf("without consent: %v", err)
	}
	foreign := desk
	foreign.Settlement = protocoltest.New(t, "elsewhere/1").Settlement("settlement-1").Certificate
	if _, err := foreign.Enrol(t.Context(), "W-0001", agreed); !errors.Is(err, protocol.ErrOtherAuthority) {
		t.Errorf("another authority's settlement: %v", err)
	}
	foreign.Settlement = realm.Terminal("T-0001", "shop").Certificate
	if _, err := foreign.Enrol(t.Context(), "W-0001", agreed); !errors.Is(err, protocol.ErrRole) {
		t.Errorf("a terminal for settlement: %v", err)
	}
	foreign.Settlement = nil
	if _, err := foreign.Enrol(t.Context(), "W-0001", agreed); !errors.Is(err, capture.ErrNoSettlement) {
		t.Errorf("no settlement: %v", err)
	}
	if sent != nil || s.asked != nil {
		t.Error("a finger was asked for all the same")
	}
}
