package main

import (
	"context"
	"encoding/binary"
	"time"
)

// The only picture that the camera has: YUYV, two bytes a pixel.
const (
	width, height = 320, 240
	pictureSize   = width * height * 2
	interval      = 200 * time.Millisecond // slow enough for an emulated machine
)

// camera is a USB camera (USB Video Class 1.0) that sends pictures over a bulk endpoint.
type camera struct {
	settings []byte       // of the stream, as the host last set them
	payload  []byte       // what is left of the picture that is being sent
	second   byte         // changes with each picture
	due      *time.Ticker // nil until the first picture is asked for
}

func newCamera() *camera {
	c := &camera{settings: make([]byte, 26)}
	c.settings[2], c.settings[3] = 1, 1 // the first format and its first frame
	binary.LittleEndian.PutUint32(c.settings[4:], uint32(interval/(100*time.Nanosecond)))
	binary.LittleEndian.PutUint32(c.settings[18:], pictureSize)
	binary.LittleEndian.PutUint32(c.settings[22:], 2+pictureSize) // a payload is a picture with a header
	return c
}

func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func (*camera) descriptor(kind, index byte) []byte {
	var frame []byte
	frame = append(frame, 30, 0x24, 5, 1, 0, width%256, width/256, height%256, height/256)
	rate := uint32(pictureSize * 8 * (time.Second / interval))
	for _, n := range []uint32{rate, rate, pictureSize, uint32(interval / (100 * time.Nanosecond))} {
		frame = append(frame, le32(n)...)
	}
	frame = append(append(frame, 1), le32(uint32(interval/(100*time.Nanosecond)))...)
	whole := []byte{
		9, 2, 0, 0, 2, 1, 0, 0x80, 50,
		8, 11, 0, 2, 14, 3, 0, 0, // both interfaces are one function
		9, 4, 0, 0, 0, 14, 1, 0, 0, // control
		13, 0x24, 1, 0x00, 0x01, 40, 0, 0x00, 0x6c, 0xdc, 0x02, 1, 1,
		18, 0x24, 2, 1, 0x01, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, // a camera
		9, 0x24, 3, 2, 0x01, 0x01, 0, 1, 0, // to the host
		9, 4, 1, 0, 1, 14, 2, 0, 0, // stream
		14, 0x24, 1, 1, 71, 0, 0x81, 0, 2, 0, 0, 0, 1, 0,
		27, 0x24, 4, 1, 1, 'Y', 'U', 'Y', '2', 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71, 16, 1, 0, 0, 0, 0,
	}
	whole = append(whole, frame...)
	whole = append(whole, 7, 5, 0x81, 2, 0x00, 0x02, 0)
	binary.LittleEndian.PutUint16(whole[2:], uint16(len(whole)))
	return usbDescriptor(kind, index,
		[]byte{18, 1, 0x00, 0x02, 0xef, 2, 1, 64, 0x6b, 0x1d, 0x02, 0x01, 0x00, 0x01, 1, 2, 3, 1},
		whole, "Countersign", "Camera in software", "BOOT-CAMERA")
}

func (c *camera) control(r request, data []byte) ([]byte, error) {
	const set, length, info = 0x01, 0x85, 0x86
	if stream := r.index == 1; !stream || r.value>>8 != 1 && r.value>>8 != 2 {
		return nil, errStall // it has no other controls than to try and to take settings
	}
	switch r.code {
	case set: // one picture size and one rate: nothing to choose
		return nil, nil
	case length:
		return []byte{byte(len(c.settings)), 0}, nil
	case info:
		return []byte{3}, nil
	}
	return c.settings, nil
}

// in sends a picture as one payload in as many transfers as it takes; the last one is
// short, which ends it.
func (c *camera) in(ctx context.Context, _ uint32, n int) []byte {
	if len(c.payload) == 0 {
		if c.due == nil {
			c.due = time.NewTicker(interval)
		}
		select {
		case <-c.due.C:
		case <-ctx.Done():
			return nil
		}
		c.second++
		c.payload = append(c.payload, 2, 0x82|c.second&1) // header: ends here; the picture's parity
		for i := range width * height {
			grey := byte(i%width/2) + byte(i/width/2) + c.second
			c.payload = append(c.payload, grey, 128)
		}
	}
	part := c.payload[:min(n, len(c.payload))]
	c.payload = c.payload[len(part):]
	return part
}

func (*camera) out(uint32, []byte) error { return errStall }
