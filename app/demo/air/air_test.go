package air

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"countersign/devices/contactless/virtualcard"
)

// driver is the reader's end, as vpcd speaks it.
type driver struct {
	*testing.T
	net.Conn
}

// field listens as a virtual reader does, with the air before it.
func field(t *testing.T) (*Air, func() driver) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	a, err := Open(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, func() driver {
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		return driver{t, conn}
	}
}

func (d driver) say(payload ...byte) {
	d.Helper()
	if _, err := d.Write(frame(payload)); err != nil {
		d.Fatal(err)
	}
}

func (d driver) hear() []byte {
	d.Helper()
	var header [2]byte
	if _, err := io.ReadFull(d, header[:]); err != nil {
		d.Fatal(err)
	}
	payload := make([]byte, binary.BigEndian.Uint16(header[:]))
	if _, err := io.ReadFull(d, payload); err != nil {
		d.Fatal(err)
	}
	return payload
}

// echo is a card that answers each APDU with it and 9000.
func echo(t *testing.T, a *Air) *virtualcard.Card {
	t.Helper()
	card, err := virtualcard.Attach(t.Context(), a.Address(), virtualcard.Options{
		Handler: func(_ context.Context, apdu []byte) []byte { return append(bytes.Clone(apdu), 0x90, 0x00) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { card.Close() })
	return card
}

func TestPassesAndRecords(t *testing.T) {
	a, reader := field(t)
	card := echo(t, a)
	d := reader()
	d.say(powerOn)
	<-card.Powered()
	d.say(askForReset)
	if got := d.hear(); !bytes.Equal(got, virtualcard.PhoneATR()) {
		t.Errorf("answer to reset % X", got)
	}
	for _, apdu := range [][]byte{{0, 0xA4, 4, 0}, {0x80, 0x50, 0, 0, 1, 7}} {
		d.say(apdu...)
		if got := d.hear(); !bytes.Equal(got, append(bytes.Clone(apdu), 0x90, 0)) {
			t.Errorf("% X came back as % X", apdu, got)
		}
	}
	heard := a.Heard()
	if len(heard) != 2 || heard[1].Command[1] != 0x50 || len(heard[1].Answer) != 8 || len(a.Heard()) != 0 {
		t.Errorf("heard %v", heard)
	}
	d.Close()
	<-card.Done()
}

// The field is lost in the middle of one instruction's answer, and of no other's; then
// it is there again.
func TestCut(t *testing.T) {
	a, reader := field(t)
	a.CutWithin(0x52)
	card := echo(t, a)
	d := reader()
	d.say(0x80, 0x50, 0, 0)
	d.hear()
	d.say(0x80, 0x52, 0, 0)
	rest, err := io.ReadAll(d)
	if err != nil || !bytes.Equal(rest, []byte{0, 6, 0x80, 0x52, 0}) {
		t.Errorf("% X came of the answer that is cut, %v", rest, err)
	}
	<-card.Done()
	if heard := a.Heard(); len(heard) != 2 || len(heard[1].Answer) != 3 {
		t.Errorf("heard %v", heard)
	}
	echo(t, a)
	again := reader()
	again.say(0x80, 0x52, 0, 0)
	if got := again.hear(); len(got) != 6 {
		t.Errorf("% X", got)
	}
}

// A stranger's reader has the phone, and the shop's has not.
func TestStranger(t *testing.T) {
	a, _ := field(t)
	wait := a.Stranger()
	card := echo(t, a)
	s, err := wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	<-card.Powered()
	if got, err := s.Transmit([]byte{0, 0xA4, 4, 0}); err != nil || len(got) != 6 {
		t.Errorf("% X, %v", got, err)
	}
	if heard := a.Heard(); len(heard) != 1 {
		t.Errorf("heard %v", heard)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-card.Done()
	never, stop := context.WithCancel(t.Context())
	stop()
	if _, err := a.Stranger()(never); err == nil {
		t.Error("a phone that never came")
	}
}
