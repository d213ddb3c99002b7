package world

import (
	"embed"
	"fmt"
	"image"
	"image/png"
	"sync"

	"countersign/devices/fingerprint/virtualsensor"
)

//go:embed prints/*.png
var prints embed.FS

// Finger is a made-up finger with several impressions: nobody lays it down twice
// alike. Its methods may be called by any goroutine.
type Finger struct {
	mu          sync.Mutex
	impressions []image.Image
	next        int
}

// The fingers that there are.
const (
	Owner    = "101"
	Stranger = "102"
)

// NewFinger takes one of the made-up fingers.
func NewFinger(name string) (*Finger, error) {
	entries, err := prints.ReadDir("prints")
	if err != nil {
		return nil, fmt.Errorf("take finger %s: %w", name, err)
	}
	f := &Finger{}
	for _, e := range entries {
		if len(e.Name()) < len(name)+1 || e.Name()[:len(name)+1] != name+"_" {
			continue
		}
		picture, err := readPrint("prints/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("take finger %s: %w", name, err)
		}
		f.impressions = append(f.impressions, picture)
	}
	if len(f.impressions) == 0 {
		return nil, fmt.Errorf("take finger %s: there is none", name)
	}
	return f, nil
}

func readPrint(name string) (picture image.Image, err error) {
	file, err := prints.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return png.Decode(file)
}

// Press lays the finger on a sensor's glass, in another way than the last time.
func (f *Finger) Press(s *virtualsensor.Sensor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Place(f.impressions[f.next])
	f.next = (f.next + 1) % len(f.impressions)
}

// Impressions is how many ways there are of laying it down.
func (f *Finger) Impressions() int { return len(f.impressions) }

// NewSensor plugs a sensor in, with nothing on its glass: an R503, whose small
// picture comes over the line in under two seconds, and whose captures shift and
// rustle a little, as real ones do.
func NewSensor(seed uint64) (*virtualsensor.Sensor, error) { return newSensor(sensor(seed)) }

func sensor(seed uint64) virtualsensor.Options {
	return virtualsensor.Options{Model: virtualsensor.R503, Unsteady: 3, Seed: seed}
}

func newSensor(o virtualsensor.Options) (*virtualsensor.Sensor, error) {
	s, err := virtualsensor.New(o)
	if err != nil {
		return nil, fmt.Errorf("plug in a sensor: %w", err)
	}
	return s, nil
}
