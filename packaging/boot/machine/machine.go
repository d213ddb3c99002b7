// Package machine is an emulated PC (qemu, without hardware's help) with Debian in it: its
// keys can be pressed, its screen taken, devices plugged in and out, and commands be run
// in it as root by the helper that the image has (packaging/boot/guest).
//
// It has no network: helper and emulator are spoken to over sockets in a folder.
package machine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"countersign/packaging/boot/line"
)

// bootLine is what the kernel is told. All but the first four words is to spare an
// emulated machine work: nothing of it concerns what is tried. The processor that it
// gets is an old one because newer ones' wide registers are slow to emulate.
const bootLine = "root=/dev/vda rw console=ttyS0 console=tty0 quiet mitigations=off cryptomgr.notests audit=0 " +
	"systemd.show_status=1 systemd.mask=serial-getty@ttyS0.service systemd.default_timeout_start_sec=900s " +
	"modprobe.blacklist=psmouse,pcspkr,i2c_i801,lpc_ich,joydev,sg,ahci"

// firmware is the machine's UEFI, and variables the settings it begins with (Debian's
// package ovmf). A machine that starts without it is none that systemd seals to its TPM.
const (
	firmware  = "/usr/share/OVMF/OVMF_CODE_4M.fd"
	variables = "/usr/share/OVMF/OVMF_VARS_4M.fd"
)

// A Setup says which machine to start.
type Setup struct {
	Image  string // folder with disk.img, vmlinuz and initrd.img; the disk is not written to
	Folder string // for sockets, the serial console's log (console.log), the firmware's settings and the TPM's state
}

// A Machine is running until it is closed. Its methods are for one goroutine.
type Machine struct {
	folder   string
	emulator *exec.Cmd
	tpm      *exec.Cmd
	monitor  *monitor
	helper   net.Conn
	heard    chan line.Answer // what the helper says; closed when the emulator ends
	reader   sync.WaitGroup
	boot     string
	orders   int
}

// Start starts a machine; it is not up yet: see [Machine.Greeting]. ctx is for the start.
func Start(ctx context.Context, setup Setup) (m *Machine, err error) {
	m = &Machine{folder: setup.Folder, heard: make(chan line.Answer)}
	for _, old := range []string{"tpm.sock", "qmp.sock", "helper.sock"} {
		if err := os.Remove(m.path(old)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	if err := os.MkdirAll(m.path("tpm"), 0o700); err != nil {
		return nil, err
	}
	settings, err := os.ReadFile(variables)
	if err == nil {
		err = os.WriteFile(m.path("variables.fd"), settings, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("the firmware: %w", err)
	}
	m.tpm = exec.Command("swtpm", "socket", "--tpm2", "--terminate", "--tpmstate", "dir="+m.path("tpm"),
		"--ctrl", "type=unixio,path="+m.path("tpm.sock"))
	if err := begin(m.tpm); err != nil {
		return nil, fmt.Errorf("the TPM: %w", err)
	}
	defer func() {
		if err != nil {
			m.Close()
			m = nil
		}
	}()
	if probe, err := dial(ctx, m.path("tpm.sock")); err != nil {
		return m, fmt.Errorf("the TPM: %w", err)
	} else {
		probe.Close()
	}
	m.emulator = exec.Command("qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "Nehalem,+rdrand", "-smp", "2", "-m", "2048",
		"-nodefaults", "-display", "none", "-nic", "none", "-vga", "none", "-device", "virtio-vga",
		"-drive", "if=pflash,format=raw,readonly=on,file="+firmware, "-drive", "if=pflash,format=raw,file="+m.path("variables.fd"),
		"-kernel", filepath.Join(setup.Image, "vmlinuz"), "-initrd", filepath.Join(setup.Image, "initrd.img"),
		"-append", bootLine,
		"-drive", "format=raw,if=virtio,cache=unsafe,snapshot=on,file="+filepath.Join(setup.Image, "disk.img"),
		"-serial", "file:"+m.path("console.log"),
		"-chardev", "socket,server=on,wait=off,id=helper,path="+m.path("helper.sock"),
		"-device", "virtio-serial-pci", "-device", "virtserialport,chardev=helper,name=countersign.trial",
		"-qmp", "unix:"+m.path("qmp.sock")+",server=on,wait=off",
		"-chardev", "socket,id=tpm,path="+m.path("tpm.sock"), "-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm",
		"-device", "qemu-xhci,id=usb", "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci", "-device", "virtio-rng-pci")
	if err := begin(m.emulator); err != nil {
		return m, err
	}
	socket, err := dial(ctx, m.path("qmp.sock"))
	if err != nil {
		return m, err
	}
	if m.monitor, err = openMonitor(ctx, socket); err != nil {
		return m, err
	}
	if m.helper, err = dial(ctx, m.path("helper.sock")); err != nil {
		return m, err
	}
	m.reader.Go(m.listen)
	return m, nil
}

func (m *Machine) path(name string) string { return filepath.Join(m.folder, name) }

// begin starts a program that ends when this one does, whatever happens to it.
func begin(program *exec.Cmd) error {
	program.Stderr = os.Stderr
	program.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return program.Start()
}

// dial connects to a socket that a program which was just started will make. There is no
// event for that, so it tries until ctx ends.
func dial(ctx context.Context, path string) (net.Conn, error) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		socket, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if err == nil {
			return socket, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// listen passes on what the helper says.
func (m *Machine) listen() {
	defer close(m.heard)
	for answers := line.NewReader[line.Answer](m.helper); ; {
		answer, err := answers.Read()
		if errors.Is(err, line.ErrLine) {
			continue // the machine was reset in the middle of one
		}
		if err != nil {
			return
		}
		m.heard <- answer
	}
}

// Close ends the machine as a power cut does.
func (m *Machine) Close() {
	if m.monitor != nil {
		m.monitor.close()
	}
	for _, program := range []*exec.Cmd{m.emulator, m.tpm} {
		if program != nil && program.Process != nil {
			_ = program.Process.Kill() // it may have ended
			_ = program.Wait()         // killed
		}
	}
	if m.helper != nil {
		m.helper.Close()
		for range m.heard {
			continue // lets the reader end
		}
		m.reader.Wait()
	}
}
