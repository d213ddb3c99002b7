package camera

import (
	"runtime"

	"gocv.io/x/gocv"
)

// numbered is the backend that opens cameras by their numbers: DirectShow, the only one in
// this build.
const numbered = gocv.VideoCaptureDshow

// noPictures is what to do about a camera that cannot be opened. DirectShow does not say
// why; a camera that Windows keeps from programs looks like one that is not there.
const noPictures = "Plug the camera in; if it is, close what else may use it, and let desktop apps use the camera in Windows' settings of privacy."

// keepThread and leaveThread keep the goroutine that uses a camera on one thread from before
// it is opened until after it is closed: OpenCV initialises COM on the thread that opens it.
func keepThread()  { runtime.LockOSThread() }
func leaveThread() { runtime.UnlockOSThread() }

// askingOrder is the order in which a camera is asked for a kind of pictures. DirectShow sets
// it up anew for a height, and forgets the format in doing so.
func askingOrder() []gocv.VideoCaptureProperties {
	return []gocv.VideoCaptureProperties{gocv.VideoCaptureFrameWidth, gocv.VideoCaptureFrameHeight, gocv.VideoCaptureFOURCC}
}
