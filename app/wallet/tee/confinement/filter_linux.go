//go:build linux && (amd64 || arm64)

package confinement

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The offsets in struct seccomp_data; both machines are little-endian, so the low
// half of an argument comes first.
const (
	offNumber = 0
	offArch   = 4
	offArgs   = 16
)

func low(argument int) uint32  { return uint32(offArgs + 8*argument) }
func high(argument int) uint32 { return low(argument) + 4 }

func refuse(err unix.Errno) bpf.Instruction {
	return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(err)}
}

var allowed = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}

// latest is the last system call that was known when this was written; what is
// newer is answered as an older kernel would.
const latest = 469

// forbidden is answered EPERM, whatever the arguments.
var forbidden = append([]uint32{
	unix.SYS_EXECVE, unix.SYS_EXECVEAT,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_KCMP,
	unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_RT_SIGQUEUEINFO,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_SETNS, unix.SYS_UNSHARE,
	unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR,
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_FANOTIFY_INIT, unix.SYS_FANOTIFY_MARK, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_REBOOT,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_SYSLOG, unix.SYS_VHANGUP, unix.SYS_PERSONALITY,
	unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
	unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETREUID, unix.SYS_SETREGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID,
	unix.SYS_SETGROUPS, unix.SYS_SETFSUID, unix.SYS_SETFSGID, unix.SYS_CAPSET, unix.SYS_SETRLIMIT, unix.SYS_MIGRATE_PAGES, unix.SYS_MOVE_PAGES,
	unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_MKNODAT,
}, forbiddenHere...)

// absent is answered ENOSYS, on which libraries take another way.
var absent = []uint32{unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_CLONE3, // its flags lie in memory, where a filter cannot look; clone's do not
}

// program is the filter for a process.
func program(pid int, unixSockets bool) []bpf.Instruction {
	p := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: arch, SkipTrue: 1},
		bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS},
		bpf.LoadAbsolute{Off: offNumber, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: latest, SkipFalse: 1}, // x32's calls as well
		refuse(unix.ENOSYS),
	}
	for _, call := range forbidden {
		p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipFalse: 1}, refuse(unix.EPERM))
	}
	for _, call := range absent {
		p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipFalse: 1}, refuse(unix.ENOSYS))
	}
	// when answers one call by instructions that all return.
	when := func(call uint32, then ...bpf.Instruction) {
		p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipFalse: uint8(len(then))})
		p = append(p, then...)
	}
	// only permits one 32-bit value of an argument.
	only := func(argument int, value uint32) []bpf.Instruction {
		return []bpf.Instruction{bpf.LoadAbsolute{Off: low(argument), Size: 4},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: 1}, refuse(unix.EPERM), allowed}
	}
	// never forbids some.
	never := func(argument int, values ...uint32) []bpf.Instruction {
		all := []bpf.Instruction{bpf.LoadAbsolute{Off: low(argument), Size: 4}}
		for _, v := range values {
			all = append(all, bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipFalse: 1}, refuse(unix.EPERM))
		}
		return append(all, allowed)
	}
	if unixSockets {
		when(unix.SYS_SOCKET, only(0, unix.AF_UNIX)...)
	} else {
		when(unix.SYS_SOCKET, refuse(unix.EPERM))
	}
	when(unix.SYS_SOCKETPAIR, only(0, unix.AF_UNIX)...)
	// Threads, but no processes; and no namespaces.
	when(unix.SYS_CLONE, bpf.LoadAbsolute{Off: low(0), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: unix.CLONE_THREAD, SkipTrue: 1}, refuse(unix.EPERM),
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: namespaces, SkipFalse: 1}, refuse(unix.EPERM), allowed)
	// Signals to itself only: the runtime wakes its threads by them.
	for _, call := range []uint32{unix.SYS_KILL, unix.SYS_TGKILL, unix.SYS_RT_TGSIGQUEUEINFO} {
		when(call, only(0, uint32(pid))...)
	}
	when(unix.SYS_TKILL, refuse(unix.EPERM))
	when(unix.SYS_PRCTL, never(0, unix.PR_SET_DUMPABLE, unix.PR_SET_PTRACER, unix.PR_SET_MM)...)
	when(unix.SYS_IOCTL, never(1, unix.TIOCSTI, tioclinux)...)
	// Limits may be read, not set.
	when(unix.SYS_PRLIMIT64, bpf.LoadAbsolute{Off: low(2), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1}, refuse(unix.EPERM),
		bpf.LoadAbsolute{Off: high(2), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1}, refuse(unix.EPERM), allowed)
	return append(p, allowed)
}

const (
	namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
		unix.CLONE_NEWPID | unix.CLONE_NEWNET
	tioclinux = 0x541C
)

// filter filters the system calls of every thread of this process, for good. The
// calling thread is locked and has renounced new privileges.
func filter(unixSockets bool) error {
	raw, err := bpf.Assemble(program(os.Getpid(), unixSockets))
	if err != nil {
		return fmt.Errorf("write the filter of system calls: %w", err)
	}
	code := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		code[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	all := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&all)))
	if errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	if thread != 0 {
		return fmt.Errorf("seccomp: thread %d has a filter of its own", thread)
	}
	return nil
}

// refused is how many calls are never answered; 0 where no filter is written.
func refused() int { return len(forbidden) + len(absent) }
