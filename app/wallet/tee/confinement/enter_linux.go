package confinement

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// entered marks the program's second start. It is not believed: Seal tries.
const entered = "COUNTERSIGN_CONFINED"

// Enter confines the process and starts its program anew with the same arguments
// and file descriptors. In the second start it returns at once, with nil. In the
// first it only returns when it failed. Call it before anything else: what the
// first start did is lost.
func Enter(profile Profile) error {
	if os.Getenv(entered) != "" {
		return os.Unsetenv(entered)
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program to start it confined: %w", err)
	}
	runtime.LockOSThread() // all below is this thread's, and the new program grows from it
	if err := renounce(); err != nil {
		return err
	}
	if _, err := restrict(profile, program); err != nil {
		return err
	}
	environment := append(os.Environ(), entered+"=1")
	return fmt.Errorf("start %s confined: %w", program, unix.Exec(program, os.Args, environment))
}

// renounce gives up what privileges the thread has and could gain.
func renounce() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("renounce new privileges", err)
	}
	// A thread's own, and this one becomes the process.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return os.NewSyscallError("end with the hardware environment", err)
	}
	for capability := uintptr(0); capability < 64; capability++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		if err == unix.EINVAL {
			break // there are no more
		}
		if err == unix.EPERM {
			break // an ordinary user has none to lose
		}
		if err != nil {
			return os.NewSyscallError("drop capabilities", err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return os.NewSyscallError("drop ambient capabilities", err)
	}
	return nil
}
