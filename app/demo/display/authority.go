package display

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/jezek/xgb"
)

const (
	cookieName = "MIT-MAGIC-COOKIE-1"
	cookieSize = 16
	anyFamily  = 65535 // FamilyWild of Xauth.h: the entry serves whatever the address
)

// writeAuthority draws a cookie and writes the Xauthority file that both the
// server and its programs read. The display's number is left out, which means
// any: it is not known before the server runs.
func writeAuthority(file string) (cookie []byte, err error) {
	cookie = make([]byte, cookieSize)
	rand.Read(cookie) // never fails (crypto/rand)
	var b bytes.Buffer
	field := func(s string) {
		binary.Write(&b, binary.BigEndian, uint16(len(s)))
		b.WriteString(s)
	}
	binary.Write(&b, binary.BigEndian, uint16(anyFamily))
	field("") // address
	field("") // display number
	field(cookieName)
	field(string(cookie))
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		return nil, fmt.Errorf("write the display's cookie: %w", err)
	}
	return cookie, nil
}

// dial connects to the server with its own cookie, so that this program's
// environment need not name it.
func (s *Server) dial() (*xgb.Conn, error) {
	socket, err := net.Dial("unix", "/tmp/.X11-unix/X"+s.number)
	if err != nil {
		return nil, err
	}
	conn, err := xgb.NewConnNet(&cookieConn{Conn: socket, cookie: s.cookie})
	if err != nil {
		socket.Close()
		return nil, err
	}
	return conn, nil
}

// A cookieConn replaces the first thing written, the connection setup, by one
// that carries the server's cookie: xgb takes cookies from the environment only,
// which belongs to the whole process.
type cookieConn struct {
	net.Conn
	cookie []byte
	once   sync.Once
}

func (c *cookieConn) Write(p []byte) (n int, err error) {
	setup := false
	c.once.Do(func() { setup = true })
	if !setup {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(connectionSetup(c.cookie)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// connectionSetup is a client's first message (X protocol, Connection Setup):
// byte order, version 11.0, and the authorisation, each padded to four bytes.
func connectionSetup(cookie []byte) []byte {
	b := []byte{'l', 0}
	for _, v := range []int{11, 0, len(cookieName), len(cookie), 0} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	for _, part := range [][]byte{[]byte(cookieName), cookie} {
		b = append(b, part...)
		b = append(b, make([]byte, -len(part)&3)...)
	}
	return b
}
