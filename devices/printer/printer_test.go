package printer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/devices/printer/escpos"
	"countersign/devices/printer/virtualprinter"
)

// limit is more than anything here takes.
const limit = 20 * time.Second

func switchedOn(t *testing.T, with ...virtualprinter.Options) *virtualprinter.Printer {
	t.Helper()
	v, err := virtualprinter.New(append(with, virtualprinter.Options{})[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func listening(t *testing.T, v *virtualprinter.Printer) string {
	t.Helper()
	a, err := v.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return "tcp:" + a.String()
}

func plugged(t *testing.T, v *virtualprinter.Printer) (name string, pull func()) {
	t.Helper()
	name, pull, err := v.Plug()
	if err != nil {
		t.Fatal(err)
	}
	return name, pull
}

// opened opens a printer with short times, which a test may change.
func opened(t *testing.T, address string, change ...func(*Settings)) *Printer {
	t.Helper()
	s := Settings{Address: address, Keep: limit, Poll: 20 * time.Millisecond, Answer: 400 * time.Millisecond, Through: 10 * time.Second, Stall: 2 * time.Second, Retry: 5 * time.Millisecond}
	for _, c := range change {
		c(&s)
	}
	p, err := Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func job(lines ...string) []byte {
	p, _ := escpos.ByName("80mm")
	e := escpos.NewEncoder(p)
	for _, l := range lines {
		e.Text(l)
		e.Line()
	}
	e.Cut()
	return e.Bytes()
}

func until(t *testing.T, p *Printer, what string, want func(State) bool) State {
	t.Helper()
	timeout := time.After(limit)
	states := p.States()
	for {
		select {
		case s, ok := <-states:
			if ok && want(s) {
				return s
			}
			if !ok {
				t.Fatalf("closed before %s", what)
			}
		case <-timeout:
			t.Fatalf("never %s: %+v", what, p.State())
		}
	}
}

func word(w Word) func(State) bool { return func(s State) bool { return s.Word == w } }

func submit(t *testing.T, p *Printer, data []byte) *Job {
	t.Helper()
	j, err := p.Submit(data)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func printed(t *testing.T, j *Job) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := j.Wait(ctx); err != nil {
		t.Fatalf("job %d: %v (%s)", j.Number(), err, Hint(err))
	}
}

func wants(t *testing.T, v *virtualprinter.Printer, text string) {
	t.Helper()
	if err := v.Err(); err != nil {
		t.Fatalf("what was sent is wrong: %v", err)
	}
	if have := v.Paper().Text(); have != text {
		t.Errorf("printed:\n%s\nwant:\n%s", have, text)
	}
}

// Guarantees 1 and 2, over each kind of connection.
func TestPrintsInOrder(t *testing.T) {
	for name, address := range map[string]func(*virtualprinter.Printer) string{
		"tcp":          func(v *virtualprinter.Printer) string { return listening(t, v) },
		"tcp, one-way": func(v *virtualprinter.Printer) string { return listening(t, v) + "?status=none" },
		"serial":       func(v *virtualprinter.Printer) string { n, _ := plugged(t, v); return "serial:" + n + "?baud=115200" },
		"usb":          func(v *virtualprinter.Printer) string { n, _ := plugged(t, v); return "usb:" + n },
		"usb, one-way": func(v *virtualprinter.Printer) string { n, _ := plugged(t, v); return "usb:" + n + "?status=none" },
	} {
		t.Run(name, func(t *testing.T) {
			v := switchedOn(t)
			p := opened(t, address(v))
			first, second := submit(t, p, job("Flat white €4.40")), submit(t, p, job("Bagel £2", "ÄÖÜ ß"))
			printed(t, first)
			printed(t, second)
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			if _, err := v.Wait(ctx, func(p virtualprinter.Paper) bool { return len(p.Sheets) == 2 && p.Sheets[1].Cut }); err != nil {
				t.Fatal(err) // of a one-way printer nobody has waited for the paper yet
			}
			wants(t, v, "Flat white €4.40\n-- cut --\nBagel £2\nÄÖÜ ß\n-- cut --\n")
			if s := until(t, p, "ready", word(WordReady)); s.Waiting != 0 || s.Phase != PhaseReady || s.Err != nil {
				t.Errorf("state %+v", s)
			}
		})
	}
}

// Guarantee 3: what is in the way is said, the job waits for its end and comes out once.
func TestWaitsForWhatIsInTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		break_, mend func(*virtualprinter.Printer)
		word         Word
		err          error
	}{
		"paper out": {func(v *virtualprinter.Printer) { v.SetPaper(virtualprinter.Empty) }, func(v *virtualprinter.Printer) { v.SetPaper(virtualprinter.Full) }, WordPaperOut, ErrPaperOut},
		"paper out in the middle of the job": {func(v *virtualprinter.Printer) { v.PaperOutAfter(2) },
			func(v *virtualprinter.Printer) { v.SetPaper(virtualprinter.Full) }, WordPaperOut, ErrPaperOut},
		"cover":   {func(v *virtualprinter.Printer) { v.OpenCover(true) }, func(v *virtualprinter.Printer) { v.OpenCover(false) }, WordCover, ErrCoverOpen},
		"offline": {func(v *virtualprinter.Printer) { v.SetOffline(true) }, func(v *virtualprinter.Printer) { v.SetOffline(false) }, WordOffline, ErrOffline},
		"cutter":  {func(v *virtualprinter.Printer) { v.JamCutter(true) }, func(v *virtualprinter.Printer) { v.JamCutter(false) }, WordCutter, ErrCutter},
		"silent":  {func(v *virtualprinter.Printer) { v.SetSilent(true) }, func(v *virtualprinter.Printer) { v.SetSilent(false) }, WordSilent, ErrSilent},
		"garbage": {func(v *virtualprinter.Printer) { v.SetGarbage(true) }, func(v *virtualprinter.Printer) { v.SetGarbage(false) }, WordSilent, ErrGarbled},
	} {
		t.Run(name, func(t *testing.T) {
			v := switchedOn(t)
			p := opened(t, listening(t, v))
			until(t, p, "ready", word(WordReady))
			c.break_(v)
			if !strings.Contains(name, "middle") {
				until(t, p, name, word(c.word))
			}
			j := submit(t, p, job("one", "two", "three", "four"))
			s := until(t, p, name, func(s State) bool { return s.Word == c.word && s.Waiting == 1 })
			if !errors.Is(s.Err, c.err) || Hint(s.Err) == "" || s.Phase != PhaseAttention {
				t.Errorf("state %+v, hint %q", s, Hint(s.Err))
			}
			select {
			case <-j.Done():
				t.Fatal("the job has ended meanwhile")
			default:
			}
			c.mend(v)
			printed(t, j)
			wants(t, v, "one\ntwo\nthree\nfour\n-- cut --\n")
			until(t, p, "ready again", word(WordReady))
		})
	}
}

func TestPaperLowAndDrawerAreSaidOfAReadyPrinter(t *testing.T) {
	v := switchedOn(t)
	p := opened(t, listening(t, v))
	v.SetPaper(virtualprinter.Low)
	if s := until(t, p, "low", word(WordPaperLow)); s.Phase != PhaseReady || !s.Status.PaperLow {
		t.Errorf("state %+v", s)
	}
	if err := p.Kick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := until(t, p, "drawer open", word(WordDrawerOpen)); !s.DrawerOpen {
		t.Errorf("state %+v", s)
	}
	v.CloseDrawer()
	until(t, p, "drawer closed", func(s State) bool { return !s.DrawerOpen && s.Word == WordPaperLow })
}

// Guarantee 2: a job whose connection breaks is printed again from its beginning.
func TestConnectionLostInTheMiddle(t *testing.T) {
	v := switchedOn(t)
	p := opened(t, listening(t, v))
	until(t, p, "ready", word(WordReady))
	data := job(strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40))
	j := submit(t, p, data)
	v.CutLineAfter(60)
	printed(t, j)
	if have := v.Paper().Text(); !strings.HasSuffix(have, strings.Repeat("a", 40)+"\n"+strings.Repeat("b", 40)+"\n"+strings.Repeat("c", 40)+"\n-- cut --\n") {
		t.Errorf("printed:\n%s", have)
	}
}

// A cable that is pulled and put into another port is found again behind its link.
func TestUnpluggedAndBack(t *testing.T) {
	for _, kind := range []string{"serial", "usb"} {
		t.Run(kind, func(t *testing.T) {
			v := switchedOn(t)
			link := filepath.Join(t.TempDir(), "printer")
			plug := func() func() {
				name, pull := plugged(t, v)
				if err := os.Symlink(name, link); err != nil {
					t.Fatal(err)
				}
				return func() { os.Remove(link); pull() }
			}
			p := opened(t, kind+":"+link)
			until(t, p, "missing", func(s State) bool { return s.Phase == PhaseMissing && errors.Is(s.Err, ErrMissing) })
			j := submit(t, p, job("before"))
			pull := plug()
			printed(t, j)
			until(t, p, "ready", word(WordReady))
			pull()
			if s := until(t, p, "lost", word(WordLost)); s.Phase != PhaseLost || Hint(s.Err) == "" {
				t.Errorf("state %+v", s)
			}
			j = submit(t, p, job("after"))
			defer plug()()
			printed(t, j)
			wants(t, v, "before\n-- cut --\nafter\n-- cut --\n")
		})
	}
}

// Guarantee 4: a kick needs no paper and goes first; and it comes at once or never.
func TestKick(t *testing.T) {
	v := switchedOn(t)
	p := opened(t, listening(t, v), func(s *Settings) { s.KickKeep, s.DrawerPin = 300*time.Millisecond, 1 })
	until(t, p, "ready", word(WordReady))
	v.SetPaper(virtualprinter.Empty)
	until(t, p, "paper out", word(WordPaperOut))
	j := submit(t, p, job("receipt"))
	if err := p.Kick(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	paper, err := v.Wait(ctx, func(p virtualprinter.Paper) bool { return len(p.Kicks) == 1 })
	if err != nil || paper.Kicks[0] != 1 || len(paper.Sheets) != 0 {
		t.Fatalf("kicks %v, sheets %d: %v", paper.Kicks, len(paper.Sheets), err)
	}
	v.SetSilent(true)
	until(t, p, "silent", word(WordSilent))
	if err := p.Kick(t.Context()); !errors.Is(err, ErrGivenUp) || Hint(err) == "" {
		t.Errorf("a kick of a silent printer: %v", err)
	}
	v.SetSilent(false)
	v.SetPaper(virtualprinter.Full)
	printed(t, j)
	if n := len(v.Paper().Kicks); n != 1 {
		t.Errorf("the drawer was kicked %d times", n)
	}
}

// A drawer on either pin, with its switch either way round, opens and says whether it is open; one on the other pin stays
// shut, whether the printer does ESC p or, being stuck, DLE DC4.
func TestDrawers(t *testing.T) {
	for name, pin := range map[string]int{"pin 2": 0, "pin 5": 1} {
		for _, low := range []bool{false, true} {
			for _, stuck := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, open low %v, stuck %v", name, low, stuck), func(t *testing.T) {
					v := switchedOn(t, virtualprinter.Options{DrawerPin: pin, DrawerOpenLow: low})
					ready := word(WordReady)
					if stuck {
						v.OpenCover(true)
						ready = word(WordCover)
					}
					address := listening(t, v)
					other := opened(t, address, func(s *Settings) { s.DrawerPin, s.DrawerOpenLow = 1-pin, low })
					if s := until(t, other, "up", ready); s.DrawerOpen {
						t.Errorf("open already: %+v", s)
					}
					if err := other.Kick(t.Context()); err != nil {
						t.Fatal(err)
					}
					kicked(t, v, 1)
					if v.DrawerOpen() {
						t.Error("opened by the other pin")
					}
					if err := other.Close(); err != nil {
						t.Error(err)
					}
					p := opened(t, address, func(s *Settings) { s.DrawerPin, s.DrawerOpenLow = pin, low })
					if err := p.Kick(t.Context()); err != nil {
						t.Fatal(err)
					}
					kicked(t, v, 2)
					until(t, p, "open", func(s State) bool { return s.DrawerOpen })
					v.CloseDrawer()
					until(t, p, "closed", func(s State) bool { return !s.DrawerOpen })
				})
			}
		}
	}
}

// kicked waits until the drawer's pins were given current so often.
func kicked(t *testing.T, v *virtualprinter.Printer, times int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if paper, err := v.Wait(ctx, func(p virtualprinter.Paper) bool { return len(p.Kicks) == times }); err != nil {
		t.Fatalf("kicks %v: %v", paper.Kicks, err)
	}
}

// Guarantee 1: jobs are handed in at once, whatever the printer does, and given up with a reason in words.
func TestDeadPrinterHoldsNobodyUp(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0") // takes connections into its backlog, and never a byte
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	for name, c := range map[string]struct {
		address string
		cause   error
	}{
		"nothing there":  {"usb:" + filepath.Join(t.TempDir(), "lp0"), ErrMissing},
		"nobody listens": {"tcp:127.0.0.1:1", ErrUnreachable},
		"never answers":  {"tcp:" + nobody.Addr().String(), ErrSilent},
	} {
		t.Run(name, func(t *testing.T) {
			told := make(chan error, 10)
			p := opened(t, c.address, func(s *Settings) {
				s.Keep, s.Most, s.Answer = 1500*time.Millisecond, 3, 50*time.Millisecond
				s.Ended = func(_ uint64, err error) { told <- err }
			})
			until(t, p, "not ready", func(s State) bool { return s.Err != nil })
			start := time.Now()
			for range 3 {
				submit(t, p, job("receipt"))
			}
			if _, err := p.Submit(job("one too many")); !errors.Is(err, ErrFull) {
				t.Errorf("a fourth job: %v", err)
			}
			if took := time.Since(start); took > 200*time.Millisecond {
				t.Errorf("handing in took %v", took)
			}
			for range 3 {
				select {
				case err := <-told:
					if !errors.Is(err, ErrGivenUp) || !errors.Is(err, c.cause) || Hint(err) == "" {
						t.Errorf("given up with %v, hint %q", err, Hint(err))
					}
				case <-time.After(limit):
					t.Fatal("nobody was told")
				}
			}
			if s := p.State(); s.Waiting != 0 {
				t.Errorf("still waiting: %+v", s)
			}
		})
	}
}

func TestCloseGivesUpWhatWaits(t *testing.T) {
	p := opened(t, "tcp:127.0.0.1:1")
	j := submit(t, p, job("receipt"))
	p.Close()
	if err := j.Wait(t.Context()); !errors.Is(err, ErrGivenUp) || !errors.Is(err, ErrClosed) {
		t.Errorf("job ended with %v", err)
	}
	if _, err := p.Submit(job("late")); !errors.Is(err, ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
	if _, err := p.Submit(nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing to print: %v", err)
	}
}

// A printer that does not answer GS r is believed when it is well for long enough.
func TestUnconfirmed(t *testing.T) {
	v := switchedOn(t)
	v.SetUnconfirmed(true)
	p := opened(t, listening(t, v), func(s *Settings) { s.Through = 100 * time.Millisecond })
	printed(t, submit(t, p, job("one")))
	printed(t, submit(t, p, job("two")))
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, err := v.Wait(ctx, func(p virtualprinter.Paper) bool { return len(p.Sheets) == 2 && p.Sheets[1].Cut }); err != nil {
		t.Fatal(err)
	}
}

// A slow printer is waited for, and the job is through only when the paper is.
func TestSlow(t *testing.T) {
	v := switchedOn(t)
	v.SetSpeed(400)
	p := opened(t, listening(t, v), func(s *Settings) { s.Through = limit })
	start := time.Now()
	j := submit(t, p, job(strings.Repeat("x", 48), strings.Repeat("y", 48)))
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Errorf("handing in took %v", took)
	}
	printed(t, j)
	if took := time.Since(start); took < 200*time.Millisecond {
		t.Errorf("printed after %v: nobody has waited for the paper", took)
	}
	wants(t, v, strings.Repeat("x", 48)+"\n"+strings.Repeat("y", 48)+"\n-- cut --\n")
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]target{
		"serial:/dev/ttyUSB0":             {"serial", "/dev/ttyUSB0", 19200},
		"serial:COM3?baud=115200":         {"serial", "COM3", 115200},
		"usb:/dev/usb/lp0":                {"usb", "/dev/usb/lp0", 19200},
		"tcp:192.168.1.50":                {"tcp", "192.168.1.50:9100", 19200},
		"tcp:printer.shop:9101":           {"tcp", "printer.shop:9101", 19200},
		"tcp:[fe80::1]:9100?status=none":  {"tcp", "[fe80::1]:9100", 19200},
		"":                                {},
		"/dev/usb/lp0":                    {},
		"usb:":                            {},
		"tcp::9100":                       {},
		"lpt:LPT1":                        {},
		"serial:/dev/ttyS0?baud=fast":     {},
		"serial:/dev/ttyS0?parity=even":   {},
		"tcp:192.168.1.50:9100?baud=9600": {},
	} {
		have, oneWay, err := parse(address)
		if (err != nil) != (want.kind == "") || err != nil && !errors.Is(err, ErrAddress) || err == nil && have != want {
			t.Errorf("%q is %+v, %v", address, have, err)
		}
		if oneWay != strings.Contains(address, "status=none") {
			t.Errorf("%q: one-way %v", address, oneWay)
		}
	}
	if _, err := Open(t.Context(), Settings{Address: "nowhere"}); !errors.Is(err, ErrAddress) || Hint(err) == "" {
		t.Errorf("opening nowhere: %v", err)
	}
}
