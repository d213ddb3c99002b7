package health

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"countersign/protocol"
)

// MostZs is how many Z reports are told at once: a month's.
const MostZs = 32

// Waiting is what is not ended yet.
type Waiting struct {
	// Open counts sales under way or not ended, Unknown those of them whose outcome is
	// not known, Reversals those that are being taken back, Unsent messages that settlement has
	// not had. More than protocol.MaxStatusCount are told as that many.
	Open, Unknown, Reversals, Unsent int
	// LastSale is when the last sale ended; the zero time before the first.
	LastSale time.Time
}

// Z is a Z report that was made.
type Z struct {
	Number uint64
	Hash   protocol.Hash
}

// Terminal is what is asked about. All functions are called from one goroutine, are to
// be quick, and must not be nil but for those that say so.
type Terminal struct {
	Version string
	Waiting func(ctx context.Context) (Waiting, error)
	// Shift returns the open shift's number and when it was opened; zeros for none.
	Shift func() (number uint64, since time.Time)
	// Devices returns the state of each device that the terminal is set up with, in
	// any order; of a kind that comes more than once the worst counts.
	Devices func() []protocol.DeviceStatus
	// Head returns the number and hash of the journal's last record; zeros for none.
	Head func() (sequence uint64, head protocol.Hash)
	// Zs returns the Z reports after a number, ascending, or the last MostZs of them.
	Zs func(ctx context.Context, after uint64) ([]Z, error)
	// CertificateEnd is when the terminal's certificate expires.
	CertificateEnd func() time.Time
	// Clock says what is known of the clock; nil for nothing. See SystemClock.
	Clock func() protocol.ClockState
	// Busy says that a customer is being served; nil for never.
	Busy func() bool
}

// Reporter collects and sends. Run it once.
type Reporter struct {
	Terminal Terminal
	// Sign signs with the terminal's key; Send hands to settlement, such as a
	// settlementclient.Client's SendStatus.
	Sign func(protocol.TerminalStatus) (*protocol.Signed[protocol.TerminalStatus], error)
	Send func(ctx context.Context, s *protocol.Signed[protocol.TerminalStatus]) error
	Now  func() time.Time
	Log  *slog.Logger
	// Every is how often a status is sent at least, Look how often it is looked whether something
	// has changed, and so the least time between two. Zero for a minute and 5 s.
	Every, Look time.Duration

	told    uint64 // the last Z report that settlement has
	failing bool
	last    protocol.TerminalStatus
	sent    time.Time // of the last try
	waited  time.Time // since when a status waits for a customer; zero for not
}

// Run sends until ctx ends.
func (r *Reporter) Run(ctx context.Context) {
	r.defaults()
	tick := time.NewTicker(r.Look)
	defer tick.Stop()
	for {
		r.turn(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *Reporter) defaults() {
	if r.Every == 0 {
		r.Every = time.Minute
	}
	if r.Look == 0 {
		r.Look = 5 * time.Second
	}
}

// turn looks, and sends if it is time or something has changed.
func (r *Reporter) turn(ctx context.Context) {
	status, err := r.collect(ctx)
	if err != nil {
		r.failed(ctx, err)
		return
	}
	now := r.Now()
	if due := now.Sub(r.sent) >= r.Every || now.Before(r.sent); !due && alike(status, r.last) {
		r.waited = time.Time{}
		return
	}
	if r.Terminal.Busy != nil && r.Terminal.Busy() {
		if r.waited.IsZero() {
			r.waited = now
		}
		if now.Sub(r.waited) < r.Every {
			return
		}
	}
	r.waited, r.sent = time.Time{}, now
	if err := r.tell(ctx, status); err != nil {
		r.failed(ctx, err)
		return
	}
	if r.failing {
		r.Log.InfoContext(ctx, "settlement hears this terminal's status again")
	}
	r.failing, r.last = false, status
}

// failed says so once.
func (r *Reporter) failed(ctx context.Context, err error) {
	if !r.failing && ctx.Err() == nil {
		r.Log.InfoContext(ctx, "status not sent", "reason", err.Error())
	}
	r.failing = true
}

// tell sends a status for each Z report that settlement may not have, and the status.
func (r *Reporter) tell(ctx context.Context, status protocol.TerminalStatus) error {
	var zs []Z
	if status.ZNumber > r.told {
		var err error
		if zs, err = r.Terminal.Zs(ctx, r.told); err != nil {
			return fmt.Errorf("look for Z reports: %w", err)
		}
		zs = zs[max(0, len(zs)-MostZs):]
	}
	for _, z := range zs {
		if z.Number >= status.ZNumber {
			break
		}
		earlier := status
		earlier.ZNumber, earlier.ZHash = z.Number, z.Hash
		if err := r.send(ctx, earlier); err != nil {
			return err
		}
		r.told = z.Number
	}
	if err := r.send(ctx, status); err != nil {
		return err
	}
	r.told = status.ZNumber
	return nil
}

func (r *Reporter) send(ctx context.Context, status protocol.TerminalStatus) error {
	signed, err := r.Sign(status)
	if err != nil {
		return fmt.Errorf("sign the status: %w", err)
	}
	return r.Send(ctx, signed)
}

// collect asks the terminal.
func (r *Reporter) collect(ctx context.Context) (s protocol.TerminalStatus, err error) {
	t := r.Terminal
	w, err := t.Waiting(ctx)
	if err != nil {
		return s, fmt.Errorf("count what is open: %w", err)
	}
	s = protocol.TerminalStatus{At: protocol.At(r.Now()), Version: version(t.Version), Open: count(w.Open), Unknown: count(w.Unknown), Reversals: count(w.Reversals), Unsent: count(w.Unsent),
		Devices: worst(t.Devices()), CertificateEnd: protocol.At(t.CertificateEnd())}
	if t.Clock != nil {
		s.Clock = t.Clock()
	}
	if !w.LastSale.IsZero() {
		s.LastSale = protocol.At(w.LastSale)
	}
	if number, since := t.Shift(); number != 0 {
		s.Shift, s.ShiftSince = number, protocol.At(since)
	}
	s.Sequence, s.Head = t.Head()
	zs, err := t.Zs(ctx, r.last.ZNumber)
	if err != nil {
		return s, fmt.Errorf("look for Z reports: %w", err)
	}
	s.ZNumber, s.ZHash = r.last.ZNumber, r.last.ZHash
	if len(zs) > 0 {
		s.ZNumber, s.ZHash = zs[len(zs)-1].Number, zs[len(zs)-1].Hash
	}
	return s, nil
}

// version is what fits of a version's name.
func version(name string) string {
	name = strings.ToValidUTF8(name[:min(len(name), protocol.MaxVersion)], "")
	return cmp.Or(name, "unknown")
}

func count(n int) uint32 { return uint32(min(max(n, 0), protocol.MaxStatusCount)) }

// worst brings devices into the order of a status, each kind once.
func worst(devices []protocol.DeviceStatus) []protocol.DeviceStatus {
	all := append([]protocol.DeviceStatus{}, devices...)
	slices.SortFunc(all, func(a, b protocol.DeviceStatus) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return int(b.State) - int(a.State)
	})
	return slices.CompactFunc(all, func(a, b protocol.DeviceStatus) bool { return a.Kind == b.Kind })
}

// alike says whether nobody would look at b for what a does not say: times and the
// journal's growth can wait for the minute.
func alike(a, b protocol.TerminalStatus) bool {
	return a.Version == b.Version && a.Clock == b.Clock && a.Shift == b.Shift && a.ZNumber == b.ZNumber && a.CertificateEnd == b.CertificateEnd &&
		a.Unknown == b.Unknown && a.Reversals == b.Reversals && (a.Unsent == 0) == (b.Unsent == 0) && slices.Equal(a.Devices, b.Devices)
}
