package main

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"countersign/app/terminal/health"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/sale"
	"countersign/devices/secureunit"
	"countersign/protocol"
)

// kinds are the devices of the row of marks as settlement knows them.
var kinds = map[string]protocol.DeviceKind{
	"camera": protocol.DeviceCamera, "sensor": protocol.DeviceFingerprint, "reader": protocol.DeviceContactless,
	"printer": protocol.DevicePrinter, "imager": protocol.DeviceImager, "speaker": protocol.DeviceSpeaker,
}

// reporter tells settlement how this terminal is.
func (t *terminal) reporter() *health.Reporter {
	return &health.Reporter{
		Terminal: health.Terminal{
			Version: version(), Waiting: t.waitingFor, Shift: t.openShift, Devices: t.deviceStates, Zs: t.zsAfter, Clock: health.SystemClock,
			Head: func() (uint64, protocol.Hash) {
				sequence, head := t.journal.Head()
				return sequence, protocol.Hash(head)
			},
			CertificateEnd: func() time.Time { return t.papers.Current().Claims.Expires.Time() },
			Busy:           func() bool { return t.till.View().Stage != sale.Idle },
		},
		Sign: func(s protocol.TerminalStatus) (*protocol.Signed[protocol.TerminalStatus], error) {
			signer, err := t.unit.Signer(secureunit.Signing)
			if err != nil {
				return nil, err
			}
			return protocol.Sign(signer, s)
		},
		Send: t.client.SendStatus, Now: time.Now, Log: t.log,
	}
}

// version is the program's, as it was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version[:min(len(info.Main.Version), protocol.MaxVersion)]
}

// waitingFor is what is not ended yet.
func (t *terminal) waitingFor(ctx context.Context) (health.Waiting, error) {
	problems, err := t.logbook.Problems(ctx)
	if err != nil {
		return health.Waiting{}, err
	}
	open, err := t.journal.Open(ctx)
	if err != nil {
		return health.Waiting{}, err
	}
	w := health.Waiting{Open: len(open), Unknown: problems.Unknown, Reversals: problems.Reversals, Unsent: t.till.View().Unsent.Count}
	last, err := t.logbook.Find(ctx, logbook.Query{Limit: 1})
	if err == nil && len(last.Rows) == 1 {
		w.LastSale = last.Rows[0].Ended
	}
	return w, err
}

func (t *terminal) openShift() (number uint64, since time.Time) {
	if s := t.desk.Shift(); s.Open() {
		return s.Number, s.Opened
	}
	return 0, time.Time{}
}

// deviceStates are those of the row of marks, and of the token, without which nothing
// would be told.
func (t *terminal) deviceStates() []protocol.DeviceStatus {
	list := []protocol.DeviceStatus{{Kind: protocol.DeviceSecureUnit, State: protocol.DeviceWorking}}
	for _, m := range t.board.list() {
		kind, known := kinds[m.ID]
		if !known {
			continue
		}
		state := protocol.DeviceWorking
		switch {
		case m.Word == "receipt.printer.paper-low":
			state = protocol.DeviceAttention
		case m.Word != "":
			state = protocol.DeviceFailed
		}
		list = append(list, protocol.DeviceStatus{Kind: kind, State: state})
	}
	return list
}

// zsAfter are the Z reports after a number, ascending.
func (t *terminal) zsAfter(ctx context.Context, after uint64) ([]health.Z, error) {
	newest, err := t.books.Zs(ctx, 0, health.MostZs)
	if err != nil {
		return nil, err
	}
	var list []health.Z
	for _, z := range slices.Backward(newest) {
		if z.Number > after {
			list = append(list, health.Z{Number: z.Number, Hash: z.Message.Hash()})
		}
	}
	return list, nil
}
