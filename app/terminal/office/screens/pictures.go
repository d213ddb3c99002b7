package screens

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"countersign/app/widgets"
)

// pictures are the marks of the tiles, drawn by lines in a square of 24 (SVG path data), so that they are sharp at any scale
// and take the theme's colours.
func picturePath(name string) string {
	switch name {
	case "log":
		return "M4 5h2M4 12h2M4 19h2M9 5h11M9 12h11M9 19h11"
	case "shift":
		return "M3 9h18v10H3zM6 9V5h12v4M8 14h8M12 12v4"
	case "reports":
		return "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6"
	case "charts":
		return "M4 20h16M6 20v-7M11 20V6M16 20v-10"
	case "devices":
		return "M4 5h16v11H4zM9 20h6M12 16v4"
	case "staff":
		return "M12 12a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM4 21c0-5 4-6 8-6s8 1 8 6"
	case "pin":
		return "M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3M12 15v2"
	case "training":
		return "M2 9l10-5l10 5l-10 5zM6 11v5c3 3 9 3 12 0v-5M22 9v6"
	case "settings":
		return "M4 7h9M17 7h3M4 17h3M11 17h9M15 4v6M9 14v6"
	case "export":
		return "M12 3v12M8 7l4-4l4 4M4 14v6h16v-6"
	case "search":
		return "M10.5 17a6.5 6.5 0 1 0 0-13a6.5 6.5 0 0 0 0 13zM15.5 15.5L21 21"
	case "left":
		return "M15 4l-8 8l8 8"
	case "right":
		return "M9 4l8 8l-8 8"
	case "up":
		return "M4 15l8-8l8 8"
	case "down":
		return "M4 9l8 8l8-8"
	case "clear":
		return "M6 6l12 12M18 6L6 18"
	case "backspace":
		return "M3 12l5-6h13v12H8zM11 9.5l5 5M16 9.5l-5 5"
	case "folder":
		return "M3 6h7l2 3h9v11H3z"
	case "stick":
		return "M8 3h8v6H8zM6 9h12v12H6zM11 6h2"
	case "money":
		return "M3 6h18v12H3zM12 14.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM6 9v6M18 9v6"
	}
	return "M4 12h16"
}

// picture draws one in a role's colour.
func picture(name string, role fyne.ThemeColorName) *canvas.Image {
	c := color.NRGBAModel.Convert(colour(role)).(color.NRGBA)
	hex := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">`+
		`<path d="%s" fill="none" stroke="%s" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`, picturePath(name), hex)
	image := canvas.NewImageFromResource(fyne.NewStaticResource("office-"+name+hex[1:]+".svg", []byte(svg)))
	image.FillMode = canvas.ImageFillContain
	return image
}

// dot is a mark of a list's row: a tick, an exclamation mark, a cross or a quiet dot.
func dot(meaning widgets.Meaning) fyne.CanvasObject {
	return middle(widgets.NewOutcomeMark(meaning, 28))
}
