//go:build linux

package doctor

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/devices/contactless"
	"countersign/devices/contactless/virtualreader"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/printer"
	"countersign/devices/printer/virtualprinter"
	"countersign/devices/serialline"
	"countersign/devices/serialline/virtualport"
)

func TestSensor(t *testing.T) {
	for _, c := range []struct {
		what  string
		do    func(*virtualsensor.Sensor)
		o     virtualsensor.Options
		state State
		words string
	}{
		{"well", func(*virtualsensor.Sensor) {}, virtualsensor.Options{}, OK, "115200 baud"},
		{"an R503", func(*virtualsensor.Sensor) {}, virtualsensor.Options{Model: virtualsensor.R503, Serial: "R503-7"}, OK, "R503-7"},
		{"pulled out", func(s *virtualsensor.Sensor) { s.Unplug() }, virtualsensor.Options{}, Bad, "There is none at"},
		{"another password", func(*virtualsensor.Sensor) {}, virtualsensor.Options{Password: 7}, Bad, "password"},
		{"another address", func(*virtualsensor.Sensor) {}, virtualsensor.Options{Address: 7}, Bad, "ensor"},
		{"slow", func(*virtualsensor.Sensor) {}, virtualsensor.Options{Baud: 9600, Noise: virtualsensor.Noise{Above: 9600, Longer: 1}}, Warning, "slow line"},
	} {
		t.Run(c.what, func(t *testing.T) {
			c.o.Link, c.o.Unpaced = filepath.Join(t.TempDir(), "sensor"), true
			s, err := virtualsensor.New(c.o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			c.do(s)
			told(t, c.what, Sensor(fingerprint.Settings{Port: c.o.Link}, false), c.state, c.words)
		})
	}
	told(t, "no port", Sensor(fingerprint.Settings{}, false), Bad, "No port")

	mute, err := virtualport.Open() // something else at the port, which says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mute.Close() })
	told(t, "mute", Sensor(fingerprint.Settings{Port: mute.Name(), Patience: 100 * time.Millisecond}, false), Bad, "not answer")
}

// taken is a port that another has.
func taken(context.Context, string, int) (fingerprint.Line, error) {
	return nil, errors.Join(errors.New("open"), serialline.ErrBusy)
}

func TestSensorThatAnotherHas(t *testing.T) {
	s := fingerprint.Settings{Port: "/dev/ttyUSB0", Dial: taken}
	told(t, "the terminal's", Sensor(s, true), Warning, "running terminal")
	told(t, "another program's", Sensor(s, false), Bad, "cannot be opened")
}

func TestPrinter(t *testing.T) {
	for _, c := range []struct {
		what  string
		do    func(*virtualprinter.Printer)
		state State
		words string
	}{
		{"well", func(*virtualprinter.Printer) {}, OK, "ready"},
		{"paper nearly used up", func(p *virtualprinter.Printer) { p.SetPaper(virtualprinter.Low) }, Warning, "nearly"},
		{"no paper", func(p *virtualprinter.Printer) { p.SetPaper(virtualprinter.Empty) }, Bad, "paper"},
		{"open", func(p *virtualprinter.Printer) { p.OpenCover(true) }, Bad, "cover"},
		{"offline", func(p *virtualprinter.Printer) { p.SetOffline(true) }, Bad, "offline"},
		{"another thing", func(p *virtualprinter.Printer) { p.SetGarbage(true) }, Bad, "no sense"},
		{"silent", func(p *virtualprinter.Printer) { p.SetSilent(true) }, Bad, "not answer"},
		{"jammed", func(p *virtualprinter.Printer) { p.JamCutter(true) }, Bad, "cutter"},
	} {
		t.Run(c.what, func(t *testing.T) {
			p, err := virtualprinter.New(virtualprinter.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { p.Close() })
			c.do(p)
			address, err := p.Listen("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			told(t, c.what, Printer(printer.Settings{Address: "tcp:" + address.String()}, false), c.state, c.words)
			if len(p.Paper().Sheets) > 0 || p.DrawerOpen() {
				t.Error("it printed, or its drawer opened")
			}
		})
	}
	told(t, "none", Printer(printer.Settings{}, false), OK, "None is set up")
	told(t, "in use", Printer(printer.Settings{Address: "usb:/dev/usb/lp0"}, true), Warning, "running terminal")
	told(t, "no address", Printer(printer.Settings{Address: "lp0"}, false), Bad, "address")
	told(t, "not plugged in", Printer(printer.Settings{Address: "usb:" + filepath.Join(t.TempDir(), "lp0")}, false), Bad, "There is none at")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	told(t, "switched off", Printer(printer.Settings{Address: "tcp:" + closed.Addr().String()}, false), Bad, "cannot be reached")
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and no more
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deaf.Close() })
	told(t, "deaf", Printer(printer.Settings{Address: "tcp:" + deaf.Addr().String(), Answer: 100 * time.Millisecond}, false), Bad, "not answer")
}

func TestImager(t *testing.T) {
	port, err := virtualport.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { port.Close() })
	told(t, "well", Imager(port.Name(), false), OK, "opens")
	told(t, "none", Imager("", false), OK, "None is set up")
	told(t, "not there", Imager(filepath.Join(t.TempDir(), "imager"), false), Bad, "There is none at")
	told(t, "no port", Imager("/dev/null", false), Bad, "")
}

// One PC/SC service, in its good and bad days: a process can use one.
func TestReader(t *testing.T) {
	told(t, "none", Reader(contactless.Options{}, false), OK, "None is set up")
	dir, err := os.MkdirTemp("", "doctor")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	daemon, err := virtualreader.Start(t.Context(), virtualreader.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { daemon.Close() })
	name, value, _ := strings.Cut(daemon.Env(), "=")
	t.Setenv(name, value)
	told(t, "well", Reader(contactless.Options{}, true), OK, virtualreader.Name)
	told(t, "another's name", Reader(contactless.Options{Reader: "ACR1252"}, true), Bad, "No contactless reader")
	if err := daemon.PullOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	told(t, "pulled out", Reader(contactless.Options{}, true), Bad, "No contactless reader")
	if err := daemon.PutBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	told(t, "put back", Reader(contactless.Options{}, true), OK, virtualreader.Name)
	daemon.Kill()
	told(t, "no service", Reader(contactless.Options{}, true), Bad, "service")
}
