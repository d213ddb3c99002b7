package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
)

func palette(a Appearance) map[fyne.ThemeColorName]color.NRGBA {
	switch {
	case a.Light && a.HighContrast:
		return map[fyne.ThemeColorName]color.NRGBA{
			ColorGround: rgb(0xFFFFFF), ColorText: rgb(0x000000), ColorQuiet: rgb(0x202020),
			ColorSurface: rgb(0xFFFFFF), ColorSurfaceDown: rgb(0xD0D0D0), ColorOutline: rgb(0x000000), ColorFocus: rgb(0x0033CC),
			ColorGo: rgb(0x00523A), ColorGoDown: rgb(0x003D2B), ColorOnGo: rgb(0xFFFFFF), ColorGoText: rgb(0x00523A),
			ColorAttention: rgb(0xF59F00), ColorOnAttention: rgb(0x000000), ColorAttentionText: rgb(0x5C3300),
			ColorRefusal: rgb(0x9B0000), ColorOnRefusal: rgb(0xFFFFFF), ColorRefusalText: rgb(0x8B0000),
		}
	case a.HighContrast:
		return map[fyne.ThemeColorName]color.NRGBA{
			ColorGround: rgb(0x000000), ColorText: rgb(0xFFFFFF), ColorQuiet: rgb(0xE6E6E6),
			ColorSurface: rgb(0x000000), ColorSurfaceDown: rgb(0x404040), ColorOutline: rgb(0xFFFFFF), ColorFocus: rgb(0xFFE066),
			ColorGo: rgb(0x38F0B4), ColorGoDown: rgb(0x9DFADB), ColorOnGo: rgb(0x000000), ColorGoText: rgb(0x38F0B4),
			ColorAttention: rgb(0xFFC233), ColorOnAttention: rgb(0x000000), ColorAttentionText: rgb(0xFFC233),
			ColorRefusal: rgb(0xFF8A8A), ColorOnRefusal: rgb(0x000000), ColorRefusalText: rgb(0xFF9C9C),
		}
	case a.Light:
		return map[fyne.ThemeColorName]color.NRGBA{
			ColorGround: rgb(0xF4F6F8), ColorText: rgb(0x101820), ColorQuiet: rgb(0x3D4852),
			ColorSurface: rgb(0xFFFFFF), ColorSurfaceDown: rgb(0xDCE2E8), ColorOutline: rgb(0x7B8794), ColorFocus: rgb(0x1C4FA0),
			ColorGo: rgb(0x12B886), ColorGoDown: rgb(0x3CCB9F), ColorOnGo: rgb(0x101820), ColorGoText: rgb(0x06513A),
			ColorAttention: rgb(0xF59F00), ColorOnAttention: rgb(0x101820), ColorAttentionText: rgb(0x6B3F00),
			ColorRefusal: rgb(0xE03131), ColorOnRefusal: rgb(0xFFFFFF), ColorRefusalText: rgb(0x9B1111),
		}
	}
	return map[fyne.ThemeColorName]color.NRGBA{
		ColorGround: rgb(0x101820), ColorText: rgb(0xF4F7FA), ColorQuiet: rgb(0xB6C2CE),
		ColorSurface: rgb(0x1D2935), ColorSurfaceDown: rgb(0x33455A), ColorOutline: rgb(0x6C7F92), ColorFocus: rgb(0x74C0FC),
		ColorGo: rgb(0x12B886), ColorGoDown: rgb(0x3CCB9F), ColorOnGo: rgb(0x0A1117), ColorGoText: rgb(0x20D39B),
		ColorAttention: rgb(0xF59F00), ColorOnAttention: rgb(0x101820), ColorAttentionText: rgb(0xFFB224),
		ColorRefusal: rgb(0xE03131), ColorOnRefusal: rgb(0xFFFFFF), ColorRefusalText: rgb(0xFF9494),
	}
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}
