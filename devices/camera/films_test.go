//go:build !customenv

package camera

// films are those that this OpenCV writes and reads, with their codecs: Debian's has FFmpeg.
func films() map[string]string { return map[string]string{"film.avi": "MJPG", "film.mp4": "mp4v"} }
