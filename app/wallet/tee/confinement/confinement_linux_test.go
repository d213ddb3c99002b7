package confinement_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee/confinement"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// The test program starts itself as the program that is confined.
const (
	asConfined   = "as-confined"
	asUnentered  = "as-unentered" // says that it entered, and did not
	asSigner     = "as-signer"
	asReadWriter = "as-read-writer"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && slices.Contains([]string{asConfined, asUnentered, asSigner, asReadWriter}, os.Args[1]) {
		if err := confined(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// said is what a confined program found.
type said struct {
	Report  confinement.Report
	Line    string
	Tried   map[string]string // what: error, or "done"
	Threads int
}

func confined(as, store string, args []string) error {
	profile := confinement.Libraries().Add(confinement.Profile{ReadWrite: []string{store}})
	if as == asReadWriter {
		profile.Unix = true
	}
	if as == asSigner {
		profile.ReadOnly = append(profile.ReadOnly, os.Getenv(virtualtoken.Variable), args[0])
	}
	if as != asUnentered {
		if err := confinement.Enter(profile); err != nil {
			return err
		}
	}
	var unit *secureunit.Unit
	if as == asSigner { // the module is loaded, and its threads run, before the filter
		var err error
		if unit, err = secureunit.Open(context.Background(), secureunit.Config{Token: "wallet", PIN: secureunit.PINFile(args[0])}); err != nil {
			return err
		}
		defer unit.Close()
	}
	report, err := confinement.Seal(profile)
	if err != nil {
		return err
	}
	s := said{Report: report, Line: report.String(), Tried: map[string]string{}}
	if as == asSigner {
		s.Tried["sign"] = word(sign(unit))
	} else {
		for what, try := range attempts(store, args) {
			s.Tried[what] = word(try())
		}
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

func word(err error) string {
	if err == nil {
		return "done"
	}
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

// attempts are what a program that was taken over would try.
func attempts(store string, args []string) map[string]func() error {
	call := func(number uintptr, a ...uintptr) func() error {
		return func() error {
			args := append(a, 0, 0, 0, 0, 0, 0)
			if r, _, errno := unix.Syscall6(number, args[0], args[1], args[2], args[3], args[4], args[5]); errno != 0 {
				return errno
			} else if r == 0 && number == unix.SYS_CLONE {
				unix.Exit(0)
			}
			return nil
		}
	}
	parent := uintptr(os.Getppid())
	return map[string]func() error{
		"dial tcp":         func() error { _, err := net.DialTimeout("tcp", args[0], time.Second); return err },
		"dial udp":         func() error { _, err := net.Dial("udp", "127.0.0.1:53"); return err },
		"listen tcp":       func() error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err },
		"listen mptcp":     call(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP),
		"unix socket":      func() error { fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); unix.Close(fd); return err },
		"abstract socket":  func() error { _, err := net.Dial("unix", args[1]); return err },
		"netlink":          call(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, 0),
		"read passwd":      func() error { _, err := os.ReadFile("/etc/passwd"); return err },
		"list root":        func() error { _, err := os.ReadDir("/"); return err },
		"read test binary": func() error { _, err := os.ReadDir(filepath.Dir(os.Args[0])); return err },
		"write elsewhere":  func() error { return os.WriteFile(filepath.Join(filepath.Dir(store), "elsewhere"), nil, 0o600) },
		"write library":    func() error { return os.WriteFile("/usr/lib/countersign-test", nil, 0o600) },
		"read parent":      func() error { _, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", parent)); return err },
		"write store":      func() error { return os.WriteFile(filepath.Join(store, "file"), []byte("x"), 0o600) },
		"read store":       func() error { _, err := os.ReadFile(filepath.Join(store, "kept")); return err },
		"rename in store": func() error {
			return errors.Join(os.WriteFile(filepath.Join(store, "a"), nil, 0o600), os.Rename(filepath.Join(store, "a"), filepath.Join(store, "b")), os.Remove(filepath.Join(store, "b")))
		},
		"exec":              func() error { return unix.Exec("/bin/true", []string{"true"}, nil) },
		"start program":     func() error { return exec.Command("/bin/true").Run() },
		"clone":             call(unix.SYS_CLONE, uintptr(unix.SIGCHLD)),
		"clone3":            call(unix.SYS_CLONE3),
		"ptrace parent":     call(unix.SYS_PTRACE, unix.PTRACE_ATTACH, parent),
		"be traced":         call(unix.SYS_PTRACE, unix.PTRACE_TRACEME),
		"read parent's mem": call(unix.SYS_PROCESS_VM_READV, parent),
		"signal parent":     call(unix.SYS_KILL, parent, 0),
		"signal itself":     call(unix.SYS_KILL, uintptr(os.Getpid()), 0),
		"mount":             call(unix.SYS_MOUNT),
		"unshare":           call(unix.SYS_UNSHARE, unix.CLONE_NEWUSER),
		"bpf":               call(unix.SYS_BPF),
		"perf":              call(unix.SYS_PERF_EVENT_OPEN),
		"keyctl":            call(unix.SYS_KEYCTL),
		"userfaultfd":       call(unix.SYS_USERFAULTFD),
		"io_uring":          call(unix.SYS_IO_URING_SETUP),
		"unknown call":      call(latestAndMore),
		"be dumpable":       call(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1),
		"raise core limit": func() error {
			return unix.Prlimit(0, unix.RLIMIT_CORE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}, nil)
		},
		"random": func() error { _, err := unix.Getrandom(make([]byte, 8), 0); return err },
		"threads": func() error {
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() { runtime.LockOSThread(); time.Sleep(time.Millisecond) })
			}
			all.Wait()
			return nil
		},
	}
}

const latestAndMore = 500

func sign(unit *secureunit.Unit) error {
	key, err := unit.Signer(secureunit.Signing)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a payment"))
	for range 10 {
		signature, err := key.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			return err
		}
		if !ecdsa.VerifyASN1(key.Public().(*ecdsa.PublicKey), digest[:], signature) {
			return errors.New("a signature that does not verify")
		}
	}
	return nil
}

// run runs the test program confined.
func run(t *testing.T, as, store string, args ...string) (said, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, append([]string{as, store}, args...)...)
	command.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	if as == asUnentered {
		command.Env = append(command.Env, "COUNTERSIGN_CONFINED=1")
	}
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	var s said
	if err := command.Run(); err != nil {
		return s, fmt.Errorf("%w: %s", err, errs.Bytes())
	}
	return s, json.Unmarshal(out.Bytes(), &s)
}

func TestWhatIsTakenAway(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	abstract := fmt.Sprintf("@countersign-confinement-%d", os.Getpid())
	socket, err := net.Listen("unix", abstract)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	want := map[string]string{
		"dial tcp": "EPERM", "dial udp": "EPERM", "listen tcp": "EPERM", "listen mptcp": "EPERM", "netlink": "EPERM",
		"unix socket": "EPERM", "abstract socket": "EPERM",
		"read passwd": "EACCES", "list root": "EACCES", "read test binary": "EACCES", "write elsewhere": "EACCES", "write library": "EACCES",
		"read parent": "EACCES", "write store": "done", "read store": "done", "rename in store": "done",
		"exec": "EPERM", "start program": "EPERM", "clone": "EPERM", "clone3": "ENOSYS", "ptrace parent": "EPERM", "be traced": "EPERM",
		"read parent's mem": "EPERM", "signal parent": "EPERM", "signal itself": "done", "mount": "EPERM", "unshare": "EPERM", "bpf": "EPERM",
		"perf": "EPERM", "keyctl": "EPERM", "userfaultfd": "EPERM", "io_uring": "ENOSYS", "unknown call": "ENOSYS", "be dumpable": "EPERM",
		"raise core limit": "EPERM", "random": "done", "threads": "done",
	}
	for name, as := range map[string]string{"without sockets": asConfined, "with Unix sockets": asReadWriter} {
		t.Run(name, func(t *testing.T) {
			store := filepath.Join(t.TempDir(), "store")
			if err := errors.Join(os.Mkdir(store, 0o700), os.WriteFile(filepath.Join(store, "kept"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			s, err := run(t, as, store, tcp.Addr().String(), abstract)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(s.Line)
			for what, result := range want {
				if as == asReadWriter && (what == "unix socket" || what == "abstract socket") {
					result = "done"
				}
				if s.Tried[what] != result {
					t.Errorf("%s: %s, not %s", what, s.Tried[what], result)
				}
			}
			if len(s.Tried) != len(want) {
				t.Errorf("%d tries, not %d", len(s.Tried), len(want))
			}
		})
	}
}

// TestTheMarkIsNotBelieved: whoever starts the application can have it skip Enter,
// but not pass Seal.
func TestTheMarkIsNotBelieved(t *testing.T) {
	_, err := run(t, asUnentered, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), confinement.ErrNotConfined.Error()) {
		t.Errorf("it went on: %v", err)
	}
}

// TestSoftHSMSigns: a module in C that was loaded before still opens its token's
// files, locks them and signs.
func TestSoftHSMSigns(t *testing.T) {
	config := virtualtoken.ForTest(t, "wallet")[0]
	conf := os.Getenv(virtualtoken.Variable)
	unit, err := secureunit.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = unit.EnsureKey(t.Context(), secureunit.Signing)
	if err := errors.Join(err, unit.Close()); err != nil {
		t.Fatal(err)
	}
	pin, err := config.PIN()
	file := filepath.Join(t.TempDir(), "pin")
	if err := errors.Join(err, os.WriteFile(file, pin, 0o600)); err != nil {
		t.Fatal(err)
	}
	s, err := run(t, asSigner, filepath.Dir(conf), file)
	if err != nil {
		t.Fatal(err)
	}
	if s.Tried["sign"] != "done" {
		t.Errorf("sign: %v", s.Tried)
	}
}
