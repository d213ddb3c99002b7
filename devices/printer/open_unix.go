//go:build unix

package printer

import "syscall"

const nonBlocking = syscall.O_NONBLOCK | syscall.O_NOCTTY
