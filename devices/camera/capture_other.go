//go:build !windows

package camera

import "gocv.io/x/gocv"

// numbered is the backend that opens cameras by their numbers where they are no files: the
// first that can.
const numbered = gocv.VideoCaptureAny

// noPictures is what to do about a camera that cannot be opened.
const noPictures = "Something is there but gives no pictures: another program may be using it."

// keepThread and leaveThread do nothing: any thread may use a camera.
func keepThread()  {}
func leaveThread() {}

// askingOrder is the order in which a camera is asked for a kind of pictures: the format
// first, because what sizes there are depends on it.
func askingOrder() []gocv.VideoCaptureProperties {
	return []gocv.VideoCaptureProperties{gocv.VideoCaptureFOURCC, gocv.VideoCaptureFrameWidth, gocv.VideoCaptureFrameHeight, gocv.VideoCaptureBufferSize}
}
