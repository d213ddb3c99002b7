package mediation_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/tee/mediation"
	"countersign/app/wallet/tee/monitor"
)

// The test program is also the three programs: this one is the client, and it
// starts itself as the environment, which starts it as the trusted application.
const (
	asEnvironment = "as-environment"
	asTrusted     = "as-trusted"
	asClient      = "as-client"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case asEnvironment:
			finish(environment(os.Args[2:]))
		case asTrusted:
			finish(trusted(os.Args[2:]))
		case asClient:
			finish(client(os.Args[2:]))
		}
	}
	os.Exit(m.Run())
}

func finish(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, os.Args[1], err)
		os.Exit(1)
	}
	os.Exit(0)
}

// environment is the hardware environment's program, with the flags that
// clientapi gives it.
func environment(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log, grace, region := "", time.Second, 0
	for len(args) > 1 && args[0] != "--" {
		switch args[0] {
		case "--log":
			log = args[1]
		case "--grace":
			grace, _ = time.ParseDuration(args[1])
		case "--region-bytes":
			region, _ = strconv.Atoi(args[1])
		}
		args = args[2:]
	}
	return mediation.Run(ctx, args[1:], log, monitor.Limits{}, mediation.Settings{RegionBytes: region, Grace: grace, Patience: 2 * time.Second})
}

// The trusted application's commands.
const (
	cmdEcho    = 1 + iota // gives back what it gets
	cmdHang               // returns when it is cancelled
	cmdProcess            // gives its process number and that of its parent
	cmdFiles              // gives the files that it has open
	cmdExit               // ends the process at once
	cmdRequest            // asks the client and gives the answer
	cmdEmit               // emits as many events as the number says, then returns
	cmdClosed             // gives how many sessions were closed
	cmdFail               // fails with a code of its own
	cmdPlain              // fails with an error that has none
	cmdStuck              // heeds no cancellation
	cmdFetch              // fetches from an https server through the client
)

type application struct {
	environment *internalapi.Environment
	mu          sync.Mutex
	closed      int
	args        []string
}

func trusted(args []string) error {
	environment, err := internalapi.Attach(context.Background())
	if err != nil {
		return err
	}
	err = environment.Serve(context.Background(), &application{environment: environment, args: args})
	if len(args) > 0 { // leave a trace of an orderly end
		if failed := os.WriteFile(args[0], []byte(fmt.Sprint(err)), 0o600); failed != nil {
			return failed
		}
	}
	return err
}

func (a *application) OpenSession(_ context.Context, _ uint32, in []byte) ([]byte, error) {
	if string(in) == "refuse me" {
		return nil, tee.Errorf(tee.CodeAccessDenied, "as you wish")
	}
	return nil, nil
}

func (a *application) CloseSession(uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed++
}

func (a *application) InvokeCommand(ctx context.Context, _, command uint32, in []byte) ([]byte, error) {
	switch command {
	case cmdEcho:
		return in, nil
	case cmdHang:
		<-ctx.Done()
		return nil, ctx.Err()
	case cmdProcess:
		return fmt.Appendf(nil, "%d %d", os.Getpid(), os.Getppid()), nil
	case cmdFiles:
		return openFiles()
	case cmdExit:
		os.Exit(7)
	case cmdRequest:
		return a.environment.Request(ctx, 5, in)
	case cmdEmit:
		for i := range binary.BigEndian.Uint32(in) {
			if err := a.environment.Emit(ctx, 9, binary.BigEndian.AppendUint32(nil, i)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case cmdClosed:
		a.mu.Lock()
		defer a.mu.Unlock()
		return strconv.AppendInt(nil, int64(a.closed), 10), nil
	case cmdFail:
		return nil, fmt.Errorf("wrapped: %w", tee.Errorf(42, "not today"))
	case cmdPlain:
		return nil, io.ErrUnexpectedEOF
	case cmdStuck:
		time.Sleep(time.Hour)
	case cmdFetch:
		return a.fetch(ctx, in)
	}
	return nil, tee.Errorf(tee.CodeNotSupported, "no command %d", command)
}

func openFiles() ([]byte, error) {
	entries, err := os.ReadDir("/proc/self/fd")
	var all []string
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.HasPrefix(to, "/proc/") {
			all = append(all, e.Name()+" "+to)
		}
	}
	return []byte(strings.Join(all, "\n")), err
}

// client is a client of its own process, to be killed: it prints what the trusted
// application says of its processes, and hangs.
func client(args []string) error {
	ctx := context.Background()
	c, err := clientapi.Initialize(ctx, options(args[0], args[1]))
	if err != nil {
		return err
	}
	session, err := c.OpenSession(ctx, nil)
	if err != nil {
		return err
	}
	out, err := session.InvokeCommand(ctx, cmdProcess, nil)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", out)
	_, err = session.InvokeCommand(ctx, cmdHang, nil)
	return err
}

func options(log, trace string) clientapi.Options {
	return clientapi.Options{Environment: self(), EnvironmentArgs: []string{asEnvironment},
		Env:     append(os.Environ(), "GORACE=atexit_sleep_ms=0"), // the race detector would wait a second at every exit
		Trusted: []string{self(), asTrusted, trace}, Log: log, Stderr: os.Stderr, Grace: 2 * time.Second}
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

// world is the three, running.
type world struct {
	*clientapi.Context
	session    *clientapi.Session
	log, trace string
}

func start(t testing.TB, change func(*clientapi.Options)) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{log: filepath.Join(dir, "monitor.log"), trace: filepath.Join(dir, "trace")}
	o := options(w.log, w.trace)
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var err error
	if w.Context, err = clientapi.Initialize(ctx, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.finalize(t) })
	if w.session, err = w.OpenSession(ctx, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) finalize(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.FinalizeContext(ctx); err != nil {
		t.Errorf("finalize: %v", err)
	}
	if s, err := monitor.Read(w.log, nil); err != nil {
		t.Errorf("the record does not hold: %v, %+v", err, s)
	}
}

func (w *world) invoke(t testing.TB, command uint32, in []byte) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := w.session.InvokeCommand(ctx, command, in)
	if err != nil {
		t.Fatalf("command %d: %v", command, err)
	}
	return out
}

// processes are the process numbers of the trusted application and of the
// hardware environment.
func (w *world) processes(t testing.TB) (trusted, environment int) {
	t.Helper()
	if _, err := fmt.Sscan(string(w.invoke(t, cmdProcess, nil)), &trusted, &environment); err != nil {
		t.Fatal(err)
	}
	return trusted, environment
}

// untilGone waits for the end of a process that is not this one's child.
func untilGone(t testing.TB, pid int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || bytes.Contains(state, []byte(") Z ")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there: %s", pid, state)
		}
		time.Sleep(5 * time.Millisecond) // /proc tells nobody
	}
}
