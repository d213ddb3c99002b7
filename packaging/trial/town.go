package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"countersign/app/demo/air"
	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/relay"
	"countersign/app/demo/scene"
	"countersign/app/demo/world"
	"countersign/app/program/subprocess"
	"countersign/devices/fingerprint/virtualsensor"
)

// The parties as the chronicle calls them, and what they are enrolled under.
const (
	terminal   = "terminal"
	phone      = "wallet"
	settlement = "settlement"

	merchant = "M-0001"
	currency = "CNY"

	ownerPIN = "481593"
	reader   = "127.0.0.1:35963" // of the package vsmartcard-vpcd
)

// Where the windows are: side by side, so that neither covers the other.
var (
	terminalAt = image.Rect(0, 0, 1280, 800)
	phoneAt    = image.Rect(1296, 0, 1296+512, 920)
	screenSize = image.Pt(1808, 920)
)

// town is everybody and the world between them.
type town struct {
	plan
	report *report
	fail   context.CancelCauseFunc

	stage      scene.Stage
	chronicle  *chronicle.Chronicle
	server     *display.Server
	screen     *display.Display
	deskGlass  *virtualsensor.Sensor
	authority  *service
	settlement *service
	terminal   *service
	handset    *handset

	tasks   sync.WaitGroup
	stop    context.CancelFunc
	closers []func() error
}

// later has something closed in the end, before what was opened earlier.
func (t *town) later(closing func() error) { t.closers = append(t.closers, closing) }

func (t *town) close() error {
	if t.stop != nil {
		t.stop()
	}
	t.closePrograms()
	t.tasks.Wait()
	var errs []error
	for i := len(t.closers) - 1; i >= 0; i-- {
		errs = append(errs, t.closers[i]())
	}
	return errors.Join(errs...)
}

// open puts up what is no program of ours: network, display, cameras, sensors, reader.
func (t *town) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(filepath.Join(t.out, "pictures"), 0o755); err != nil {
		return err
	}
	if err := loopback(); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	t.stop, t.chronicle = stop, chronicle.New(time.Now)
	t.stage.Chronicle, t.stage.Language, t.stage.PIN = t.chronicle, "en", ownerPIN
	t.stage.Note = func(text string) { fmt.Printf("trial:   %s\n", text) }
	if t.server, err = display.Start(ctx, screenSize); err != nil {
		return err
	}
	t.later(t.server.Stop)
	if t.screen, err = t.server.Open(ctx); err != nil {
		return err
	}
	t.later(func() error { t.screen.Close(); return nil })
	for seed, eye := range []**world.Camera{&t.stage.TerminalEye, &t.stage.PhoneEye} {
		if *eye, err = world.NewCamera(running, uint64(seed)+2, 0); err != nil {
			return err
		}
		t.later((*eye).Close)
	}
	for seed, glass := range []**virtualsensor.Sensor{&t.deskGlass, &t.stage.TerminalGlass} {
		if *glass, err = world.NewSensor(uint64(seed) + 3); err != nil {
			return err
		}
		t.later((*glass).Close)
	}
	if t.stage.Owner, err = world.NewFinger(world.Owner, 1); err != nil {
		return err
	}
	if err := t.openReader(ctx); err != nil {
		return err
	}
	t.stage.Field = reader
	if t.stage.Air, err = air.Open(reader); err != nil {
		return err
	}
	t.later(t.stage.Air.Close)
	t.tasks.Go(func() { t.stage.Hands(running, t.stage.Owner) })
	return nil
}

// closePrograms ends what was opened by the steps, windows first.
func (t *town) closePrograms() {
	if t.handset != nil {
		t.handset.close()
	}
	for _, s := range []*service{t.terminal, t.settlement, t.authority} {
		if s != nil {
			s.close()
		}
	}
}

// loopback puts the machine's only network up: it has a name space of its own.
func loopback() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("put the loopback interface up: %w", err)
	}
	return nil
}

// openReader starts what the terminal finds its reader by: the bus, polkit, which the
// package tells who may use readers, and pcscd with a reader in software.
func (t *town) openReader(ctx context.Context) error {
	if err := os.MkdirAll("/run/dbus", 0o755); err != nil {
		return err
	}
	if err := os.MkdirAll("/run/pcscd", 0o755); err != nil {
		return err
	}
	if _, err := output(ctx, "dbus-uuidgen", "--ensure"); err != nil {
		return err
	}
	for _, daemon := range []struct {
		says string // when it serves; nothing where it need not be waited for
		args []string
	}{
		{"unix:", []string{"dbus-daemon", "--system", "--nofork", "--nopidfile", "--print-address"}},
		{"Acquired the name", []string{"/usr/lib/polkit-1/polkitd"}},
		{"daemon ready", []string{"/usr/sbin/pcscd", "--foreground", "--info"}},
	} {
		said := make(chan struct{})
		var once sync.Once
		hear := func(line []byte) {
			if strings.Contains(string(line), daemon.says) {
				once.Do(func() { close(said) })
			}
		}
		p, err := subprocess.Start(subprocess.Command{Name: filepath.Base(daemon.args[0]), Path: which(daemon.args[0]), Args: daemon.args[1:],
			Log: filepath.Join(t.out, filepath.Base(daemon.args[0])+".log"), Stdout: hear, Stderr: hear})
		if err != nil {
			return err
		}
		t.later(func() error {
			_ = syscall.Kill(p.PID(), syscall.SIGKILL) // Debian's: nobody asks how they end
			<-p.Done()
			_ = p.Stop()
			return nil
		})
		select {
		case <-said:
		case <-p.Done():
			return p.Err()
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", daemon.args[0], context.Cause(ctx))
		}
	}
	return nil
}

// which is where Debian has a program.
func which(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return "/usr/bin/" + name
}

// openServers sets up authority and settlement, and opens the shop's account and the owner's.
func (t *town) openServers(ctx context.Context) (figures string, err error) {
	if t.authority, err = newService(ctx, "countersign-authority", t.out); err != nil {
		return "", err
	}
	if t.settlement, err = newService(ctx, "countersign-settlement", t.out); err != nil {
		return "", err
	}
	t.settlement.stderr = func(line []byte) { t.chronicle.Logged(settlement, line) }
	for _, s := range []*service{t.authority, t.settlement} {
		if err := s.unseal(ctx, "so-pin", "/etc/credstore.encrypted/"+s.name+".so-pin"); err != nil {
			return "", err
		}
	}
	if _, err := t.authority.do(ctx, "init", t.authority.newFlags(), []string{"--name", "countersign/1"}); err != nil {
		return "", err
	}
	at, err := t.serve(ctx, t.authority, "--listen 127.0.0.1:8444")
	if err != nil {
		return "", err
	}
	authority := "https://" + at
	const hosts = "127.0.0.1,localhost"
	code, err := t.code(ctx, "settlement", "S-0001", "--name", "Countersign", "--host", hosts)
	if err != nil {
		return "", err
	}
	file, err := t.settlement.hand("code", code)
	if err != nil {
		return "", err
	}
	if _, err := t.settlement.do(ctx, "enrol", t.settlement.newFlags(), []string{"--authority", authority, "--code-file", file, "--host", hosts}); err != nil {
		return "", err
	}
	if at, err = t.serve(ctx, t.settlement, "--listen 127.0.0.1:8443 --authority "+authority+" --pin-limit "+currency+"="+scene.PINMost); err != nil {
		return "", err
	}
	for _, link := range []**relay.Relay{&t.stage.Link, &t.stage.PhoneLink} {
		if *link, err = relay.Open(at); err != nil {
			return "", err
		}
		t.later((*link).Close)
	}
	_, err = t.settlement.do(ctx, "merchant add", t.settlement.at(),
		[]string{"--reference", merchant, "--terminal", "T-0001", "--name", "Corner Café", "--currency", currency})
	return "authority " + t.authority.unit.data() + ", settlement " + t.settlement.unit.data(), err
}

// serve starts a server with options and returns its address.
func (t *town) serve(ctx context.Context, s *service, options string) (string, error) {
	if err := os.WriteFile("/etc/default/"+s.name, []byte("OPTIONS=\""+options+"\"\n"), 0o644); err != nil {
		return "", err
	}
	at := make(chan string, 1)
	s.stdout = func(line []byte) {
		if address := listening(line); address != "" {
			select {
			case at <- address:
			default:
			}
		}
	}
	if err := s.start(ctx); err != nil {
		return "", err
	}
	select {
	case address := <-at:
		return address, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// code has the authority give out an enrolment code.
func (t *town) code(ctx context.Context, role, subject string, flags ...string) (string, error) {
	code, err := t.authority.do(ctx, "code", t.authority.at(), []string{"--role", role, "--subject", subject}, flags)
	return strings.TrimSpace(code), err
}

// at are the flags that name the service's data alone.
func (s *service) at() []string { return []string{"--data", s.data()} }
