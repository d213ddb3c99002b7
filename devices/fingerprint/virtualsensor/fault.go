//go:build linux

package virtualsensor

import "countersign/devices/fingerprint/wire"

// Fault is something that goes wrong once.
type Fault int

// What can go wrong. Those in mid-picture happen in the next picture sent, in its middle
// where nothing else is said.
const (
	BadChecksum   Fault = iota // a data packet with a wrong sum
	LostPacket                 // a data packet is missing
	WrongKind                  // a whole, right packet of kind Ack in the picture
	Silence                    // the picture stops in the middle, for good
	Garbage                    // bytes that are no packet, in the picture
	HangUp                     // unplugged in the middle of the picture
	Duplicate                  // a data packet comes twice
	WrongLength                // a data packet that announces one byte fewer than it has
	ShortLast                  // the last packet is right but for half its bytes, which are missing
	EarlyEnd                   // the picture ends, in all form, at half its bytes
	Endless                    // data packets that never come to a last one, up to twice the picture
	Mute                       // the next command gets no answer
	GarbledAnswer              // the next command's answer arrives damaged
	OtherAddress               // the next command is answered as from another address
	KeepsSpeed                 // the next change of speed is confirmed and not made
	ShortAnswer                // the next ReadSysPara is answered with too few bytes
)

func (f Fault) inPicture() bool { return f <= Endless }

// first says how much of the picture is sent before f happens.
func (f Fault) first(length, packet int) int {
	if f == ShortLast {
		return (length - 1) / packet * packet
	}
	middle := length / 2 / packet * packet
	if f == EarlyEnd {
		return max(0, middle-packet) // so that the one that is spoilt makes it half
	}
	return middle
}

// concerns reports whether f can happen in answer to instruction i.
func (f Fault) concerns(i wire.Instruction) bool {
	switch f {
	case ShortAnswer:
		return i == wire.ReadSysPara
	case KeepsSpeed:
		return i == wire.SetSysPara
	}
	return !f.inPicture()
}

// fault is one that waits to happen.
type fault struct {
	Fault
	refuses     bool // answer the instruction with the confirmation instead
	instruction wire.Instruction
	code        wire.Confirmation
}

// Misbehave makes f happen once, after those asked for before.
func (s *Sensor) Misbehave(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{Fault: f})
}

// Refuse answers the next instruction i with the confirmation code c.
func (s *Sensor) Refuse(i wire.Instruction, c wire.Confirmation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{refuses: true, instruction: i, code: c})
}

// Behave forgets the faults that have not happened yet.
func (s *Sensor) Behave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// take removes and returns the first waiting fault that fits.
func (s *Sensor) take(fits func(fault) bool) (fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if fits(f) {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			return f, true
		}
	}
	return fault{}, false
}
