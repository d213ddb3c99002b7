package speaker

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"
)

// Sound is one of the sounds.
type Sound int

// The sounds.
const (
	Approved  Sound = iota + 1 // two notes, the second higher and longer
	Refused                    // one long, low, rough note
	Attention                  // three short notes alike
)

// String is the sound's name, as in a file's name.
func (s Sound) String() string {
	switch s {
	case Approved:
		return "approved"
	case Refused:
		return "refused"
	case Attention:
		return "attention"
	}
	return "unknown"
}

// sampleRate is in samples a second; one channel, 16 bits.
const sampleRate = 44100

// note is a tone that swells, stands and fades.
type note struct {
	at, long time.Duration
	pitch    float64 // Hz
	rough    float64 // share of the trembling, 30 times a second
	overtone float64 // share of the odd overtones
}

func (s Sound) notes() []note {
	ms := time.Millisecond
	switch s {
	case Approved:
		return []note{{0, 150 * ms, 784, 0, 0.10}, {190 * ms, 330 * ms, 1175, 0, 0.10}}
	case Refused:
		return []note{{0, 520 * ms, 196, 0.55, 0.55}}
	case Attention:
		return []note{{0, 90 * ms, 880, 0, 0.3}, {160 * ms, 90 * ms, 880, 0, 0.3}, {320 * ms, 90 * ms, 880, 0, 0.3}}
	}
	return nil
}

// Long is how long the sound is heard.
func (s Sound) Long() (long time.Duration) {
	for _, n := range s.notes() {
		long = max(long, n.at+n.long)
	}
	return long
}

// samples is the sound itself, at half of what the samples can hold at most.
func (s Sound) samples() []int16 {
	wave := make([]float64, int(s.Long().Seconds()*sampleRate))
	for _, n := range s.notes() {
		first, count := int(n.at.Seconds()*sampleRate), int(n.long.Seconds()*sampleRate)
		for i := range min(count, len(wave)-first) {
			t := float64(i) / sampleRate
			tone := math.Sin(2*math.Pi*n.pitch*t) +
				n.overtone*math.Sin(2*math.Pi*3*n.pitch*t)/2 + n.overtone*math.Sin(2*math.Pi*5*n.pitch*t)/3
			tone *= 1 - n.rough/2 + n.rough/2*math.Cos(2*math.Pi*30*t)
			wave[first+i] += tone * envelope(t, n.long.Seconds())
		}
	}
	most := 0.0
	for _, v := range wave {
		most = max(most, math.Abs(v))
	}
	samples := make([]int16, len(wave))
	for i, v := range wave {
		samples[i] = int16(v / max(most, 1) * math.MaxInt16 / 2)
	}
	return samples
}

// envelope swells within 8 ms and fades over the last third, so that nothing clicks.
func envelope(t, long float64) float64 {
	const swell = 0.008
	fade := long / 3
	level := min(t/swell, 1)
	if left := long - t; left < fade {
		level = min(level, left/fade)
	}
	return math.Sin(level * math.Pi / 2)
}

// WAV is the sound as a WAVE file of PCM.
func (s Sound) WAV() []byte {
	samples := s.samples()
	size := uint32(2 * len(samples))
	var file bytes.Buffer
	file.WriteString("RIFF")
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&file, binary.LittleEndian, v) // a buffer takes everything
		}
	}
	put(36 + size)
	file.WriteString("WAVEfmt ")
	put(uint32(16), uint16(1), uint16(1), uint32(sampleRate), uint32(2*sampleRate), uint16(2), uint16(16))
	file.WriteString("data")
	put(size, samples)
	return file.Bytes()
}
