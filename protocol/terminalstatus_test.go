package protocol_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// terminalStatus is of a terminal whose printer wants paper.
func (s scene) terminalStatus() protocol.TerminalStatus {
	return protocol.TerminalStatus{
		At: protocol.At(s.now()), Version: "1.6.0", Clock: protocol.ClockSynchronised, Shift: 12, ShiftSince: protocol.At(s.now()) - 3600,
		Open: 2, Unknown: 1, Reversals: 1, Unsent: 3, LastSale: protocol.At(s.now()) - 60,
		Devices: []protocol.DeviceStatus{
			{Kind: protocol.DeviceSecureUnit, State: protocol.DeviceWorking}, {Kind: protocol.DeviceCamera, State: protocol.DeviceFailed},
			{Kind: protocol.DevicePrinter, State: protocol.DeviceAttention},
		},
		Sequence: 4711, Head: sha256.Sum256([]byte("journal")), ZNumber: 11, ZHash: sha256.Sum256([]byte("Z")), CertificateEnd: protocol.At(s.now()) + 86400,
	}
}

func TestRangesOfTerminalStatuses(t *testing.T) {
	s := newScene(t)
	type P = protocol.TerminalStatus
	ranged(t, s.terminalStatus, map[string]func(p *P){
		"after all time": func(p *P) { p.At = afterAllTime }, "no version": func(p *P) { p.Version = "" },
		"version too long": func(p *P) { p.Version = strings.Repeat("1", 49) }, "version not UTF-8": func(p *P) { p.Version = "\xff" },
		"clock unheard of": func(p *P) { p.Clock = 3 }, "shift without beginning": func(p *P) { p.ShiftSince = 0 }, "shift without number": func(p *P) { p.Shift = 0 },
		"shift after all time": func(p *P) { p.ShiftSince = afterAllTime }, "too many open": func(p *P) { p.Open = 1<<20 + 1 },
		"too many unknown": func(p *P) { p.Unknown = 1<<20 + 1 }, "too many reversals": func(p *P) { p.Reversals = 1<<20 + 1 }, "too many unsent": func(p *P) { p.Unsent = 1<<20 + 1 },
		"last sale after all time": func(p *P) { p.LastSale = afterAllTime }, "no list of devices": func(p *P) { p.Devices = nil },
		"device 0": func(p *P) { p.Devices[0].Kind = 0 }, "device unheard of": func(p *P) { p.Devices[2].Kind = 10 }, "state 0": func(p *P) { p.Devices[0].State = 0 },
		"state unheard of": func(p *P) { p.Devices[0].State = 4 }, "a device twice": func(p *P) { p.Devices[1] = p.Devices[0] },
		"devices in another order": func(p *P) { p.Devices[0], p.Devices[1] = p.Devices[1], p.Devices[0] },
		"head of no record":        func(p *P) { p.Sequence = 0 }, "record without head": func(p *P) { p.Head = protocol.Hash{} },
		"hash of no Z": func(p *P) { p.ZNumber = 0 }, "Z without hash": func(p *P) { p.ZHash = protocol.Hash{} },
		"certificate after all time": func(p *P) { p.CertificateEnd = afterAllTime },
	})
	fresh := func() P { return P{At: 1, Version: "1", Devices: []protocol.DeviceStatus{}, CertificateEnd: 2} }
	ranged(t, fresh, nil)
	if state, ok := s.terminalStatus().Device(protocol.DevicePrinter); !ok || state != protocol.DeviceAttention {
		t.Errorf("printer is in %v, %v", state, ok)
	}
	if _, ok := s.terminalStatus().Device(protocol.DeviceSpeaker); ok {
		t.Error("a device that nobody has is in some state")
	}
}

// Keys and states are part of what other programs read.
func TestNamesOfDevices(t *testing.T) {
	for k, want := range map[protocol.DeviceKind]string{protocol.DeviceSecureUnit: "secure-unit", protocol.DeviceStorage: "storage", 0: "device 0", 10: "device 10"} {
		if have := k.String(); have != want {
			t.Errorf("%q, want %q", have, want)
		}
	}
	for s, want := range map[protocol.DeviceState]string{protocol.DeviceWorking: "working", protocol.DeviceFailed: "failed", 0: "device state 0", 4: "device state 4"} {
		if have := s.String(); have != want {
			t.Errorf("%q, want %q", have, want)
		}
	}
}

func terminalStatusVectors(p *press) {
	s := p.s
	signedKind(p, "A terminal says how it is.", "cs1/terminal-status", "T-0001", s.Terminal.Key, s.terminalStatus())
	raw := protocoltest.Sign(p.t, s.Terminal.Key, s.terminalStatus()).Bytes()
	p.invalid("no version", p.edited(raw, 2, ""), "ErrRange", false)
	p.invalid("clock unheard of", p.edited(raw, 3, 3), "ErrRange", false)
	p.invalid("shift without beginning", p.edited(raw, 5, 0), "ErrRange", false)
	p.invalid("too many unsent", p.edited(raw, 9, 1<<20+1), "ErrRange", false)
	p.invalid("device unheard of", p.edited(raw, 11, [][2]int{{10, 1}}), "ErrRange", false)
	p.invalid("devices in another order", p.edited(raw, 11, [][2]int{{2, 1}, {1, 1}}), "ErrRange", true)
	p.invalid("no list of devices", p.edited(raw, 11, nil), "ErrRange", false)
	p.invalid("record without head", p.edited(raw, 13, make([]byte, 32)), "ErrRange", true)
	p.invalid("Z without hash", p.edited(raw, 15, make([]byte, 32)), "ErrRange", true)
	p.invalid("certificate after all time", p.edited(raw, 16, afterAllTime), "ErrRange", false)
}
