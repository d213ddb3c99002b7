//go:build linux

package virtualsensor

import (
	"image"
	"image/color"
	"image/draw"

	"countersign/devices/fingerprint/wire"
)

// capture takes the picture of the finger on the glass into the buffer.
func (s *Sensor) capture() wire.Confirmation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finger == nil {
		return wire.NoFinger
	}
	s.captures++
	clear(s.picture)
	s.picture = wire.PackGrey(s.picture[:0], s.seen())
	return wire.OK
}

// seen returns what the window sees of the finger: its middle, bare glass round it.
func (s *Sensor) seen() *image.Gray {
	window := s.options.Model.window()
	g := image.NewGray(image.Rectangle{Max: window})
	draw.Draw(g, g.Rect, image.NewUniform(color.Gray{Y: 0xF0}), image.Point{}, draw.Src)
	b := s.finger.Bounds()
	from := b.Min.Add(image.Pt((b.Dx()-window.X)/2, (b.Dy()-window.Y)/2))
	if n := s.options.Unsteady; n > 0 {
		from = from.Add(image.Pt(s.random.IntN(2*n+1)-n, s.random.IntN(2*n+1)-n))
	}
	// Only the part of the picture that there is; draw clips to it.
	draw.Draw(g, g.Rect, s.finger, from, draw.Src)
	if n := s.options.Unsteady; n > 0 {
		for i, v := range g.Pix {
			g.Pix[i] = uint8(min(255, max(0, float64(v)+s.random.NormFloat64()*float64(n))))
		}
	}
	return g
}

// upload sends the picture in data packets, the last one marked.
func (p *plug) upload() error {
	s := p.sensor
	s.mu.Lock()
	picture, size := append([]byte(nil), s.picture...), s.packet
	if len(picture) > 0 {
		s.uploads++
	}
	s.mu.Unlock()
	if len(picture) == 0 {
		return p.answer(wire.NoImage)
	}
	if err := p.answer(wire.OK); err != nil {
		return err
	}
	f, bad := s.take(func(f fault) bool { return !f.refuses && f.inPicture() })
	endless := bad && f.Fault == Endless
	if endless {
		picture = append(picture, picture...)
	}
	defer clear(picture)
	first := f.first(len(picture), size)
	for at := 0; at < len(picture); at += size {
		kind := wire.Data
		if at+size >= len(picture) && !endless {
			kind = wire.LastData
		}
		packet := wire.Packet{Address: s.options.Address, Kind: kind, Payload: picture[at:min(at+size, len(picture))]}
		if bad && !endless && at == first {
			if stop, err := p.spoil(f.Fault, packet); stop || err != nil {
				return err
			}
			continue
		}
		if err := p.packet(packet); err != nil {
			return err
		}
	}
	return nil
}

// packet sends a packet, damaged if the line is one that does that.
func (p *plug) packet(packet wire.Packet) error {
	b, err := wire.Append(nil, packet)
	if err != nil {
		return err
	}
	if n := p.sensor.options.Noise; n.Above > 0 && p.sensor.Baud() > n.Above && len(packet.Payload) > n.Longer {
		b[len(b)/2] ^= 0x10
	}
	return p.send(b)
}

// spoil sends a packet of the picture as f has it; stop ends the picture there.
func (p *plug) spoil(f Fault, packet wire.Packet) (stop bool, err error) {
	switch f {
	case BadChecksum:
		b, err := wire.Append(nil, packet)
		if err != nil {
			return true, err
		}
		b[len(b)-1]++
		return false, p.send(b)
	case LostPacket:
		return false, nil
	case WrongKind:
		packet.Kind = wire.Ack
	case Silence:
		return true, nil
	case Garbage:
		if err := p.send([]byte("\x00\xff\xefgarbage\xef\x01")); err != nil {
			return true, err
		}
	case HangUp:
		p.pull()
		return true, nil
	case Duplicate:
		if err := p.packet(packet); err != nil {
			return true, err
		}
	case WrongLength:
		b, err := wire.Append(nil, packet)
		if err != nil {
			return true, err
		}
		b[8]-- // of the length's two bytes the lower one
		return false, p.send(b)
	case ShortLast:
		packet.Payload = packet.Payload[:len(packet.Payload)/2]
	case EarlyEnd:
		packet.Kind = wire.LastData
		return true, p.packet(packet)
	}
	return false, p.packet(packet)
}
