package main

import (
	"context"
	"io"
)

// printer is a USB printer (USB Printing Devices 1.1): one way out, one back.
type printer struct {
	paper io.Writer // takes what is printed, as it comes
}

func (*printer) descriptor(kind, index byte) []byte {
	return usbDescriptor(kind, index,
		[]byte{18, 1, 0x00, 0x02, 0, 0, 0, 64, 0xb8, 0x04, 0x02, 0x02, 0x00, 0x01, 1, 2, 3, 1},
		[]byte{
			9, 2, 32, 0, 1, 1, 0, 0xc0, 1, // one interface, powered by itself
			9, 4, 0, 0, 2, 7, 1, 2, 0, // a printer, both ways
			7, 5, 0x01, 2, 0x00, 0x02, 0,
			7, 5, 0x82, 2, 0x00, 0x02, 0,
		}, "EPSON", "TM-T20 in software", "BOOT-PRINTER")
}

func (*printer) control(r request, _ []byte) ([]byte, error) {
	switch r.code {
	case 0: // who it is (IEEE 1284), with its length before it
		id := "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20;CLS:PRINTER;"
		return append([]byte{0, byte(len(id) + 2)}, id...), nil
	case 1: // there is paper, no error, selected
		return []byte{0x18}, nil
	}
	return nil, nil
}

func (*printer) in(context.Context, uint32, int) []byte { return nil }

func (p *printer) out(_ uint32, data []byte) error {
	_, err := p.paper.Write(data)
	return err
}
