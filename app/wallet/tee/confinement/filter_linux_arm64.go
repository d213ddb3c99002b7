package confinement

import "golang.org/x/sys/unix"

const arch = unix.AUDIT_ARCH_AARCH64

// forbiddenHere are calls that only this machine has.
var forbiddenHere = []uint32{unix.SYS_NFSSERVCTL, unix.SYS_LOOKUP_DCOOKIE}
