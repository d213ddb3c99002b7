//go:build linux && cgo

package extraction

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// What the test's program is started as, besides as a child.
const (
	asSealed = "show-what-is-sealed" // seals itself as a child does and tells what it may
	asParent = "wait-with-a-child"   // keeps a child ready, tells its number and waits to be killed
)

func TestMain(m *testing.M) {
	if Child(os.Args) {
		return
	}
	switch os.Args[len(os.Args)-1] {
	case asHolder:
		hold()
	case asSealed:
		showSealed()
	case asParent:
		a := NewApart("")
		c, _, err := a.take()
		if err != nil {
			panic(err)
		}
		fmt.Println(c.process.Pid)
		_, _ = os.Stdin.Read(make([]byte, 1)) // never comes
	default:
		os.Exit(m.Run())
	}
}

func showSealed() {
	if err := seal(); err != nil {
		panic(err)
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		panic(err)
	}
	var core, file, cpu unix.Rlimit
	for resource, limit := range map[int]*unix.Rlimit{unix.RLIMIT_CORE: &core, unix.RLIMIT_FSIZE: &file, unix.RLIMIT_CPU: &cpu} {
		if err := unix.Getrlimit(resource, limit); err != nil {
			panic(err)
		}
	}
	fmt.Println(dumpable, core, file, cpu)
}
