package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// A gadget is a USB device in software.
type gadget interface {
	// descriptor is the device's (1), its configuration's (2) or a string's (3); nil for
	// one that it has not.
	descriptor(kind, index byte) []byte
	// control answers a class request; an error stalls the pipe.
	control(setup request, data []byte) ([]byte, error)
	// in gives the next bytes of an endpoint, at most n; nil keeps the host waiting.
	in(ctx context.Context, endpoint uint32, n int) []byte
	// out takes what was sent to an endpoint.
	out(endpoint uint32, data []byte) error
}

// A request is a control transfer's setup packet (USB 2.0, section 9.3).
type request struct {
	kind, code           byte
	value, index, length uint16
}

// USB/IP's messages (Linux, Documentation/usb/usbip_protocol.rst).
const (
	submit, unlink         = 1, 2
	submitted, unlinked    = 3, 4
	stalled, takenBack     = -int32(syscall.EPIPE), -int32(syscall.ECONNRESET)
	headerSize             = 48
	highSpeed              = 3
	maxTransfer            = 1 << 20
	attachment             = "/sys/devices/platform/vhci_hcd.0/attach"
	portsOfTheHub          = 8
	getStatus, getDesc     = 0, 6
	typeMask, typeStandard = 0x60, 0x00
)

var errStall = errors.New("stalled")

// plugIn plugs a gadget into a port of the kernel's virtual host (vhci_hcd) and pulls it
// when ctx ends.
func plugIn(ctx context.Context, g gadget) error {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	kernel, ours := pair[0], os.NewFile(uintptr(pair[1]), "usb")
	defer ours.Close()
	for port := 0; ; port++ {
		// port, socket, device number on the far bus, speed
		err = os.WriteFile(attachment, fmt.Appendf(nil, "%d %d %d %d", port, kernel, port+1, highSpeed), 0)
		if err == nil || port+1 == portsOfTheHub {
			break
		}
	}
	syscall.Close(kernel)
	if err != nil {
		return fmt.Errorf("plugging in (is vhci_hcd loaded?): %w", err)
	}
	defer context.AfterFunc(ctx, func() { syscall.Shutdown(pair[1], syscall.SHUT_RDWR) })()
	err = (&bus{gadget: g, host: ours}).serve(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// A bus carries one gadget's transfers.
type bus struct {
	gadget gadget
	host   io.ReadWriter
}

// serve answers transfers until the host is gone. Transfers that a gadget keeps waiting
// are answered when they are taken back.
func (b *bus) serve(ctx context.Context) error {
	read := bufio.NewReader(b.host)
	header := make([]byte, headerSize)
	waiting := map[uint32]bool{}
	for {
		if _, err := io.ReadFull(read, header); err != nil {
			return fmt.Errorf("the host is gone: %w", err)
		}
		field := func(at int) uint32 { return binary.BigEndian.Uint32(header[at:]) }
		command, number, isIn, endpoint := field(0), field(4), field(12) == 1, field(16)
		switch command {
		case unlink:
			status := int32(0)
			if waiting[field(20)] {
				delete(waiting, field(20))
				status = takenBack
			}
			if err := b.answer(unlinked, number, status, nil, 0); err != nil {
				return err
			}
			continue
		case submit:
		default:
			return fmt.Errorf("message %d is not of this protocol", command)
		}
		length := field(24)
		if length > maxTransfer {
			return fmt.Errorf("a transfer of %d bytes", length)
		}
		var data []byte
		if !isIn {
			data = make([]byte, length)
			if _, err := io.ReadFull(read, data); err != nil {
				return err
			}
		}
		var answer []byte
		var err error
		switch {
		case endpoint == 0:
			s := header[40:]
			answer, err = b.control(request{s[0], s[1], binary.LittleEndian.Uint16(s[2:]),
				binary.LittleEndian.Uint16(s[4:]), binary.LittleEndian.Uint16(s[6:])}, data)
		case isIn:
			if answer = b.gadget.in(ctx, endpoint, int(length)); answer == nil {
				waiting[number] = true
				continue
			}
		default:
			err = b.gadget.out(endpoint, data)
		}
		status, done := int32(0), len(data)
		if isIn {
			answer = answer[:min(len(answer), int(length))]
			done = len(answer)
		} else {
			answer = nil
		}
		if err != nil {
			status, done, answer = stalled, 0, nil
		}
		if err := b.answer(submitted, number, status, answer, done); err != nil {
			return err
		}
	}
}

// control answers what every device answers, and passes the rest on.
func (b *bus) control(r request, data []byte) ([]byte, error) {
	if r.kind&typeMask != typeStandard {
		return b.gadget.control(r, data)
	}
	switch r.code {
	case getStatus:
		return []byte{0, 0}, nil
	case getDesc:
		if d := b.gadget.descriptor(byte(r.value>>8), byte(r.value)); d != nil {
			return d, nil
		}
		return nil, errStall
	}
	return nil, nil // set configuration, interface, feature: there is one of each
}

func (b *bus) answer(command, number uint32, status int32, data []byte, done int) error {
	message := make([]byte, headerSize, headerSize+len(data))
	binary.BigEndian.PutUint32(message, command)
	binary.BigEndian.PutUint32(message[4:], number)
	binary.BigEndian.PutUint32(message[20:], uint32(status))
	binary.BigEndian.PutUint32(message[24:], uint32(done))
	_, err := b.host.Write(append(message, data...))
	return err
}

// usbString is a string descriptor: UTF-16, for ASCII text.
func usbString(text string) []byte {
	d := []byte{byte(2 + 2*len(text)), 3}
	for _, c := range []byte(text) {
		d = append(d, c, 0)
	}
	return d
}

// usbDescriptor picks among a device's descriptors; strings count from 1.
func usbDescriptor(kind, index byte, device, configuration []byte, names ...string) []byte {
	switch {
	case kind == 1:
		return device
	case kind == 2 && index == 0:
		return configuration
	case kind == 3 && index == 0:
		return []byte{4, 3, 0x09, 0x04} // English
	case kind == 3 && int(index) <= len(names):
		return usbString(names[index-1])
	}
	return nil
}
