package world

import (
	"image"
	"strings"
	"testing"
	"time"

	"countersign/app/demo/forgery"
	"countersign/devices/camera"
)

// A camera is turned to the announced code and a little around it, and sees the
// whole window where none is announced, or where one is announced that is not
// there.
func TestCrop(t *testing.T) {
	window := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	for _, c := range []struct {
		name       string
		code, want image.Rectangle
	}{
		{"none", image.Rectangle{}, window.Rect},
		{"in the middle", image.Rect(100, 100, 420, 420), image.Rect(80, 80, 440, 440)},
		{"at an edge", image.Rect(0, 10, 160, 170), image.Rect(0, 0, 170, 180)},
		{"outside", image.Rect(2000, 0, 2160, 160), window.Rect},
	} {
		if got := crop(window, c.code); got.Rect != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Rect, c.want)
		}
	}
}

// What is put before the camera is read by the programs' driver.
func TestCameraIsRead(t *testing.T) {
	eye, err := NewCamera(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer eye.Close()
	reader, err := camera.Open(t.Context(), camera.Settings{Address: eye.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, text := range []string{"CS1R:" + strings.Repeat("7WK0 +Q%.", 60)[:537], "CS1P:" + strings.Repeat("A4.*K", 180)} {
		picture, err := forgery.Draw(text)
		if err != nil {
			t.Fatal(err)
		}
		eye.Show(picture)
		code, err := reader.Scan(t.Context(), func(got string) bool { return got == text })
		if err != nil {
			t.Fatal(err)
		}
		if code.FrameAt.IsZero() || time.Since(code.FrameAt) > time.Minute {
			t.Errorf("read at %v", code.FrameAt)
		}
	}
}
