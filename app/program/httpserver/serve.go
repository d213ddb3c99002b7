// Package httpserver is the frame of the services over HTTPS: a server that
// stops gracefully, bounded bodies, answers and problem details (RFC 9457).
//
// It decides nothing: which paths there are, who may ask and what is answered is
// the service's own.
package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve answers on l until ctx ends, then lets the requests under way end, for
// as long as grace at most. It closes l and returns nil after an orderly stop.
// A server with a TLSConfig serves HTTPS, any other plain HTTP. of names what is
// served, in errors.
func Serve(ctx context.Context, l net.Listener, server *http.Server, of string, grace time.Duration) error {
	ended := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			ended <- server.ServeTLS(l, "", "")
		} else {
			ended <- server.Serve(l)
		}
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", of, err)
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(bounded)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop serving %s: %w", of, err), server.Close())
	}
	<-ended
	return err
}
