//go:build linux

package virtualsensor_test

import (
	"bytes"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
)

// The driver's tests exercise the sensor through the driver; these look at the
// bytes on its line, as another host would see them.
//
// Other hosts did: two public Python clients of the family, each written against real
// sensors by people who do not know this one, read the made-up print 101_1 from it
// byte for byte, on Debian 12 with Python 3.11.2 and pyserial 3.5 at 57600 baud, paced:
//
//   - pyfingerprint 1.6 (github.com/bastianraschke/pyfingerprint, commit 83101c6),
//     unchanged, from a ZFM20: verifyPassword, getSystemParameters (0, 9, 162, 3,
//     0xFFFFFFFF, 2, 6), readImage until the finger came, downloadImage: 256 × 288
//     pixels, all 73,728 equal to the print's upper four bits.
//   - Adafruit CircuitPython Fingerprint 2.2.22 (commit fcfd44a), unchanged but for the two
//     modules of a microcontroller that it imports, from a ZFM20 and from an R503:
//     verify_password and read_sysparam, check_module (ZFM20), get_image, get_fpdata("image"):
//     36,864 and 18,432 bytes, all equal.
//
// To repeat the check, start a sensor with Place and point the client at its Path.

// host is the near end of the line.
type host struct {
	t       *testing.T
	port    *os.File
	decoder wire.Decoder
}

func connect(t *testing.T, path string, rate uint32) *host {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	settings.Cflag = settings.Cflag&^unix.CBAUD | rate
	settings.Ispeed, settings.Ospeed = rate, rate
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, settings); err != nil {
		t.Fatal(err)
	}
	port := os.NewFile(uintptr(fd), path)
	t.Cleanup(func() { port.Close() })
	return &host{t: t, port: port}
}

func (h *host) send(line ...byte) {
	h.t.Helper()
	if _, err := h.port.Write(line); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) command(payload ...byte) {
	h.t.Helper()
	b, err := wire.Append(nil, wire.Packet{Address: wire.AnyAddress, Kind: wire.Command, Payload: payload})
	if err != nil {
		h.t.Fatal(err)
	}
	h.send(b...)
}

func (h *host) receive() wire.Packet {
	h.t.Helper()
	if err := h.port.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	buffer := make([]byte, 1024)
	for {
		p, ok, err := h.decoder.Next()
		if err != nil {
			h.t.Fatal(err)
		}
		if ok {
			return p
		}
		n, err := h.port.Read(buffer)
		if err != nil {
			h.t.Fatal(err)
		}
		h.decoder.Write(buffer[:n])
	}
}

func (h *host) wantAck(code wire.Confirmation) wire.Packet {
	h.t.Helper()
	p := h.receive()
	if p.Kind != wire.Ack || wire.Confirmation(p.Payload[0]) != code {
		h.t.Fatalf("got kind %02x, payload %x; want %v", byte(p.Kind), p.Payload, code)
	}
	return p
}

// wantPowerUp takes the byte that an R503 sends when it gets power.
func (h *host) wantPowerUp() {
	h.t.Helper()
	b := make([]byte, 1)
	if err := h.port.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	if n, err := h.port.Read(b); n != 1 || b[0] != 0x55 {
		h.t.Fatalf("got %x, %v", b[:n], err)
	}
}

// silent reports whether nothing comes for d.
func (h *host) silent(d time.Duration) bool {
	h.t.Helper()
	if err := h.port.SetReadDeadline(time.Now().Add(d)); err != nil {
		h.t.Fatal(err)
	}
	n, err := h.port.Read(make([]byte, 16))
	return n == 0 && os.IsTimeout(err)
}

func start(t *testing.T, o virtualsensor.Options) *virtualsensor.Sensor {
	t.Helper()
	v, err := virtualsensor.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// ramp is a picture in which each pixel tells its place.
func ramp(w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			g.SetGray(x, y, color.Gray{Y: uint8((x*3 + y*7) % 256)})
		}
	}
	return g
}

func TestConversation(t *testing.T) {
	v := start(t, virtualsensor.Options{Unpaced: true})
	h := connect(t, v.Path(), unix.B57600)
	h.command(0x13, 0, 0, 0, 0)
	h.wantAck(wire.OK)
	h.command(0x13, 0, 0, 0, 1)
	h.wantAck(wire.WrongPassword)
	h.command(0x0A)
	h.wantAck(wire.NoImage)
	h.command(0x01)
	h.wantAck(wire.NoFinger)
	h.command(0x3C)
	h.wantAck(wire.UnknownInstruction)
	h.command(0x0F)
	if p := h.wantAck(wire.OK); !bytes.Equal(p.Payload[1:], []byte{0, 0, 0, 9, 0, 162, 0, 3, 255, 255, 255, 255, 0, 2, 0, 6}) {
		t.Errorf("parameters %x", p.Payload)
	}
	picture := ramp(256, 288)
	v.Place(picture)
	h.command(0x01)
	h.wantAck(wire.OK)
	v.Lift()
	h.command(0x01)
	h.wantAck(wire.NoFinger)
	h.command(0x0A) // the buffer keeps the picture when the finger is gone
	h.wantAck(wire.OK)
	var got []byte
	for n := 1; ; n++ {
		p := h.receive()
		if len(p.Payload) != 128 {
			t.Fatalf("packet %d of %d bytes", n, len(p.Payload))
		}
		got = append(got, p.Payload...)
		if p.Kind == wire.LastData {
			if n != 288 {
				t.Fatalf("%d packets", n)
			}
			break
		}
		if p.Kind != wire.Data {
			t.Fatalf("packet %d of kind %02x", n, byte(p.Kind))
		}
	}
	for i, b := range got {
		if want := picture.Pix[2*i]&0xF0 | picture.Pix[2*i+1]>>4; b != want {
			t.Fatalf("byte %d is %02x, want %02x", i, b, want)
		}
	}
}

func TestSmallPicturesLieInTheMiddle(t *testing.T) {
	v := start(t, virtualsensor.Options{Model: virtualsensor.R503, Unpaced: true, PacketSize: 256})
	h := connect(t, v.Path(), unix.B57600)
	h.wantPowerUp()
	black := image.NewGray(image.Rect(-5, -5, 5, 5))
	v.Place(black)
	h.command(0x01)
	h.wantAck(wire.OK)
	h.command(0x0A)
	h.wantAck(wire.OK)
	var got []byte
	for {
		p := h.receive()
		got = append(got, p.Payload...)
		if p.Kind == wire.LastData {
			break
		}
	}
	g, err := wire.UnpackGrey(got, 192, 192)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 192 {
		for x := range 192 {
			inside := x >= 91 && x < 101 && y >= 91 && y < 101
			if dark := g.GrayAt(x, y).Y == 0; dark != inside {
				t.Fatalf("pixel %d, %d is %d", x, y, g.GrayAt(x, y).Y)
			}
		}
	}
}

func TestHearsOnlyItsOwnSpeed(t *testing.T) {
	v := start(t, virtualsensor.Options{Unpaced: true})
	h := connect(t, v.Path(), unix.B115200)
	h.command(0x13, 0, 0, 0, 0)
	if !h.silent(150 * time.Millisecond) {
		t.Error("answered at another speed")
	}
	h.port.Close()
	h = connect(t, v.Path(), unix.B57600)
	h.command(0x0E, 4, 12)
	h.wantAck(wire.OK)
	h.port.Close()
	h = connect(t, v.Path(), unix.B115200)
	h.command(0x13, 0, 0, 0, 0)
	h.wantAck(wire.OK)
	if v.Baud() != 115200 {
		t.Errorf("at %d", v.Baud())
	}
}

func TestOtherWords(t *testing.T) {
	v := start(t, virtualsensor.Options{Unpaced: true})
	h := connect(t, v.Path(), unix.B57600)
	h.send([]byte("AT\r\n")...)
	h.wantAck(wire.ReceiveError)
	for _, c := range []struct {
		payload []byte
		want    wire.Confirmation
	}{
		{[]byte{0x13, 0}, wire.ReceiveError}, {[]byte{0x0E, 4}, wire.ReceiveError},
		{[]byte{0x0E, 4, 13}, wire.BadRegisterValue}, {[]byte{0x0E, 4, 0}, wire.BadRegisterValue},
		{[]byte{0x0E, 6, 4}, wire.BadRegisterValue}, {[]byte{0x0E, 9, 0}, wire.BadRegister},
		{[]byte{0x0E, 6, 0}, wire.OK}, {[]byte{0x0E, 5, 3}, wire.OK}, {[]byte{0x77}, wire.UnknownInstruction},
		{[]byte{0x53}, wire.Present}, {[]byte{0x40}, wire.UnknownInstruction}, {[]byte{0x12, 1}, wire.ReceiveError},
		// With a password of its own it wants that before all else.
		{[]byte{0x12, 0, 0, 0, 7}, wire.OK}, {[]byte{0x01}, wire.PasswordNeeded}, {[]byte{0x13, 0, 0, 0, 0}, wire.WrongPassword},
		{[]byte{0x0F}, wire.PasswordNeeded}, {[]byte{0x13, 0, 0, 0, 7}, wire.OK}, {[]byte{0x01}, wire.NoFinger},
	} {
		h.command(c.payload...)
		h.wantAck(c.want)
	}
	b, err := wire.Append(nil, wire.Packet{Address: 7, Kind: wire.Command, Payload: []byte{0x01}})
	if err != nil {
		t.Fatal(err)
	}
	h.send(b...)
	if !h.silent(100 * time.Millisecond) {
		t.Error("answered to another's address")
	}
}

func TestReplugKeepsTheName(t *testing.T) {
	link := filepath.Join(t.TempDir(), "sensor")
	v := start(t, virtualsensor.Options{Unpaced: true, Link: link})
	if v.Path() != link {
		t.Fatalf("path %s", v.Path())
	}
	for range 3 {
		h := connect(t, link, unix.B57600)
		h.command(0x01)
		h.wantAck(wire.NoFinger)
		v.Unplug()
		if _, err := os.Stat(link); !os.IsNotExist(err) {
			t.Fatalf("unplugged, yet %s is there: %v", link, err)
		}
		if n, err := h.port.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Fatalf("unplugged, yet read %d, %v", n, err)
		}
		if err := v.Plug(); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(link); !os.IsNotExist(err) {
		t.Errorf("closed, yet %s is there: %v", link, err)
	}
	if err := v.Plug(); err == nil {
		t.Error("a closed sensor was plugged in")
	}
}

func TestNewRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]virtualsensor.Options{
		"baud": {Baud: 57601}, "too fast": {Baud: 230400}, "packet size": {PacketSize: 100},
		"serial number": {Serial: "123456789"}, "a file in the link's place": {Link: file},
	} {
		if v, err := virtualsensor.New(o); err == nil {
			v.Close()
			t.Errorf("%s: started", name)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine" {
		t.Errorf("the file was touched: %q, %v", b, err)
	}
}

// Close must not wait for a picture that nobody reads.
func TestCloseInMidPicture(t *testing.T) {
	for name, unpaced := range map[string]bool{"paced": false, "unread": true} {
		v := start(t, virtualsensor.Options{Unpaced: unpaced})
		v.Place(ramp(256, 288))
		h := connect(t, v.Path(), unix.B57600)
		h.command(0x01)
		h.wantAck(wire.OK)
		h.command(0x0A)
		h.wantAck(wire.OK)
		begun := time.Now()
		v.Close()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("%s: close took %v", name, took)
		}
	}
}
