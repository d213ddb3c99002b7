package doctor

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	goqr "github.com/piglig/go-qr"

	"countersign/devices/camera"
	"countersign/devices/camera/virtualcamera"
)

// patience is more than anything here takes.
const patience = 30 * time.Second

// told fails the test unless a check says that, and returns what it found.
func told(t *testing.T, what string, look func(context.Context) Finding, state State, words string) Finding {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	f := look(ctx)
	says(t, what, f, state, words)
	return f
}

// phone is a screen with a code on a dark ground.
func phone(t *testing.T) image.Image {
	t.Helper()
	segment, err := goqr.MakeAlphanumeric("COUNTERSIGN")
	if err != nil {
		t.Fatal(err)
	}
	code, err := goqr.EncodeSegments([]*goqr.QrSegment{segment}, goqr.Low, 17, 17, -1, false)
	if err != nil {
		t.Fatal(err)
	}
	const module = 4
	screen := image.NewRGBA(image.Rect(0, 0, 800, 600))
	draw.Draw(screen, screen.Rect, image.NewUniform(color.RGBA{0x30, 0x38, 0x40, 0xff}), image.Point{}, draw.Src)
	at, side := image.Pt(200, 100), code.GetSize()*module
	draw.Draw(screen, image.Rect(0, 0, side, side).Inset(-4*module).Add(at), image.White, image.Point{}, draw.Src)
	for y := range side {
		for x := range side {
			if code.GetModule(x/module, y/module) {
				screen.Set(at.X+x, at.Y+y, color.Black)
			}
		}
	}
	return screen
}

// grey is a wall.
func grey(level uint8) image.Image {
	wall := image.NewRGBA(image.Rect(0, 0, 800, 600))
	draw.Draw(wall, wall.Rect, image.NewUniform(color.Gray{Y: level}), image.Point{}, draw.Src)
	return wall
}

func TestCamera(t *testing.T) {
	good := virtualcamera.Light{Width: 640, Height: 480, MinModule: 4, MaxModule: 4, Blur: 0.8, Noise: 4, Seed: 1, Sway: 30}
	blurred := good
	blurred.Blur = 3
	for _, c := range []struct {
		what   string
		light  virtualcamera.Light
		screen image.Image
		fault  virtualcamera.Fault
		state  State
		words  string
	}{
		{"a phone", good, phone(t), virtualcamera.None, OK, "bright and sharp enough"},
		{"out of focus", blurred, phone(t), virtualcamera.None, Warning, "blurred"},
		{"a cap on the lens", good, grey(0), virtualcamera.None, Warning, "dark"},
		{"frozen", good, phone(t), virtualcamera.Frozen, Bad, "Camera lost"},
		{"silent", good, phone(t), virtualcamera.Stalled, Bad, "Camera"},
		{"noise", good, phone(t), virtualcamera.Garbage, Bad, "Camera"},
		{"a web page", good, phone(t), virtualcamera.WrongType, Bad, "Camera missing"},
		{"refused", good, phone(t), virtualcamera.Refused, Bad, "Camera missing"},
	} {
		t.Run(c.what, func(t *testing.T) {
			server, err := virtualcamera.Serve(c.light, virtualcamera.Options{Interval: 30 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			server.Show(c.screen)
			server.Misbehave(c.fault)
			// Only where pictures must stop is little time given them: a busy machine draws them late.
			freeze := time.Second
			if c.fault == virtualcamera.None {
				freeze = time.Minute
			}
			f := told(t, c.what, Camera(camera.Settings{Address: server.URL(), FreezeAfter: freeze, FrameInterval: 20 * time.Millisecond}, false), c.state, c.words)
			t.Log(f.Facts)
		})
	}
}

// A picture is judged by its light, its contrast and its edges.
func TestPictures(t *testing.T) {
	judged := func(what string, picture image.Image, state State, words string) {
		t.Helper()
		p := picture.(*image.RGBA)
		says(t, what, finding{}.judge(look(p.Pix, p.Rect.Dx(), p.Rect.Dy(), p.Stride)).done(), state, words)
	}
	judged("a phone", phone(t), OK, "sharp enough")
	judged("a cap on the lens", grey(3), Warning, "dark")
	judged("a lamp", grey(250), Warning, "white")
	judged("a film on the lens", grey(128), Warning, "nothing is to be seen")
	for _, blur := range []struct {
		sigma float64
		state State
	}{{0, OK}, {0.8, OK}, {1, OK}, {2, Warning}, {3, Warning}} {
		for _, size := range []image.Point{{640, 480}, {320, 240}} {
			light := virtualcamera.Light{Width: size.X, Height: size.Y, MinModule: 4, MaxModule: 4, Blur: blur.sigma, Noise: 4, Roll: 10, Tilt: 10, Seed: 2}
			r, err := virtualcamera.NewRenderer(light)
			if err != nil {
				t.Fatal(err)
			}
			r.Look(phone(t))
			frame := image.NewRGBA(image.Rectangle{Max: size})
			draw.Draw(frame, frame.Rect, r.Frame(1), image.Point{}, draw.Src)
			v := look(frame.Pix, size.X, size.Y, frame.Stride)
			t.Logf("blur %.1f at %v: %+v", blur.sigma, size, v)
			if f := (finding{}.judge(v)).done(); f.State != blur.state {
				t.Errorf("blur %.1f at %v: %+v, %s", blur.sigma, size, v, f.Found)
			}
		}
	}
	if v := look(nil, 0, 0, 0); v != (view{}) {
		t.Errorf("no picture is %+v", v)
	}
}

// A camera that is not there, or cannot be one, and one that the running terminal has.
func TestNoCamera(t *testing.T) {
	told(t, "not there", Camera(camera.Settings{Address: "/dev/video99"}, false), Bad, "/dev/video99")
	told(t, "no address", Camera(camera.Settings{Address: "ftp://camera"}, false), Bad, "ftp")
	told(t, "pulled out while it runs", Camera(camera.Settings{Address: "99"}, true), Bad, "/dev/video99")
	told(t, "in use", Camera(camera.Settings{Address: "/dev/null"}, true), Warning, "running terminal")
}
