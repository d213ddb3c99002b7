package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"countersign/devices/fingerprint/wire"
	"countersign/devices/serialline"
)

// Settings say which sensor to open and how. Only Port is needed.
type Settings struct {
	// Port is the serial port's name.
	Port string
	// Baud is the speed to try first; 57600, as sensors are delivered, when 0.
	// Other common speeds are tried after it.
	Baud int
	// FastestBaud is the most that a slower sensor is raised to, or as near to it as
	// it goes, for a picture takes 7 s at 57600; 115200, the family's fastest, when 0.
	// The sensor remembers its speed. Set it to Baud to leave that alone.
	FastestBaud int
	// Password is the sensor's; 0 as delivered. It keeps no secret: it goes over the
	// line as it is. See [Sensor.SetPassword].
	Password uint32
	// Address is the sensor's; [wire.AnyAddress], as delivered, when 0.
	Address uint32
	// DPI is the sensor's resolution; 500 when 0.
	DPI int
	// Poll is the pause between two looks for a finger; 40 ms when 0.
	Poll time.Duration
	// Patience is how long the sensor may be silent when something should come; 1 s
	// when 0. A sensor takes up to half a second to take a picture.
	Patience time.Duration
	// Dial opens the line; package serialline's Open when nil.
	Dial func(ctx context.Context, port string, baud int) (Line, error)
	// Now is the clock that captures are dated by; time.Now when nil.
	Now func() time.Time
}

const (
	deliveredBaud = 57600
	familyFastest = 115200
	handshakeWait = 300 * time.Millisecond // for a sensor that may work at another speed
	tries         = 3
)

func (s Settings) complete() Settings {
	setDefault(&s.Baud, deliveredBaud)
	setDefault(&s.FastestBaud, familyFastest)
	setDefault(&s.Address, wire.AnyAddress)
	setDefault(&s.DPI, 500)
	setDefault(&s.Poll, 40*time.Millisecond)
	setDefault(&s.Patience, time.Second)
	if s.Dial == nil {
		s.Dial = func(ctx context.Context, port string, baud int) (Line, error) {
			return serialline.Open(ctx, serialline.Settings{Port: port, Baud: baud})
		}
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return s
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// Sensor is an open sensor. Its methods may be called from any goroutine; one at
// a time is served, and Close ends the one that is.
type Sensor struct {
	settings   Settings
	parameters wire.Parameters
	product    wire.Product
	id         string

	busy sync.Mutex // one exchange at a time
	mu   sync.Mutex // guards what follows against Close
	link *link
	baud int // of link
	shut bool
	// whole is the size of the last whole picture of a sensor that does not tell its
	// size; odd is a size that was seen once, and may be a part of a larger picture.
	whole, odd image.Point
}

// Open opens the port, finds the speed that the sensor works at, shakes hands, reads
// its parameters and raises the speed. With a sensor at the speed of the settings
// that takes 0.2 to 0.5 s; at most some seconds when all speeds must be tried. Errors:
// [ErrMissing], [ErrBusy], [ErrUnplugged], [ErrSilent], [ErrGarbled], [ErrPassword],
// [ErrSensor], or the context's.
func Open(ctx context.Context, settings Settings) (*Sensor, error) {
	s := &Sensor{settings: settings.complete()}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open fingerprint sensor on %s: %w", settings.Port, err), s.Close())
	}
	return s, nil
}

func (s *Sensor) open(ctx context.Context) error {
	if err := s.find(ctx); err != nil {
		return err
	}
	var err error
	if s.parameters, err = s.readParameters(ctx); err != nil {
		return err
	}
	if err := s.readProduct(ctx); err != nil {
		return err
	}
	s.id = s.identify()
	return s.raise(ctx)
}

// readParameters asks for the parameters, again if the answer is of another form: it was
// to another instruction then.
func (s *Sensor) readParameters(ctx context.Context) (wire.Parameters, error) {
	for try := 1; ; try++ {
		k := s.current()
		if k == nil {
			return wire.Parameters{}, ErrClosed
		}
		answer, err := k.command(ctx, tries, wire.ReadSysPara)
		if err != nil {
			return wire.Parameters{}, err
		}
		p, err := wire.ParseParameters(answer)
		if err == nil {
			return p, nil
		}
		if try >= tries {
			return wire.Parameters{}, fmt.Errorf("%w: %w", ErrGarbled, err)
		}
		if err := k.drain(ctx); err != nil {
			return wire.Parameters{}, err
		}
	}
}

// current returns the link; nil when the sensor was closed.
func (s *Sensor) current() *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link
}

// readProduct asks for what only newer sensors tell; that the others do not
// understand it, or do not even answer, is no failure.
func (s *Sensor) readProduct(ctx context.Context) error {
	k := s.current()
	if k == nil {
		return ErrClosed
	}
	patience := k.patience
	k.patience = handshakeWait
	defer func() { k.patience = patience }()
	answer, err := k.command(ctx, 1, wire.ReadProdInfo)
	var refused *ConfirmationError
	switch {
	case errors.As(err, &refused):
		return nil
	case errors.Is(err, ErrSilent), errors.Is(err, ErrGarbled):
		return k.drain(ctx)
	case err != nil:
		return err
	}
	if p, err := wire.ParseProduct(answer); err == nil {
		s.product = p
	}
	return nil
}

// ID names the sensor in 1 to 16 bytes of UTF-8: by its serial number where it has
// one, else by an address given to it, else by its port.
func (s *Sensor) ID() string { return s.id }

// Baud returns the speed that the sensor works at now.
func (s *Sensor) Baud() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.baud
}

const idBytes = 16

func (s *Sensor) identify() string {
	serial := s.product.Serial[:]
	text := strings.Trim(string(serial), "\x00 ")
	switch {
	case strings.Trim(text, "0") == "", s.product.Serial == [8]byte{255, 255, 255, 255, 255, 255, 255, 255}:
		// none, or one that was never set
	case strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0:
		return text
	default:
		return fmt.Sprintf("%x", serial)
	}
	if s.parameters.Address != wire.AnyAddress {
		return fmt.Sprintf("sensor-%08x", s.parameters.Address)
	}
	name := filepath.Base(s.settings.Port)
	for len(name) > idBytes || !utf8.ValidString(name) {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "" {
		return "sensor"
	}
	return name
}

// Close closes the port and ends a capture that is under way. It waits for neither
// finger nor sensor.
func (s *Sensor) Close() error {
	s.mu.Lock()
	k := s.link
	s.link, s.shut = nil, true
	s.mu.Unlock()
	if k == nil {
		return nil
	}
	return k.line.Close()
}
