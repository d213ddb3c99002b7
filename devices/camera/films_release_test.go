//go:build customenv

package camera

// films are those that this OpenCV writes and reads, with their codecs: releases' has no
// FFmpeg (packaging/opencv).
func films() map[string]string { return map[string]string{"film.avi": "MJPG"} }
