package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"gocv.io/x/gocv"
)

// httpStream is a motion JPEG source. A goroutine of its own reads the parts as fast as they come and keeps the
// newest, so that none waits in a socket's buffer while another is decoded.
type httpStream struct {
	settings Settings
	body     io.Closer
	cancel   context.CancelFunc
	done     chan struct{}
	fresh    chan struct{} // one token: newest has not been seen

	mu     sync.Mutex
	newest []byte
	err    error // why the goroutine ended; set before done is closed

	taken []byte // the picture that next has found
}

func openStream(ctx context.Context, s Settings) (_ source, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		if err != nil {
			cancel()
		}
	}()
	missing := func(cause error, hint string) error {
		return &Error{Kind: ErrMissing, Address: redacted(s.Address), Cause: cause, Hint: hint}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Address, nil)
	if err != nil {
		return nil, missing(ErrFormat, "Check the address.")
	}
	client := &http.Client{
		Transport: &http.Transport{
			// No proxy: a shop's camera is on the shop's network, and its pictures are to stay there.
			DialContext:            (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSHandshakeTimeout:    3 * time.Second,
			ResponseHeaderTimeout:  max(s.FreezeAfter, time.Second),
			MaxResponseHeaderBytes: 64 << 10,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			ReadBufferSize:         256 << 10, // a picture in one or two reads
		},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > 3 {
				return errors.New("sent from address to address")
			}
			return nil
		},
	}
	answer, err := client.Do(request)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner // *url.Error would repeat the address, password and all
		}
		return nil, missing(err, "Check that the camera is switched on, on the network, and at this address.")
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, missing(fmt.Errorf("%w: it answers %d", ErrFormat, answer.StatusCode), "Check the address's path, user and password.")
	}
	h := &httpStream{settings: s, body: answer.Body, cancel: cancel, done: make(chan struct{}), fresh: make(chan struct{}, 1)}
	// newParts reads a first line: the goroutine does it, where close can end it.
	go h.read(answer.Header.Get("Content-Type"), answer.Body)
	return h, nil
}

// read keeps the newest part until the stream ends.
func (h *httpStream) read(contentType string, body io.Reader) {
	defer close(h.done)
	p, err := newParts(contentType, body)
	for err == nil {
		var part []byte
		if part, err = p.next(); err == nil {
			h.mu.Lock()
			h.newest = append(h.newest[:0], part...)
			h.mu.Unlock()
			select {
			case h.fresh <- struct{}{}:
			default:
			}
		}
	}
	h.mu.Lock()
	h.err = err
	h.mu.Unlock()
}

func (h *httpStream) next(ctx context.Context) error {
	silence := time.NewTimer(h.settings.FreezeAfter)
	defer silence.Stop()
	select {
	case <-h.fresh:
		h.mu.Lock()
		h.taken = append(h.taken[:0], h.newest...)
		h.mu.Unlock()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-silence.C:
		return lost(h.settings, ErrSilent, "The camera is connected but sends nothing: restart it.")
	case <-h.done:
		h.mu.Lock()
		defer h.mu.Unlock()
		switch {
		case errors.Is(h.err, ErrFormat):
			return &Error{Kind: ErrMissing, Address: redacted(h.settings.Address), Cause: h.err, Hint: "This is not the address of a motion JPEG stream."}
		case errors.Is(h.err, errTooMuch):
			return lost(h.settings, fmt.Errorf("%w: %w", ErrFormat, h.err), "Ask the camera for smaller pictures.")
		}
		return lost(h.settings, h.err, "The connection to the camera broke: check cable or radio.")
	}
}

func (h *httpStream) picture(to *gocv.Mat) error { return decodeJPEG(h.taken, to) }

func (h *httpStream) close() {
	h.cancel()
	h.body.Close() // its error says only that the stream had not ended
	<-h.done
}
