package main

import (
	"context"
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/program/virtualrealm"
	"countersign/devices/contactless"
	"countersign/devices/contactless/virtualcard"
	"countersign/devices/contactless/virtualreader"
	"countersign/devices/secureunit"
	"countersign/protocol/iso7816"
)

// publicOf returns the public halves of a terminal's keys.
func publicOf(unit *secureunit.Unit) (made virtualrealm.Made, err error) {
	signer, err := unit.Signer(secureunit.Signing)
	if err != nil {
		return made, err
	}
	agreement, err := unit.Agreement()
	if err != nil {
		return made, err
	}
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok {
		return made, errors.New("not a key on P-256")
	}
	return virtualrealm.Made{Signing: public, Agreement: agreement.PublicKey()}, nil
}

// replays is how often the same APDUs are exchanged.
const replays = 100

// replay exchanges the APDUs of a tap with a card that knows all answers, and returns
// how long that takes in the median, in milliseconds: through a PC/SC service, or over
// loopback alone.
func replay(b *testing.B, transcript [][2][]byte, service bool) float64 {
	var commands []iso7816.Command
	var data []byte
	for _, one := range transcript {
		c, err := iso7816.ParseCommand(one[0])
		if err != nil {
			b.Fatal(err)
		}
		if c.INS == iso7816.InsGetResponse {
			continue // Exchange makes these, and the links
		}
		data = append(data, c.Data...)
		if c.CLA&iso7816.ChainBit == 0 {
			c.Data, data = data, nil
			c.Le = iso7816.MaxLe
			commands = append(commands, c)
		}
	}
	n := 0
	answer := func(context.Context, []byte) []byte {
		n++
		return slices.Clone(transcript[(n-1)%len(transcript)][1])
	}
	exchange := overLoopback(b, answer)
	if service {
		exchange = throughService(b, answer)
	}
	var took []float64
	for range replays {
		n = 0
		began := time.Now()
		for _, c := range commands {
			if err := exchange(c); err != nil {
				b.Fatal(err)
			}
		}
		took = append(took, ms(time.Since(began)))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

func throughService(b *testing.B, answer virtualcard.Handler) func(iso7816.Command) error {
	dir, err := os.MkdirTemp("", "echo") // shorter than the test's own
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	daemon, err := virtualreader.Start(b.Context(), virtualreader.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = daemon.Close() })
	name, value, _ := strings.Cut(daemon.Env(), "=")
	b.Setenv(name, value)
	reader, err := contactless.Open(b.Context(), contactless.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = reader.Close() })
	card, err := virtualcard.Attach(b.Context(), daemon.Address(0), virtualcard.Options{Handler: answer})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = card.Close() })
	found, err := reader.Wait(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = found.Close() })
	return func(c iso7816.Command) error {
		_, err := found.Exchange(b.Context(), c)
		return err
	}
}

func overLoopback(b *testing.B, answer virtualcard.Handler) func(iso7816.Command) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			apdu, err := receiveFrame(conn)
			if err != nil || sendFrame(conn, answer(b.Context(), apdu)) != nil {
				return
			}
		}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(); _ = l.Close(); <-done })
	transmit := func(_ context.Context, apdu []byte) ([]byte, error) {
		if err := sendFrame(conn, apdu); err != nil {
			return nil, err
		}
		return receiveFrame(conn)
	}
	return func(c iso7816.Command) error {
		_, _, err := iso7816.Exchange(b.Context(), transmit, c)
		return err
	}
}

func sendFrame(w io.Writer, payload []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(payload))), payload...))
	return err
}

func receiveFrame(r io.Reader) ([]byte, error) {
	var n [2]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, binary.BigEndian.Uint16(n[:]))
	_, err := io.ReadFull(r, payload)
	return payload, err
}

// What the air takes, by ISO/IEC 14443 type A.
const (
	// frameSize is the longest frame that readers and phones usually agree on (FSDI and
	// FSCI 8), and blockBytes what a frame has beside the APDU's bytes: PCB, and two of CRC.
	frameSize  = 256
	blockBytes = 3
	// bitsPerByte has the parity bit; a frame has start and end besides.
	bitsPerByte, frameBits = 9, 3
	// turnMS is the silence between two frames: the standard's least, 1172/fc, is 86 µs; a reader needs
	// about twice that.
	turnMS = 0.2
	// activationMS is REQA, anticollision, SELECT, RATS and PPS, before the field counts as a card's.
	activationMS = 10
)

// phones are how long a phone's host card emulation takes for one APDU, from the last bit
// that it hears to the first that it says, its application's own work apart, in milliseconds: an
// assumption, not a measurement.
var phones = []float64{15, 30}

// overTheAir works out what a tap takes between a real reader and a real phone.
func overTheAir(transcript [][2][]byte, p50, p99, service float64) (lines []string) {
	lines = append(lines, fmt.Sprintf("on paper, type A, frames of %d bytes, %d bytes of framing each, %.1f ms between two, %d ms of activation; ours is the measured time less the PC/SC service's:",
		frameSize, blockBytes, turnMS, activationMS))
	for _, rate := range []float64{106, 424} {
		air := 0.0
		for _, apdu := range transcript {
			for _, payload := range apdu {
				air += inAir(len(payload), rate)
			}
		}
		for _, phone := range phones {
			total := func(ours float64) float64 {
				return activationMS + air + phone*float64(len(transcript)) + ours - service
			}
			lines = append(lines, fmt.Sprintf("  %3.0f kbit/s, a phone of %2.0f ms an APDU: air %5.1f ms, phone %3.0f ms, ours %4.1f (p99 %4.1f) ms, in all %3.0f (p99 %3.0f) of 500 ms",
				rate, phone, air, phone*float64(len(transcript)), p50-service, p99-service, total(p50), total(p99)))
		}
	}
	return lines
}

// inAir is how long an APDU is in the air, in ms: its frames, and an acknowledgement of
// each but the last.
func inAir(bytes int, rate float64) (took float64) {
	most := frameSize - blockBytes
	for {
		part := min(bytes, most)
		took += (float64(part+blockBytes)*bitsPerByte+frameBits)/rate + turnMS
		if bytes -= part; bytes <= 0 {
			return took
		}
		took += (blockBytes*bitsPerByte+frameBits)/rate + turnMS // R(ACK)
	}
}
