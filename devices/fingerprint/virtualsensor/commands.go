//go:build linux

package virtualsensor

import (
	"encoding/binary"

	"countersign/devices/fingerprint/wire"
)

// obey carries out one command. Packets for another address, and those that are
// no commands, are not for this sensor.
func (p *plug) obey(packet wire.Packet) error {
	s := p.sensor
	if packet.Kind != wire.Command || packet.Address != s.options.Address {
		return nil
	}
	i, parameters := wire.Instruction(packet.Payload[0]), packet.Payload[1:]
	if f, ok := s.take(func(f fault) bool { return f.refuses && f.instruction == i }); ok {
		return p.answer(f.code)
	}
	if f, ok := s.take(func(f fault) bool { return !f.refuses && f.concerns(i) }); ok {
		return p.misanswer(f.Fault)
	}
	if i == wire.VerifyPassword {
		return p.answer(p.verify(parameters))
	}
	if s.password() != 0 && !p.verified {
		return p.answer(wire.PasswordNeeded)
	}
	switch i {
	case wire.SetPassword:
		return p.answer(p.setPassword(parameters))
	case wire.Echo:
		return p.answer(wire.Present)
	case wire.GetImage:
		return p.answer(s.capture())
	case wire.UpImage:
		return p.upload()
	case wire.ReadSysPara:
		return p.tellParameters()
	case wire.SetSysPara:
		return p.set(parameters)
	case wire.ReadProdInfo:
		if s.options.Model == R503 && !s.options.Untold {
			return p.answer(wire.OK, s.product().Append(nil)...)
		}
	case wire.Handshake:
		if s.options.Model == R503 {
			return p.answer(wire.OK)
		}
	}
	return p.answer(wire.UnknownInstruction)
}

// answer acknowledges.
func (p *plug) answer(c wire.Confirmation, rest ...byte) error {
	return p.packet(wire.Packet{
		Address: p.sensor.options.Address, Kind: wire.Ack, Payload: append([]byte{byte(c)}, rest...),
	})
}

// verify compares a password with the sensor's. Only with one of its own does a sensor
// want it before all else.
func (p *plug) verify(parameters []byte) wire.Confirmation {
	if len(parameters) != 4 {
		return wire.ReceiveError
	}
	p.verified = binary.BigEndian.Uint32(parameters) == p.sensor.password()
	if !p.verified {
		return wire.WrongPassword
	}
	return wire.OK
}

// setPassword keeps a new password, to be verified before anything else.
func (p *plug) setPassword(parameters []byte) wire.Confirmation {
	if len(parameters) != 4 {
		return wire.ReceiveError
	}
	p.verified = false
	p.sensor.mu.Lock()
	defer p.sensor.mu.Unlock()
	p.sensor.options.Password = binary.BigEndian.Uint32(parameters)
	return wire.OK
}

func (s *Sensor) password() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.Password
}

// misanswer does to an answer what f says.
func (p *plug) misanswer(f Fault) error {
	packet := wire.Packet{Address: p.sensor.options.Address, Kind: wire.Ack, Payload: []byte{byte(wire.OK)}}
	if f == OtherAddress {
		packet.Address ^= 1
	}
	b, err := wire.Append(nil, packet)
	if err != nil {
		return err
	}
	switch f {
	case Mute:
		return nil
	case GarbledAnswer:
		b[len(b)-1] ^= 0x10
	}
	return p.send(b)
}

func (p *plug) tellParameters() error {
	s := p.sensor
	s.mu.Lock()
	parameters := wire.Parameters{
		System: 9, Library: 162, Security: 3, Address: s.options.Address, PacketSize: s.packet, Baud: s.baud,
	}
	s.mu.Unlock()
	b, err := parameters.Append(nil)
	if err != nil {
		return err
	}
	return p.answer(wire.OK, b...)
}

// set sets a parameter. The answer still goes at the old speed.
func (p *plug) set(parameters []byte) error {
	if len(parameters) != 2 {
		return p.answer(wire.ReceiveError)
	}
	s, value := p.sensor, int(parameters[1])
	switch wire.Parameter(parameters[0]) {
	case wire.ParameterBaud:
		if value < 1 || value > 12 {
			return p.answer(wire.BadRegisterValue)
		}
		if err := p.answer(wire.OK); err != nil {
			return err
		}
		s.mu.Lock()
		s.baud = value * wire.BaudUnit
		s.mu.Unlock()
		return nil
	case wire.ParameterPacketSize:
		if value >= len(wire.PacketSizes) {
			return p.answer(wire.BadRegisterValue)
		}
		s.mu.Lock()
		s.packet = wire.PacketSizes[value]
		s.mu.Unlock()
		return p.answer(wire.OK)
	case wire.ParameterSecurity:
		return p.answer(wire.OK)
	}
	return p.answer(wire.BadRegister)
}

func (s *Sensor) product() wire.Product {
	window := s.options.Model.window()
	p := wire.Product{Version: [2]byte{1, 0}, Width: uint16(window.X), Height: uint16(window.Y), TemplateBytes: 1536, Templates: 200}
	copy(p.Model[:], "R503")
	copy(p.SensorModel[:], "virtual")
	copy(p.Serial[:], s.options.Serial)
	return p
}
