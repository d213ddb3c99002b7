package world

import (
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"sync"

	"countersign/devices/fingerprint/virtualsensor"
)

//go:embed prints/*.png
var prints embed.FS

// Finger is a made-up finger. Nobody lays one down twice alike, and settlement
// takes a print that comes twice for a copy: each time another impression of it
// is laid down, turned, moved and stretched a little. Its methods may be called
// by any goroutine.
type Finger struct {
	mu          sync.Mutex
	impressions []*image.Gray
	next        int
	draw        *rand.Rand
}

// The fingers that there are.
const (
	Owner    = "101"
	Stranger = "102"
	// Unlaid is nobody's: the scene itself does what is done at the terminal's sensor.
	Unlaid = "unlaid"
)

// Smudge is what a finger without a readable print leaves on a sensor's glass: a worn one,
// or a wet one.
func Smudge(s *virtualsensor.Sensor) { s.Place(image.NewUniform(color.Gray{Y: 120})) }

// NewFinger takes one of the made-up fingers; the seed chooses how it is laid
// down.
func NewFinger(name string, seed uint64) (*Finger, error) {
	files, err := fs.Glob(prints, "prints/"+name+"_*.png")
	if err == nil && len(files) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("take finger %s: %w", name, err)
	}
	f := &Finger{draw: rand.New(rand.NewPCG(seed, 11))}
	for _, file := range files {
		picture, err := readPrint(file)
		if err != nil {
			return nil, fmt.Errorf("take finger %s: %w", name, err)
		}
		f.impressions = append(f.impressions, picture)
	}
	return f, nil
}

func readPrint(name string) (*image.Gray, error) {
	file, err := prints.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		return nil, err
	}
	gray := image.NewGray(image.Rectangle{Max: picture.Bounds().Size()})
	draw.Draw(gray, gray.Rect, picture, picture.Bounds().Min, draw.Src)
	return gray, nil
}

// Press lays the finger on a sensor's glass.
func (f *Finger) Press(s *virtualsensor.Sensor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Place(virtualsensor.Laid(f.impressions[f.next], f.draw))
	f.next = (f.next + 1) % len(f.impressions)
}

// NewSensor plugs a sensor in, with nothing on its glass: an R503, whose small
// picture comes over the line in under two seconds, and whose captures shift and
// rustle a little, as real ones do.
func NewSensor(seed uint64) (*virtualsensor.Sensor, error) { return newSensor(sensor(seed)) }

func sensor(seed uint64) virtualsensor.Options {
	return virtualsensor.Options{Model: virtualsensor.R503, Unsteady: 2, Seed: seed}
}

func newSensor(o virtualsensor.Options) (*virtualsensor.Sensor, error) {
	s, err := virtualsensor.New(o)
	if err != nil {
		return nil, fmt.Errorf("plug in a sensor: %w", err)
	}
	return s, nil
}
