package confinement

import (
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// Seal takes the rest away, from every thread, for good, and reports what is gone.
// It tries what it reports, and Enter's part with it: an error wraps
// [ErrNotConfined], and the application must end. Call it when everything is open
// that the profile does not let be opened.
func Seal(profile Profile) (Report, error) {
	var r Report
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return r, notConfined("renounce new privileges", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return r, notConfined("forbid core files", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return r, notConfined("forbid dumps", err)
	}
	if err := filter(profile.Unix); err != nil {
		return r, notConfined("filter system calls", err)
	}
	return r, r.try(profile)
}

func notConfined(what string, err error) error {
	if err == nil {
		return fmt.Errorf("%w: %s", ErrNotConfined, what)
	}
	return fmt.Errorf("%w: %s: %w", ErrNotConfined, what, err)
}

// try tries whether what should be gone is gone, and writes the report.
func (r *Report) try(profile Profile) error {
	if v, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || v != 1 {
		return notConfined("new privileges can be gained", err)
	}
	r.applied("no new privileges")
	if err := r.tryCapabilities(); err != nil {
		return err
	}
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil || core.Cur != 0 || core.Max != 0 {
		return notConfined("core files can be written", err)
	}
	if v, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || v != 0 {
		return notConfined("its memory can be read", err)
	}
	r.applied("no core dumps and no reading of its memory by its user")
	if err := r.tryFiles(profile); err != nil {
		return err
	}
	return r.tryFilter(profile)
}

func (r *Report) applied(format string, a ...any) {
	r.Applied = append(r.Applied, fmt.Sprintf(format, a...))
}
func (r *Report) missing(format string, a ...any) {
	r.Missing = append(r.Missing, fmt.Sprintf(format, a...))
}

func (r *Report) tryCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return notConfined("read capabilities", err)
	}
	if data[0].Permitted|data[1].Permitted != 0 {
		return notConfined("it has capabilities", nil)
	}
	r.applied("no capabilities")
	return nil
}

// tryFiles tries whether Landlock holds, by a directory that everybody may read.
func (r *Report) tryFiles(profile Profile) error {
	abi := landlockABI()
	if abi == 0 {
		r.missing("Landlock (this kernel has none): it can open what its user can")
		return nil
	}
	if !slices.Contains(profile.ReadOnly, "/") && !slices.Contains(profile.ReadWrite, "/") {
		fd, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err == nil {
			unix.Close(fd)
		}
		if err != unix.EACCES {
			return notConfined("Landlock does not hold", err)
		}
	}
	r.applied("Landlock ABI %d: files (read and write %d paths, read %d, devices %d)", abi, len(profile.ReadWrite), len(profile.ReadOnly), len(profile.Devices))
	for _, part := range []struct {
		since int
		what  string
	}{{3, "truncating files"}, {4, "TCP ports"}, {5, "device ioctls"}, {6, scoped(profile)}} {
		if abi >= part.since {
			r.applied("Landlock: %s", part.what)
		} else {
			r.missing("Landlock: %s (ABI %d)", part.what, part.since)
		}
	}
	if profile.Unix {
		r.missing("Landlock: Unix sockets (the profile permits them)")
	}
	return nil
}

// scoped is what Landlock's scopes take away.
func scoped(profile Profile) string {
	if profile.Unix {
		return "signals"
	}
	return "signals and abstract Unix sockets"
}

func (r *Report) tryFilter(profile Profile) error {
	if refused() == 0 {
		r.missing("a filter of system calls (not written for %s)", runtime.GOARCH)
		return nil
	}
	families := []int{unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK, unix.AF_PACKET}
	if !profile.Unix {
		families = append(families, unix.AF_UNIX)
	}
	for _, family := range families {
		fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			unix.Close(fd)
		}
		if err != unix.EPERM {
			return notConfined("sockets can be opened", err)
		}
	}
	if err := unix.Exec("", nil, nil); err != unix.EPERM {
		return notConfined("programs can be started", err)
	}
	sockets := "no sockets"
	if profile.Unix {
		sockets = "no sockets but Unix ones"
	}
	r.applied("seccomp over all threads, %d calls refused: %s, no programs, no processes, no tracing, no kernel interfaces", refused(), sockets)
	return nil
}
