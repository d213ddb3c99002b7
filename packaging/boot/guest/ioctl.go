package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ioctlBytes hands a structure to a driver, as bytes.
func ioctlBytes(fd uintptr, request uint, structure []byte) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(unsafe.Pointer(&structure[0]))); errno != 0 {
		return errno
	}
	return nil
}
