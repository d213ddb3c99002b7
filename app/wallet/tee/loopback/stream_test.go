package loopback_test

import (
	"context"
	"io"
	"net"
	"testing"

	"golang.org/x/net/nettest"

	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/tee/loopback"
)

// TestStreamIsAConn: golang.org/x/net's conformance tests of net.Conn, between a
// stream of the trusted side and the TCP connection that it was opened to.
func TestStreamIsAConn(t *testing.T) {
	nettest.TestConn(t, func() (near, far net.Conn, stop func(), err error) {
		return stream(t)
	})
}

func stream(t *testing.T) (near, far net.Conn, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, nil, err
	}
	defer listener.Close()
	var environment *internalapi.Environment
	client, err := loopback.Start(context.Background(), clientapi.Options{Dial: new(net.Dialer).DialContext},
		func(e *internalapi.Environment) (internalapi.TrustedApplication, error) {
			environment = e
			return echo{e}, nil
		})
	if err != nil {
		return nil, nil, nil, err
	}
	if near, err = environment.Dial(context.Background(), "tcp", listener.Addr().String()); err != nil {
		return nil, nil, nil, err
	}
	if far, err = listener.Accept(); err != nil {
		return nil, nil, nil, err
	}
	return near, far, func() {
		near.Close()
		far.Close()
		if err := client.FinalizeContext(context.Background()); err != nil {
			t.Error(err)
		}
	}, nil
}

// TestHalfClose: either end may say that it is done and still hear the other.
func TestHalfClose(t *testing.T) {
	for _, name := range []string{"trusted side first", "server first"} {
		t.Run(name, func(t *testing.T) {
			near, far, stop, err := stream(t)
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			first, second := near, far
			if name == "server first" {
				first, second = far, near
			}
			want := make([]byte, 300_000)
			for i := range want {
				want[i] = byte(i >> 7)
			}
			for _, way := range [][2]net.Conn{{first, second}, {second, first}} {
				sent := make(chan error, 1)
				go func() {
					_, err := way[0].Write(want)
					if err == nil {
						err = way[0].(interface{ CloseWrite() error }).CloseWrite()
					}
					sent <- err
				}()
				got, err := io.ReadAll(way[1])
				if err != nil || string(got) != string(want) {
					t.Errorf("%d bytes came, %v", len(got), err)
				}
				if err := <-sent; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
