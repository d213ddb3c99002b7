package air

import (
	"net"
	"syscall"
)

// quickAck acknowledges what has arrived. The driver may send length and payload apart
// and holds the second back until then, for which Linux takes 40 ms unless it is told.
func quickAck(conn *net.TCPConn) {
	if raw, err := conn.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1) })
	}
}
