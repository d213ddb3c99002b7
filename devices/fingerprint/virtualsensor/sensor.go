//go:build linux

package virtualsensor

import (
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"sync"

	"countersign/devices/fingerprint/wire"
)

// Model is which sensor of the family is played.
type Model int

// The models.
const (
	ZFM20 Model = iota // 256 × 288 pixels; tells nothing of itself
	R503               // 192 × 192 pixels; tells model, serial number and size; sends a byte when it gets power
)

// window is the size of the model's glass in pixels, at 500 dpi.
func (m Model) window() image.Point {
	if m == R503 {
		return image.Pt(192, 192)
	}
	return image.Pt(256, 288)
}

// Options say which sensor to play and how. The zero value is a ZFM-20 as it is
// delivered.
type Options struct {
	Model Model
	// Link is the name of a symbolic link to the pseudo-terminal, made and
	// removed with it: with one, the port has the same name after a re-plug, as
	// udev's rules give a real one. What is there already must be such a link.
	Link string
	// Baud is the speed of the line, 9600·N to 115200; 57600 when 0.
	Baud int
	// Unpaced sends as fast as the host reads, for tests that are not about time.
	Unpaced bool
	// Password and Address are the sensor's; an Address of 0 is wire.AnyAddress.
	Password uint32
	Address  uint32
	// Untold makes an R503 one of those that do not know ReadProdInfo.
	Untold bool
	// Noise is what the line does at high speeds.
	Noise Noise
	// Serial is the R503's serial number, at most 8 bytes.
	Serial string
	// PacketSize is the payload of data packets: 32, 64, 128 (when 0) or 256.
	PacketSize int
	// Unsteady is by how many pixels, at most, each capture is shifted, and by
	// how many of 255 grey levels (standard deviation) its pixels are off: no
	// finger is placed twice alike. 0 gives the same picture each time.
	Unsteady int
	// Seed makes Unsteady repeatable.
	Seed uint64
}

// Noise damages each packet that the sensor sends with a payload of more than Longer
// bytes while it works at a speed above Above, as long cables and cheap adapters do;
// none when Above is 0. With a Longer of 64 answers arrive and pictures do not.
type Noise struct{ Above, Longer int }

// Sensor is a virtual sensor. Its methods may be called from any goroutine.
type Sensor struct {
	options Options

	mu       sync.Mutex
	finger   image.Image // on the glass; nil when there is none
	picture  []byte      // in the image buffer; nil when nothing was captured
	baud     int
	packet   int // payload of data packets
	faults   []fault
	random   *rand.Rand
	plugged  *plug // nil while unplugged
	path     string
	shut     bool
	uploads  int
	captures int
}

// New starts a sensor, plugged in, with no finger on it. Close it.
func New(o Options) (*Sensor, error) {
	if o.Baud == 0 {
		o.Baud = 57600
	}
	if o.PacketSize == 0 {
		o.PacketSize = 128
	}
	if o.Address == 0 {
		o.Address = wire.AnyAddress
	}
	if _, err := (wire.Parameters{PacketSize: o.PacketSize, Baud: o.Baud}).Append(nil); err != nil || len(o.Serial) > 8 {
		return nil, fmt.Errorf("virtual sensor: no sensor has %d baud, packets of %d bytes, a serial number of %d bytes",
			o.Baud, o.PacketSize, len(o.Serial))
	}
	s := &Sensor{options: o, baud: o.Baud, packet: o.PacketSize, random: rand.New(rand.NewPCG(o.Seed, 0))}
	if err := s.Plug(); err != nil {
		return nil, err
	}
	return s, nil
}

// Path returns the name of the port: the link if there is one, else that of the
// pseudo-terminal, which another Plug changes.
func (s *Sensor) Path() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Link != "" {
		return s.options.Link
	}
	return s.path
}

// Place puts a finger on the glass: the middle of the picture is what the window
// sees, at 500 dpi, one pixel to a pixel.
func (s *Sensor) Place(finger image.Image) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finger = finger
}

// Lift takes the finger off the glass.
func (s *Sensor) Lift() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finger = nil
}

// Baud returns the speed that the sensor works at now; a host may have raised it.
func (s *Sensor) Baud() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.baud
}

// Uploads returns how many pictures were begun to be sent.
func (s *Sensor) Uploads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads
}

// Captures returns how many times a finger was found on the glass.
func (s *Sensor) Captures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.captures
}

// Plug plugs the sensor in again: a new port, under the same name if there is a
// link. The speed and what was set are kept, as a sensor does; the picture in its
// buffer is not. Plugging what is plugged in does nothing.
func (s *Sensor) Plug() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return errors.New("virtual sensor is closed")
	}
	if s.plugged != nil && !s.plugged.out() {
		return nil
	}
	p, err := newPlug(s)
	if err != nil {
		return fmt.Errorf("virtual sensor: %w", err)
	}
	if s.options.Link != "" {
		if err := link(p.port.Name(), s.options.Link); err != nil {
			p.pull()
			return fmt.Errorf("virtual sensor: %w", err)
		}
	}
	s.plugged, s.path, s.picture = p, p.port.Name(), nil
	p.start()
	return nil
}

// Unplug pulls the sensor out: the line hangs up and the port's name is gone. It
// returns when that is done.
func (s *Sensor) Unplug() {
	s.mu.Lock()
	p := s.plugged
	s.plugged = nil
	s.mu.Unlock()
	if p != nil {
		p.pull()
		p.wait()
	}
}

// Close unplugs the sensor for good and wipes the picture that it holds.
func (s *Sensor) Close() error {
	s.Unplug()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut, s.finger = true, nil
	clear(s.picture)
	return nil
}

// link makes name lead to target, in the place of an older link.
func link(target, name string) error {
	if at, err := os.Lstat(name); err == nil && at.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s is there already and no symbolic link", name)
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(target, name)
}
