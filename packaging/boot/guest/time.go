package main

import (
	"context"
	"encoding/binary"
	"net"
	"time"
)

// since1900 is the number of seconds from NTP's epoch to Unix's.
const since1900 = 2208988800

// serveTime answers SNTP requests (RFC 4330) with the time that now tells, as a server
// with a clock of its own does, until ctx ends.
func serveTime(ctx context.Context, address string, now func() time.Time) error {
	socket, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", address)
	if err != nil {
		return err
	}
	defer socket.Close()
	defer context.AfterFunc(ctx, func() { socket.Close() })()
	request := make([]byte, 512)
	for {
		n, from, err := socket.ReadFrom(request)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if answer := timeAnswer(request[:n], now()); answer != nil {
			if _, err := socket.WriteTo(answer, from); err != nil {
				return err
			}
		}
	}
}

// timeAnswer is a server's answer to a client's request (mode 3); nil to anything else.
func timeAnswer(request []byte, now time.Time) []byte {
	if len(request) < 48 || request[0]&7 != 3 {
		return nil
	}
	answer := make([]byte, 48)
	answer[0] = request[0]&0x38 | 4 // its version; a server
	answer[1] = 1                   // stratum: a clock of its own
	answer[2] = request[2]
	answer[3] = 0xec // precision: 2^-20 s
	copy(answer[12:], "LOCL")
	stamp := uint64(now.Unix()+since1900)<<32 | uint64(now.Nanosecond())<<32/1e9
	for _, at := range []int{16, 32, 40} { // last set, received, sent
		binary.BigEndian.PutUint64(answer[at:], stamp)
	}
	copy(answer[24:32], request[40:48]) // what the client sent comes back
	return answer
}
