//go:build linux

package contactless_test

import (
	"context"
	"io"
	"net"
	"testing"

	"countersign/devices/contactless"
	"countersign/protocol/iso7816"
)

// BenchmarkAPDU compares one APDU of 240 bytes each way through the service and the
// virtual card with the same over a plain loopback connection to the same handler:
// the difference is what the service takes.
func BenchmarkAPDU(b *testing.B) {
	command := iso7816.Command{CLA: 0x80, INS: 0x52, Data: make([]byte, 120), Le: iso7816.MaxLe}
	b.Run("service", func(b *testing.B) {
		r := open(b, contactless.Options{})
		attach(b, 0, newPhone().options(nil))
		c := wait(b, r)
		defer c.Close()
		if _, err := c.Exchange(b.Context(), iso7816.Select(name)); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := c.Exchange(b.Context(), command); err != nil {
				b.Fatal(err)
			}
		}
		stats := c.Stats()
		b.ReportMetric(float64(stats.InTransmit.Microseconds())/float64(stats.APDUs), "µs-in-Transmit/op")
	})
	b.Run("loopback", func(b *testing.B) {
		transmit := loopback(b, newPhone().session)
		if _, _, err := iso7816.Exchange(b.Context(), transmit, iso7816.Select(name)); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, _, err := iso7816.Exchange(b.Context(), transmit, command); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// loopback carries APDUs to a session over TCP and nothing else: a byte more says
// how long each is, which no short APDU of this benchmark exceeds.
func loopback(b *testing.B, s *iso7816.Session) iso7816.Transmit {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			apdu, err := receive(conn)
			if err != nil {
				return
			}
			if send(conn, s.Handle(context.Background(), apdu)) != nil {
				return
			}
		}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(); _ = l.Close(); <-served })
	return func(_ context.Context, apdu []byte) ([]byte, error) {
		if err := send(conn, apdu); err != nil {
			return nil, err
		}
		return receive(conn)
	}
}

func send(w io.Writer, apdu []byte) error {
	_, err := w.Write(append([]byte{byte(len(apdu))}, apdu...))
	return err
}

func receive(r io.Reader) ([]byte, error) {
	var n [1]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	apdu := make([]byte, n[0])
	_, err := io.ReadFull(r, apdu)
	return apdu, err
}
