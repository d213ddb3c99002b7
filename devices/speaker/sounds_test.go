package speaker

import (
	"math"
	"testing"
	"time"
)

// pulses counts how often a sound swells from silence, looking at 10 ms at a time.
func pulses(samples []int16) (count int, loud time.Duration) {
	const window = sampleRate / 100
	on := false
	for at := 0; at+window <= len(samples); at += window {
		sum := 0.0
		for _, v := range samples[at : at+window] {
			sum += float64(v) * float64(v)
		}
		level := math.Sqrt(sum / window)
		if level > 1500 {
			loud += 10 * time.Millisecond
		}
		if !on && level > 1500 {
			on = true
			count++
		} else if on && level < 400 {
			on = false
		}
	}
	return count, loud
}

// TestSoundsDifferWithoutTheirPitch: by how often they swell and for how long.
func TestSoundsDifferWithoutTheirPitch(t *testing.T) {
	for sound, want := range map[Sound]int{Approved: 2, Refused: 1, Attention: 3} {
		samples := sound.samples()
		if sound.Long() >= 600*time.Millisecond || sound.Long() < 200*time.Millisecond || len(samples) != int(sound.Long().Seconds()*sampleRate) {
			t.Errorf("%v is heard for %v in %d samples", sound, sound.Long(), len(samples))
		}
		count, loud := pulses(samples)
		if count != want {
			t.Errorf("%v swells %d times, want %d", sound, count, want)
		}
		if (loud > 380*time.Millisecond) != (sound != Attention) {
			t.Errorf("%v is loud for %v", sound, loud)
		}
		var most int
		for i, v := range samples {
			most = max(most, int(v), -int(v))
			if i > 0 && math.Abs(float64(v)-float64(samples[i-1])) > math.MaxInt16/4 {
				t.Fatalf("%v clicks at sample %d", sound, i)
			}
		}
		if most > math.MaxInt16/2+1 || most < math.MaxInt16/3 {
			t.Errorf("%v is at most %d", sound, most)
		}
		if first, last := samples[0], samples[len(samples)-1]; first != 0 || math.Abs(float64(last)) > 400 {
			t.Errorf("%v begins at %d and ends at %d", sound, first, last)
		}
		if file := sound.WAV(); len(file) != 44+2*len(samples) || string(file[:4]) != "RIFF" || string(file[8:16]) != "WAVEfmt " {
			t.Errorf("%v: file of %d bytes begins %q", sound, len(file), file[:16])
		}
	}
	if Sound(0).Long() != 0 || Sound(9).String() != "unknown" {
		t.Error("there are more sounds than three")
	}
}
