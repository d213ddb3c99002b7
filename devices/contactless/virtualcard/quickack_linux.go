package virtualcard

import (
	"net"
	"syscall"
)

// quickAck returns a function that acknowledges what has arrived. The daemon may
// send length and payload apart, and holds the second back until the first is
// acknowledged, for which Linux takes 40 ms unless it is told to, each time anew.
func quickAck(conn net.Conn) func() {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return func() {}
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return func() {}
	}
	return func() {
		_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1) })
	}
}
