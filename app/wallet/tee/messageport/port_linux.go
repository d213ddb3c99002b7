// Package messageport carries [tee.Message]s over one end of a socket pair
// (SOCK_SEQPACKET: whole messages, in order, and the other end's death is seen),
// with a file descriptor where a message hands one over.
package messageport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee"
)

// Port is one end. One goroutine may receive while others send.
type Port struct {
	conn *net.UnixConn

	sending sync.Mutex
	out     []byte
	in, oob []byte
}

const buffer = 208 << 10 // what Linux allows anyone; it keeps twice that

// Pair returns two joined files, to hand to processes or to [Open].
func Pair() (a, b *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), "messages"), os.NewFile(uintptr(fds[1]), "messages"), nil
}

// Open takes over one end and closes the file, whatever it returns.
func Open(file *os.File) (*Port, error) {
	defer file.Close()
	kind, err := unix.GetsockoptInt(int(file.Fd()), unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil || kind != unix.SOCK_SEQPACKET {
		return nil, errors.New("no hardware environment at the other end of this process: it was not started by one")
	}
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("open a message port: %w", err)
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return nil, errors.New("open a message port: not a Unix socket")
	}
	_ = socket.SetWriteBuffer(buffer) // less is enough for sides that keep to the limits, only slower
	return &Port{conn: socket, in: make([]byte, tee.MaxMessage+1), oob: make([]byte, unix.CmsgSpace(4*4))}, nil
}

// Inherited opens the end that the process was given when it was started, as its
// file descriptor 3.
func Inherited() (*Port, error) {
	unix.CloseOnExec(inherited)
	return Open(os.NewFile(inherited, "messages"))
}

const inherited = 3

// Send sends a message, waiting until the other end has room.
func (p *Port) Send(m *tee.Message) error {
	p.sending.Lock()
	defer p.sending.Unlock()
	p.out = m.Append(p.out[:0])
	_, err := p.conn.Write(p.out)
	return err
}

// SendBefore is Send with a latest time, after which the port is unusable.
func (p *Port) SendBefore(m *tee.Message, latest time.Time) error {
	if err := p.conn.SetWriteDeadline(latest); err != nil {
		return err
	}
	return p.Send(m)
}

// SendFile sends a message with a file.
func (p *Port) SendFile(m *tee.Message, file *os.File) error {
	p.sending.Lock()
	defer p.sending.Unlock()
	p.out = m.Append(p.out[:0])
	_, _, err := p.conn.WriteMsgUnix(p.out, unix.UnixRights(int(file.Fd())), nil)
	return err
}

// Receive waits for a message. It ends with io.EOF when the other end is closed,
// and with an error that wraps [tee.ErrMalformed] when what came is no message. A
// file that came along unasked is closed.
func (p *Port) Receive() (tee.Message, error) {
	m, file, err := p.ReceiveFile()
	if file != nil {
		file.Close()
		return m, fmt.Errorf("%w: it brings a file", tee.ErrMalformed)
	}
	return m, err
}

// ReceiveFile is Receive for a message that may bring a file, which is closed on
// exec; nil when it brings none.
func (p *Port) ReceiveFile() (tee.Message, *os.File, error) {
	n, control, flags, _, err := p.conn.ReadMsgUnix(p.in, p.oob)
	if err != nil {
		if errors.Is(err, unix.ECONNRESET) {
			err = io.EOF
		}
		return tee.Message{}, nil, err
	}
	files, err := received(p.oob[:control])
	if err == nil && (len(files) > 1 || flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0) {
		err = fmt.Errorf("%w: too long", tee.ErrMalformed)
	}
	var m tee.Message
	if err == nil {
		m, err = tee.Decode(p.in[:n])
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return m, nil, err
	}
	if len(files) == 1 {
		return m, files[0], nil
	}
	return m, nil, nil
}

func received(oob []byte) (files []*os.File, err error) {
	if len(oob) == 0 {
		return nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", tee.ErrMalformed, err)
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return files, fmt.Errorf("%w: %w", tee.ErrMalformed, err)
		}
		for _, fd := range fds { // net asks for MSG_CMSG_CLOEXEC
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files, nil
}

// Close closes the end; whoever waits on it returns.
func (p *Port) Close() error { return p.conn.Close() }

// ReceiveUntil ends all receiving at a time, now and later, whatever
// [Port.Interrupt] said.
func (p *Port) ReceiveUntil(latest time.Time) { _ = p.conn.SetReadDeadline(latest) }

// Drain throws away what comes until the other end is closed or receiving is ended.
// Nobody may be receiving.
func (p *Port) Drain() {
	for {
		if _, _, _, _, err := p.conn.ReadMsgUnix(p.in, nil); err != nil {
			return
		}
	}
}

// Interrupt ends all receiving, now and later; sending goes on.
func (p *Port) Interrupt() { _ = p.conn.SetReadDeadline(time.Unix(1, 0)) }
