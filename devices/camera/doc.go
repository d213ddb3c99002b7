// Package camera watches for QR codes: it captures pictures from a camera (or from what stands in for one),
// finds codes in them and hands over a preview for a screen. Step 9 of the sale by scan (CN103985036A) reads the
// payment with it, step 4 the request.
//
// # Where pictures come from
//
//   - "0", "/dev/video0": a camera, through OpenCV (GoCV): by V4L2 on Linux, by DirectShow on Windows, where it has a
//     number alone;
//   - "film.avi": a video file, "seq_%03d.jpg": an image sequence; both are played at Settings.FrameInterval, over
//     and over, because a camera has no end;
//   - "http://host/stream": motion JPEG over HTTP (multipart/x-mixed-replace), as network cameras and telephone
//     applications serve it. The stream is read here, not by OpenCV, which opens addresses only when built with
//     FFmpeg or GStreamer.
//
// # Guarantees
//
//  1. Only new pictures count. A picture that nobody was free to look at is dropped, never queued, so that what is
//     read is what is before the camera now; Scan never answers with a picture from before it was called.
//  2. A picture is decoded or given up within Settings.FrameInterval, give or take one pass of the reader (5 ms at
//     720p, 15 ms at 1080p); pictures made to keep the reader busy are given up too.
//  3. A camera that is missing, pulled out, silent or frozen is reported by State with an *Error that says what to
//     do, and is opened again, with growing pauses, until Close. Scan goes on waiting meanwhile.
//  4. What comes from outside is bounded before memory is given to it: pictures by MaxSide and MaxPixels, the parts
//     of a stream by their bytes, text by MaxText. Streamed pictures must be whole JPEG files; nothing else is passed
//     to OpenCV. No C++ exception crosses into Go.
//  5. Close waits for every goroutine. Everything may be called from many goroutines at once.
//
// # Limits
//
// The reader is zxing-cpp; on Windows, where Debian has none to link, it is WeChat's (also elsewhere with
// -tags wechat_qrcode, so that its tests run anywhere). That one takes some 100 ms of processor time a pass at 720p
// and 300 ms at 1080p, twenty times as long, and half a second over a picture made to keep it busy: it looks at three
// to eight pictures a second. What the decoding tests ask of both, it reads in the first pass.
//
// A driver that hangs in a read cannot be interrupted: Close then waits for its time-out (V4L2: 10 s). A camera that
// delivers the same picture bit for bit for Settings.FreezeAfter is taken to be lost; a covered lens may look like
// that, sensor noise normally prevents it. Pictures are never logged and never kept.
package camera
