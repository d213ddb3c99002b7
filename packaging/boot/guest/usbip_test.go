package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"
)

// host is a kernel's side of USB/IP.
type host struct {
	*testing.T
	wire   net.Conn
	number uint32
}

// plugged is a gadget on a bus that is served until the test ends.
func plugged(t *testing.T, g gadget) *host {
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { done <- (&bus{gadget: g, host: theirs}).serve(ctx) }()
	t.Cleanup(func() {
		stop()
		ours.Close()
		if err := <-done; err == nil {
			t.Error("a bus without a host went on")
		}
	})
	return &host{T: t, wire: ours}
}

// submit sends a transfer and returns its number.
func (h *host) submit(in bool, endpoint uint32, setup []byte, length int, data []byte) uint32 {
	h.Helper()
	h.number++
	message := make([]byte, headerSize)
	binary.BigEndian.PutUint32(message, submit)
	binary.BigEndian.PutUint32(message[4:], h.number)
	if in {
		binary.BigEndian.PutUint32(message[12:], 1)
	}
	binary.BigEndian.PutUint32(message[16:], endpoint)
	binary.BigEndian.PutUint32(message[24:], uint32(length))
	copy(message[40:], setup)
	if _, err := h.wire.Write(append(message, data...)); err != nil {
		h.Fatal(err)
	}
	return h.number
}

// answer reads an answer to a transfer.
func (h *host) answer(in bool) (number uint32, status int32, data []byte, done int) {
	h.Helper()
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(h.wire, header); err != nil {
		h.Fatal(err)
	}
	number, status = binary.BigEndian.Uint32(header[4:]), int32(binary.BigEndian.Uint32(header[20:]))
	done = int(binary.BigEndian.Uint32(header[24:]))
	if in {
		data = make([]byte, done)
		if _, err := io.ReadFull(h.wire, data); err != nil {
			h.Fatal(err)
		}
	}
	return number, status, data, done
}

// Configurations say of themselves what they are, to the byte, or no kernel takes them.
func TestDescriptors(t *testing.T) {
	for name, g := range map[string]gadget{"camera": newCamera(), "printer": &printer{paper: io.Discard}} {
		if d := g.descriptor(1, 0); len(d) != 18 || d[0] != 18 {
			t.Errorf("%s: its device is %d bytes", name, len(d))
		}
		whole := g.descriptor(2, 0)
		if told := int(binary.LittleEndian.Uint16(whole[2:])); told != len(whole) {
			t.Errorf("%s: a configuration of %d bytes says %d", name, len(whole), told)
		}
		for rest := whole; len(rest) > 0; rest = rest[rest[0]:] {
			if rest[0] < 2 || int(rest[0]) > len(rest) {
				t.Fatalf("%s: % x is cut off", name, rest)
			}
		}
		if g.descriptor(3, 3) == nil || g.descriptor(3, 4) != nil || g.descriptor(6, 0) != nil {
			t.Errorf("%s: strings", name)
		}
	}
}

func TestControl(t *testing.T) {
	h := plugged(t, newCamera())
	h.submit(true, 0, []byte{0x80, getDesc, 0, 1, 0, 0, 8, 0}, 8, nil)
	if _, status, data, _ := h.answer(true); status != 0 || !bytes.Equal(data, newCamera().descriptor(1, 0)[:8]) {
		t.Errorf("its device: %d, % x", status, data)
	}
	h.submit(true, 0, []byte{0x80, getDesc, 0, 6, 0, 0, 10, 0}, 10, nil)
	if _, status, data, _ := h.answer(true); status != stalled || len(data) != 0 {
		t.Errorf("what it has not: %d, % x", status, data)
	}
}

func TestPaper(t *testing.T) {
	var paper bytes.Buffer
	h := plugged(t, &printer{paper: &paper})
	h.submit(false, 1, nil, 7, []byte("Receipt"))
	if _, status, _, done := h.answer(false); status != 0 || done != 7 || paper.String() != "Receipt" {
		t.Errorf("%d, %d, %q", status, done, paper.String())
	}
	// It says nothing by itself: who waits for that takes the transfer back.
	waiting := h.submit(true, 2, nil, 64, nil)
	message := make([]byte, headerSize)
	binary.BigEndian.PutUint32(message, unlink)
	binary.BigEndian.PutUint32(message[4:], 99)
	binary.BigEndian.PutUint32(message[20:], waiting)
	if _, err := h.wire.Write(message); err != nil {
		t.Fatal(err)
	}
	if number, status, _, _ := h.answer(false); number != 99 || status != takenBack {
		t.Errorf("taken back: %d, %d", number, status)
	}
}

// A picture comes whole, in transfers of which the last is short.
func TestPicture(t *testing.T) {
	h := plugged(t, newCamera())
	const transfer = 16 << 10
	for range 2 {
		total := 0
		for short := false; !short; {
			h.submit(true, 1, nil, transfer, nil)
			_, status, data, _ := h.answer(true)
			if status != 0 {
				t.Fatal(status)
			}
			if total == 0 && (data[0] != 2 || data[1]&0x82 != 0x82) {
				t.Fatalf("a header of % x", data[:2])
			}
			total += len(data)
			short = len(data) < transfer
		}
		if total != 2+pictureSize {
			t.Fatalf("a picture of %d bytes", total)
		}
	}
}

func TestTimeAnswer(t *testing.T) {
	request := make([]byte, 48)
	request[0] = 4<<3 | 3
	copy(request[40:], "sent now")
	now := time.Unix(1e9, 5e8)
	got := timeAnswer(request, now)
	if got[0] != 4<<3|4 || got[1] != 1 || string(got[24:32]) != "sent now" {
		t.Errorf("% x", got)
	}
	if s := binary.BigEndian.Uint64(got[40:]); s != (1e9+since1900)<<32|1<<31 {
		t.Errorf("it says %x", s)
	}
	for _, other := range [][]byte{nil, request[:47], append([]byte{4<<3 | 4}, request[1:]...)} {
		if timeAnswer(other, now) != nil {
			t.Errorf("answered % x", other)
		}
	}
}
