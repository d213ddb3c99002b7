package relay

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// echo is a server that answers each line with itself, and tells of each line
// that it has heard.
func echo(t *testing.T) (address string, heard <-chan string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lines, ended := make(chan string, 64), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for r := bufio.NewReader(conn); ; {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					if len(line) < 64 {
						lines <- strings.TrimSpace(line)
					}
					io.WriteString(conn, line)
				}
			}()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-ended })
	return listener.Addr().String(), lines
}

func open(t *testing.T, target string) *Relay {
	r, err := Open(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func dial(t *testing.T, r *Relay) net.Conn {
	conn, err := net.Dial("tcp", r.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

func TestPassesBothWays(t *testing.T) {
	target, _ := echo(t)
	conn := dial(t, open(t, target))
	sent := make([]byte, 3<<20)
	rand.Read(sent)
	sent = append(bytes.ReplaceAll(sent, []byte{'\n'}, []byte{' '}), '\n')
	go conn.Write(sent)
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("other bytes came back: %v", err)
	}
	conn.(*net.TCPConn).CloseWrite()
	if n, err := conn.Read(got); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d bytes, %v", n, err)
	}
}

// A submission that went out before the cut arrives; its answer never does, and
// nobody gets through until the link is mended.
func TestCutBetweenQuestionAndAnswer(t *testing.T) {
	target, heard := echo(t)
	r := open(t, target)
	conn := dial(t, r)
	r.Slow(time.Minute) // far longer than the test: only the cut ends it
	io.WriteString(conn, "hello\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "hello\n" {
		t.Fatalf("before a connection is made: %q, %v", line, err)
	}
	<-heard
	io.WriteString(conn, "submission\n")
	if got := <-heard; got != "submission" {
		t.Fatalf("%q arrived", got)
	}
	r.Cut()
	if n, err := conn.Read(make([]byte, 8)); n != 0 || err == nil {
		t.Errorf("%d bytes of the answer came, %v", n, err)
	}
	refused(t, r)
	r.Slow(0)
	r.Mend()
	again := dial(t, r)
	io.WriteString(again, "reversal\n")
	if line, err := bufio.NewReader(again).ReadString('\n'); err != nil || line != "reversal\n" {
		t.Errorf("after mending: %q, %v", line, err)
	}
	if got := <-heard; got != "reversal" {
		t.Errorf("%q passed a cut link", got)
	}
}

func TestTargetGone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	refused(t, open(t, listener.Addr().String()))
}

// refused tries to get through a link that is down. The reset may come before
// the connection is complete.
func refused(t *testing.T, r *Relay) {
	conn, err := net.Dial("tcp", r.Address())
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, "query\n")
	if n, err := conn.Read(make([]byte, 8)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes passed, %v", n, err)
	}
}
