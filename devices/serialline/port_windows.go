package serialline

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// comPort is a COM port. The library's own has each read wait for its first byte by a
// setting that Wine lacks, where its reads never end; here they end by a pause between two
// bytes, which all drivers know.
type comPort struct {
	handle      windows.Handle
	reading     sync.Mutex // one at a time uses each event
	writing     sync.Mutex
	read, write windows.Overlapped
}

const (
	// pause ends a read, ms: longer than a byte takes at 9600 baud, and shorter than anybody
	// waits for an answer.
	pause = 4
	// Of DCB's bits (winbase.h): fBinary, and fDtrControl and fRtsControl enabled, by which
	// some adapters are switched on.
	binaryWithLines = 1<<0 | 1<<4 | 1<<12
	bits            = 8
)

// openPort opens a port by its name, COM3 or COM12.
func openPort(s Settings) (_ port, err error) {
	name := s.Port
	if !strings.HasPrefix(name, `\\`) {
		name = `\\.\` + name // without it there are nine
	}
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	p := &comPort{}
	p.handle, err = windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_OVERLAPPED, 0)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	state := windows.DCB{BaudRate: uint32(s.Baud), Flags: binaryWithLines, ByteSize: bits, Parity: windows.NOPARITY, StopBits: windows.ONESTOPBIT}
	state.DCBlength = uint32(unsafe.Sizeof(state))
	if err := windows.SetCommState(p.handle, &state); err != nil {
		return nil, err
	}
	times := windows.CommTimeouts{ReadIntervalTimeout: pause, ReadTotalTimeoutConstant: uint32(s.Poll.Milliseconds())}
	if err := windows.SetCommTimeouts(p.handle, &times); err != nil {
		return nil, err
	}
	for _, o := range []*windows.Overlapped{&p.read, &p.write} {
		if o.HEvent, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Read reads what comes until there is a pause, b is full or [Settings.Poll] is over.
func (p *comPort) Read(b []byte) (int, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	defer runtime.KeepAlive(b) // Windows has it until then
	n, err := p.wait(&p.read, windows.ReadFile(p.handle, b, nil, &p.read))
	if errors.Is(err, windows.WAIT_TIMEOUT) || errors.Is(err, windows.ERROR_TIMEOUT) { // Wine's word for n = 0
		err = nil
	}
	return n, err
}

// Write writes b. One of nothing asks whether the port is still there.
func (p *comPort) Write(b []byte) (int, error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	defer runtime.KeepAlive(b)
	return p.wait(&p.write, windows.WriteFile(p.handle, b, nil, &p.write))
}

// wait waits for the end of what was begun.
func (p *comPort) wait(o *windows.Overlapped, begun error) (int, error) {
	if begun != nil && !errors.Is(begun, windows.ERROR_IO_PENDING) {
		return 0, begun
	}
	var n uint32
	err := windows.GetOverlappedResult(p.handle, o, &n, true)
	return int(n), err
}

// Flush throws away what was received and not yet read, and what was not yet sent.
func (p *comPort) Flush() error {
	return windows.PurgeComm(p.handle, windows.PURGE_RXCLEAR|windows.PURGE_TXCLEAR|windows.PURGE_TXABORT)
}

// Close closes the port; nobody may be in it.
func (p *comPort) Close() error {
	var errs []error
	for _, h := range []windows.Handle{p.handle, p.read.HEvent, p.write.HEvent} {
		if h != 0 {
			errs = append(errs, windows.CloseHandle(h))
		}
	}
	return errors.Join(errs...)
}
