package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// pcscd's messages (pcsc-lite's winscard_msg.h), in the machine's byte order.
const (
	cardDaemon   = "/run/pcscd/pcscd.comm"
	askVersion   = 0x11
	askReaders   = 0x12
	readersMost  = 16
	readerSize   = 184 // a READER_STATE
	readerName   = 128
	versionMajor = 4
	versionMinor = 4
)

// listReaders prints the names of the readers that pcscd shows to whoever runs this. It
// fails for who may not speak to pcscd, whose connection is closed.
func listReaders(ctx context.Context, out io.Writer) error {
	socket, err := (&net.Dialer{}).DialContext(ctx, "unix", cardDaemon)
	if err != nil {
		return err
	}
	defer socket.Close()
	defer context.AfterFunc(ctx, func() { socket.Close() })()
	message := binary.LittleEndian.AppendUint32(nil, 12)
	for _, n := range []uint32{askVersion, versionMajor, versionMinor, 0} {
		message = binary.LittleEndian.AppendUint32(message, n)
	}
	if _, err := socket.Write(message); err != nil {
		return err
	}
	version := make([]byte, 12)
	if _, err := io.ReadFull(socket, version); err != nil {
		return fmt.Errorf("pcscd does not speak to this user: %w", err)
	}
	if refused := binary.LittleEndian.Uint32(version[8:]); refused != 0 {
		return fmt.Errorf("pcscd speaks another version: %#x", refused)
	}
	if _, err := socket.Write(binary.LittleEndian.AppendUint32(make([]byte, 4), askReaders)); err != nil {
		return err
	}
	states := make([]byte, readersMost*readerSize)
	if _, err := io.ReadFull(socket, states); err != nil {
		return err
	}
	found := false
	for ; len(states) > 0; states = states[readerSize:] {
		if name, _, _ := bytes.Cut(states[:readerName], []byte{0}); len(name) > 0 {
			found = true
			fmt.Fprintln(out, string(name))
		}
	}
	if !found {
		return errors.New("no readers")
	}
	return nil
}
