//go:build linux

package main

import (
	"net"
	"sync"
	"testing"
)

// network is the line between terminal and settlement, of which settlement's TLS
// sees nothing. It passes bytes on until a test wants otherwise.
type network struct {
	tb       testing.TB
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	state lineState
	lines map[*line]struct{}
}

// lineState is what becomes of what is said.
type lineState int

const (
	up             lineState = iota
	down                     // nothing passes, nobody gets through
	losesQuestions           // the next thing that the terminal says is lost, then down
	losesAnswers             // the next thing that settlement says is lost, then down
)

// line is one connection.
type line struct{ near, far net.Conn }

func (l *line) end() {
	for _, c := range []net.Conn{l.near, l.far} {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
}

func openNetwork(tb testing.TB, target string) *network {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	n := &network{tb: tb, target: target, listener: listener, lines: map[*line]struct{}{}}
	n.running.Go(n.accept)
	tb.Cleanup(func() {
		_ = listener.Close()
		n.set(down)
		n.running.Wait()
	})
	return n
}

func (n *network) address() string { return n.listener.Addr().String() }

// set changes the state; down ends every connection.
func (n *network) set(s lineState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = s
	if s != down {
		return
	}
	for l := range n.lines {
		l.end()
	}
	clear(n.lines)
}

// lose arms losesQuestions or losesAnswers. It takes hold of a connection that is
// open already, because on a new one the handshake would be lost.
func (n *network) lose(s lineState) {
	n.tb.Helper()
	n.mu.Lock()
	open := len(n.lines)
	n.mu.Unlock()
	if open == 0 {
		n.tb.Fatal("terminal and settlement have no connection to lose anything on")
	}
	n.set(s)
}

func (n *network) accept() {
	for {
		near, err := n.listener.Accept()
		if err != nil {
			return
		}
		n.running.Go(func() { n.serve(near) })
	}
}

func (n *network) serve(near net.Conn) {
	far, err := net.Dial("tcp", n.target)
	if err != nil {
		_ = near.Close()
		return
	}
	l := &line{near, far}
	n.mu.Lock()
	passes := n.state == up
	if passes {
		n.lines[l] = struct{}{}
	}
	n.mu.Unlock()
	defer l.end()
	if !passes {
		return
	}
	var passing sync.WaitGroup
	passing.Go(func() { n.pass(l, l.near, l.far, losesQuestions) })
	passing.Go(func() { n.pass(l, l.far, l.near, losesAnswers) })
	passing.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.lines, l)
}

// pass copies one way until the connection ends, or until the state in which this
// way loses what is said.
func (n *network) pass(l *line, from, to net.Conn, loses lineState) {
	defer l.end()
	buffer := make([]byte, 16<<10)
	for {
		count, err := from.Read(buffer)
		if err != nil {
			return
		}
		n.mu.Lock()
		lost := n.state == loses
		if lost {
			n.state = down
		}
		n.mu.Unlock()
		if lost {
			return
		}
		if _, err := to.Write(buffer[:count]); err != nil {
			return
		}
	}
}
