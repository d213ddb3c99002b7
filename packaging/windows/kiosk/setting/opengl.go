package setting

import "fmt"

// CanDraw says whether an OpenGL of this version, as glGetString gives it ("4.6.0 NVIDIA
// 536.23"), can draw the terminal's window: 2.1 and later. Windows' own without a graphics
// driver is 1.1.
func CanDraw(version string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 {
		return false
	}
	return major > 2 || major == 2 && minor >= 1
}
