package virtualcamera

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Fault is a way for a Server to misbehave.
type Fault int

const (
	None      Fault = iota
	Truncated       // every JPEG file ends half way through
	Garbage         // every part is noise that says it is JPEG
	Oversized       // a part goes on and on: 64 MiB
	Stalled         // the connection stays, nothing is sent
	Dropped         // the connection breaks in the middle of a part, each time one is made
	Ended           // the stream ends in good order after a part, each time one is made
	Frozen          // frames come at their pace, the same one each time
	WrongType       // the address answers with a web page
	Refused         // the address answers 503
)

// Misbehave makes every present and future client suffer f, until it is called with None. WrongType and Refused
// also break the present connections, as a camera that restarts does.
func (s *Server) Misbehave(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// serve sends frames to one client: each time the newest, so that a slow one misses some.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	switch fault {
	case WrongType:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintln(w, "<!doctype html><title>Camera</title><p>Please log in.")
		return
	case Refused:
		http.Error(w, "restarting", http.StatusServiceUnavailable)
		return
	}
	leave := s.watch()
	if leave == nil {
		return
	}
	defer leave()
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	if _, err := fmt.Fprintf(w, "--%s\r\n", boundary); err != nil || control.Flush() != nil {
		return
	}
	for {
		s.mu.Lock()
		fresh := s.fresh
		s.mu.Unlock()
		select {
		case <-fresh:
		case <-r.Context().Done():
			return
		}
		s.mu.Lock()
		fault, picture := s.fault, s.jpeg
		s.mu.Unlock()
		if !send(w, control, fault, picture) || control.Flush() != nil {
			panic(http.ErrAbortHandler) // net/http's way to break the connection
		}
		if fault == Ended {
			return
		}
	}
}

// send writes one part, spoilt by the fault; false means that the connection is to be broken.
func send(w io.Writer, control *http.ResponseController, fault Fault, picture []byte) bool {
	switch fault {
	case Stalled:
		return true
	case WrongType, Refused:
		return false
	case Truncated:
		picture = picture[:len(picture)/2]
	case Garbage:
		noise := make([]byte, 4096)
		for i := range noise {
			noise[i] = byte(i*i>>3+0x55) ^ picture[i%len(picture)]
		}
		picture = noise
	}
	length := len(picture)
	if fault == Oversized {
		length = 64 << 20
		picture = bytes.Repeat(picture, 1+1<<20/len(picture))
	}
	patient := func() bool { return control.SetWriteDeadline(time.Now().Add(writeTimeout)) == nil }
	if !patient() {
		return false
	}
	if _, err := fmt.Fprintf(w, "Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", length); err != nil {
		return false
	}
	if fault == Dropped {
		picture = picture[:len(picture)/2]
	}
	for sent := 0; sent < length; {
		n, err := w.Write(picture[:min(len(picture), length-sent)])
		if err != nil || fault == Dropped || !patient() {
			return false
		}
		sent += n
	}
	// The next delimiter at once: a reader that does not go by Content-Length knows the part's end only by it.
	_, err := fmt.Fprintf(w, "\r\n--%s\r\n", boundary)
	return err == nil
}
