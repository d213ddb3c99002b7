package widgets

import "image/color"

// ChartColours are the colours of pictures that are drawn outside of Fyne, in an
// appearance: the ground, words, what is quiet, and those of what is compared, which can
// be told apart by people who see no red or no green.
func ChartColours(a Appearance) (ground, text, quiet color.Color, compared []color.Color) {
	p := palette(a)
	ground, text, quiet = p[ColorGround], p[ColorText], p[ColorQuiet]
	compared = []color.Color{rgb(0x20D39B), rgb(0x74C0FC), rgb(0xFFB224), rgb(0xE599F7), rgb(0xFF9494), rgb(0xB6C2CE)}
	if a.Light {
		compared = []color.Color{rgb(0x06795A), rgb(0x1C4FA0), rgb(0xB45F00), rgb(0x862E9C), rgb(0xA61E1E), rgb(0x3D4852)}
	}
	return ground, text, quiet, compared
}
