package virtualprinter

// Level is how much paper there is.
type Level int

// The levels.
const (
	Full  Level = iota
	Low         // the near-end sensor sees none; it prints
	Empty       // it does not print
)

// faults are what is wrong with a printer.
type faults struct {
	paper                        Level
	outAfter                     int // lines until the paper is out; 0 for never
	cover, offline, cutter       bool
	silent, garbage, unconfirmed bool
	speed                        int
	cutAfter                     int // bytes until the line is cut; 0 for never
	drawerOpen                   bool
}

// stopped says whether it prints nothing at present.
func (f faults) stopped() bool { return f.paper == Empty || f.cover || f.offline || f.cutter }

func (p *Printer) set(change func(*faults)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.faults)
	p.changeLocked()
}

// SetPaper puts paper in, or takes it out.
func (p *Printer) SetPaper(l Level) {
	p.set(func(f *faults) { f.paper, f.outAfter = l, 0 })
}

// PaperOutAfter lets the paper end after so many lines or feeds: in the middle of a job.
func (p *Printer) PaperOutAfter(lines int) { p.set(func(f *faults) { f.outAfter = lines }) }

// OpenCover opens the cover or closes it.
func (p *Printer) OpenCover(open bool) { p.set(func(f *faults) { f.cover = open }) }

// SetOffline takes the printer off line, as its key does.
func (p *Printer) SetOffline(off bool) { p.set(func(f *faults) { f.offline = off }) }

// JamCutter jams the cutter or frees it.
func (p *Printer) JamCutter(jam bool) { p.set(func(f *faults) { f.cutter = jam }) }

// SetSilent has it answer nothing.
func (p *Printer) SetSilent(on bool) { p.set(func(f *faults) { f.silent = on }) }

// SetGarbage has it answer what no printer does.
func (p *Printer) SetGarbage(on bool) { p.set(func(f *faults) { f.garbage = on }) }

// SetUnconfirmed has it not answer GS r, as some cheap ones do not.
func (p *Printer) SetUnconfirmed(on bool) { p.set(func(f *faults) { f.unconfirmed = on }) }

// SetSpeed has it print so many bytes a second; 0 is at once.
func (p *Printer) SetSpeed(bytes int) { p.set(func(f *faults) { f.speed = bytes }) }

// CutLineAfter breaks the connection after so many more bytes have come.
func (p *Printer) CutLineAfter(bytes int) { p.set(func(f *faults) { f.cutAfter = bytes }) }

// CloseDrawer pushes the drawer shut.
func (p *Printer) CloseDrawer() { p.set(func(f *faults) { f.drawerOpen = false }) }

// DrawerOpen says whether the drawer is open.
func (p *Printer) DrawerOpen() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults.drawerOpen
}

// count takes bytes off those until the line is cut, and says whether it is now.
func (p *Printer) count(n *int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults.cutAfter == 0 {
		return false
	}
	if *n < p.faults.cutAfter {
		p.faults.cutAfter -= *n
		return false
	}
	*n, p.faults.cutAfter = p.faults.cutAfter, 0
	return true
}

// ranLocked counts the lines until the paper is out.
func (p *Printer) ranLocked() {
	if p.faults.outAfter > 0 {
		if p.faults.outAfter--; p.faults.outAfter == 0 {
			p.faults.paper = Empty
		}
	}
}

// statusLocked is the answer to DLE EOT n.
func (p *Printer) statusLocked(n byte) []byte {
	f := p.faults
	if f.silent {
		return nil
	}
	if f.garbage {
		return []byte{0xff}
	}
	b := byte(0x12)
	set := func(bits byte, on bool) {
		if on {
			b |= bits
		}
	}
	switch n {
	case 1:
		set(0x04, p.drawerHighLocked())
		set(0x08, f.stopped())
	case 2:
		set(0x04, f.cover)
		set(0x20, f.paper == Empty)
		set(0x40, f.cutter)
	case 3:
		set(0x08, f.cutter)
	case 4:
		set(0x0c, f.paper != Full)
		set(0x60, f.paper == Empty)
	}
	return []byte{b}
}

// drawerHighLocked is the level of the drawer's switch.
func (p *Printer) drawerHighLocked() bool { return p.faults.drawerOpen != p.options.DrawerOpenLow }

// paperLocked is the answer to GS r: 1 the paper, 2 the drawer.
func (p *Printer) paperLocked(n byte) []byte {
	f := p.faults
	if f.silent {
		return nil
	}
	b := byte(0)
	if n&3 == 2 {
		if p.drawerHighLocked() {
			b = 1
		}
		return []byte{b}
	}
	if f.paper != Full {
		b |= 0x03
	}
	return []byte{b}
}
