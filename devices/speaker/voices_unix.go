//go:build !windows

package speaker

// What to install where nothing plays or speaks.
const (
	soundAdvice  = "install alsa-utils, pipewire-bin or pulseaudio-utils"
	speechAdvice = "install espeak-ng or speech-dispatcher"
)

// voices are the programs that speak and are installed.
func voices(names []string) []program {
	if len(names) == 0 {
		names = []string{"espeak-ng", "spd-say"}
	}
	return named(names)
}
