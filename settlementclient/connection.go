package settlementclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// line is an open TLS connection that knows whether anything of a request was
// handed to it, and can be kept from taking more. What it has been handed may
// have left; what it has not cannot.
type line struct {
	net.Conn
	mutex sync.Mutex
	taken bool
	shut  bool
}

var errShut = errors.New("the request was given up")

func (l *line) Write(b []byte) (int, error) {
	l.mutex.Lock()
	if l.shut {
		l.mutex.Unlock()
		return 0, errShut
	}
	l.taken = true
	l.mutex.Unlock()
	return l.Conn.Write(b)
}

// begin forgets earlier requests on the connection.
func (l *line) begin() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.taken = false
}

// end closes the connection for good and says whether any byte was taken since
// begin. Writers that are late fail.
func (l *line) end() bool {
	l.mutex.Lock()
	l.shut = true
	taken := l.taken
	l.mutex.Unlock()
	_ = l.Conn.Close() // it is of no more use, whatever it says
	return taken
}

// watch follows one request through the connections that it is tried on.
type watch struct {
	before func() // is called when a connection is about to take the request
	mutex  sync.Mutex
	lines  []*line
	alien  bool
}

// trace returns ctx with the watch in it.
func (w *watch) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		w.before()
		w.mutex.Lock()
		defer w.mutex.Unlock()
		l, ours := info.Conn.(*line)
		if !ours {
			w.alien = true
			return
		}
		l.begin()
		w.lines = append(w.lines, l)
	}})
}

// sent gives the request up and says whether any of it may have left.
func (w *watch) sent() bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	sent := w.alien
	for _, l := range w.lines {
		sent = l.end() || sent
	}
	return sent
}

// transport opens connections within the time allowed for it; the answer has its
// own.
func transport(o Options) *http.Transport {
	return &http.Transport{
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, o.Connect)
			defer cancel()
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			plain, err := o.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			own := o.TLS.Clone()
			own.NextProtos = nil // HTTP/1.1: one request at a time on a line
			if own.ServerName == "" {
				own.ServerName = host
			}
			secure := tls.Client(plain, own)
			if err := secure.HandshakeContext(ctx); err != nil {
				return nil, errors.Join(fmt.Errorf("TLS with settlement: %w", err), plain.Close())
			}
			return &line{Conn: secure}, nil
		},
		ResponseHeaderTimeout: o.Answer, MaxResponseHeaderBytes: 16 << 10,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
	}
}
