package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"gocv.io/x/gocv"
)

// capture is a source behind OpenCV: a device, or a file that is played.
type capture struct {
	settings Settings
	kind     kind
	video    *gocv.VideoCapture
	frame    gocv.Mat
	due      time.Time // when a file's next picture is shown; the machine's clock
	count    int       // pictures since it was opened
}

func openCapture(s Settings, k kind) (source, error) {
	missing := func(cause error, hint string) error {
		return &Error{Kind: ErrMissing, Address: redacted(s.Address), Cause: cause, Hint: hint}
	}
	path := s.Address
	if n, err := strconv.Atoi(path); k == device && err == nil && runtime.GOOS == "linux" {
		path = fmt.Sprintf("/dev/video%d", n)
	}
	// Look before OpenCV does: it says only "no", after half a second, and prints to the console.
	if !strings.Contains(path, "%") && strings.ContainsAny(path, `/\.`) {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && k == device:
			return nil, missing(fs.ErrNotExist, "Plug the camera in; if it is, try another socket or cable.")
		case errors.Is(err, fs.ErrNotExist):
			return nil, missing(fs.ErrNotExist, "Check the file's name.")
		case err != nil:
			return nil, missing(err, "Check that this user may open it.")
		case k == device && info.Mode()&fs.ModeDevice == 0:
			return nil, missing(ErrFormat, "This is a file under /dev, not a camera.")
		case k == file && info.IsDir():
			return nil, missing(ErrFormat, `This is a folder; for a sequence of pictures name them, as in "folder/seq_%03d.jpg".`)
		}
		if f, err := os.Open(path); err != nil {
			return nil, missing(err, `Check that this user may open it: cameras need membership of the group "video".`)
		} else if err := f.Close(); err != nil {
			return nil, missing(err, "")
		}
	}
	if k == device {
		keepThread()
	}
	video, err := openVideo(path, k)
	if err != nil {
		video.Close()
		if k == device {
			leaveThread()
			return nil, missing(ErrFormat, noPictures)
		}
		return nil, missing(ErrFormat, "This build cannot play the file: use motion JPEG in .avi, or an image sequence.")
	}
	if k == device {
		// Motion JPEG: uncompressed, USB 2 carries 720p at 10 pictures a second at most.
		wanted := map[gocv.VideoCaptureProperties]float64{
			gocv.VideoCaptureFOURCC: video.ToCodec("MJPG"), gocv.VideoCaptureFrameWidth: float64(s.Width),
			gocv.VideoCaptureFrameHeight: float64(s.Height), gocv.VideoCaptureBufferSize: 1,
		}
		for _, property := range askingOrder() {
			video.Set(property, wanted[property])
		}
	}
	return &capture{settings: s, kind: k, video: video, frame: gocv.NewMat(), due: time.Now()}, nil
}

// openVideo asks the one backend that can serve the address, so that no other has a try at it. The capture must
// be closed even after an error.
func openVideo(path string, k kind) (*gocv.VideoCapture, error) {
	switch {
	case k == device && runtime.GOOS == "linux":
		return gocv.VideoCaptureFileWithAPI(path, gocv.VideoCaptureV4L2)
	case k == device:
		n, err := strconv.Atoi(path)
		if err != nil {
			return &gocv.VideoCapture{}, err
		}
		return gocv.VideoCaptureDeviceWithAPI(n, numbered)
	case strings.Contains(path, "%"):
		return gocv.VideoCaptureFileWithAPI(path, gocv.VideoCaptureImages)
	}
	return gocv.VideoCaptureFile(path)
}

func (c *capture) next(ctx context.Context) error {
	if c.kind == file {
		if err := pause(ctx, time.Until(c.due)); err != nil {
			return err
		}
		if now := time.Now(); c.due.Before(now.Add(-c.settings.FrameInterval)) {
			c.due = now // late: go on from here, do not hurry to catch up
		}
		c.due = c.due.Add(c.settings.FrameInterval)
	}
	if c.video.Read(&c.frame) && !c.frame.Empty() {
		c.count++
		return nil
	}
	switch {
	case c.kind == device:
		return lost(c.settings, ErrSilent, "The camera was pulled out or has stopped: check its plug.")
	case c.count == 0:
		return lost(c.settings, ErrFormat, "The file holds no pictures that can be played.")
	}
	return io.EOF
}

func (c *capture) picture(to *gocv.Mat) error {
	if c.frame.Cols()*c.frame.Rows() > MaxPixels || c.frame.Cols() > MaxSide || c.frame.Rows() > MaxSide {
		return fmt.Errorf("%w: %d×%d pixels", errBadPicture, c.frame.Cols(), c.frame.Rows())
	}
	if c.frame.Type() == gocv.MatTypeCV8UC1 {
		return gocv.CvtColor(c.frame, to, gocv.ColorGrayToBGR)
	}
	if c.frame.Type() != gocv.MatTypeCV8UC3 {
		return fmt.Errorf("%w: pixels of a kind that is not used", errBadPicture)
	}
	return c.frame.CopyTo(to)
}

func (c *capture) close() {
	c.video.Close()
	c.frame.Close()
	if c.kind == device {
		leaveThread()
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
