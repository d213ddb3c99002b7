//go:build linux && cgo

package extraction

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"countersign/protocol/minutiae"
)

// childArgument is what a program is started with to be a child. It looks like a
// flag, so that one whose main does not call Child (a test's, say) refuses it
// instead of doing something else.
const childArgument = "-extract-minutiae-for-parent"

// Child carries out what [Apart] starts a program for, if args (os.Args) say that
// this is such a start, and returns whether they do. Every program that uses Apart
// calls it as the first thing in main, before it reads, opens or starts anything:
//
//	func main() {
//		if extraction.Child(os.Args) {
//			return
//		}
//		…
//
// The child reads one picture from standard input, writes its minutiae to standard
// output, and ends. Before it reads it gives up what it could leave a picture
// behind with: it can write no file and no core dump, no other process of its user
// may look into it, and it ends after a few seconds of computing.
func Child(args []string) bool {
	if len(args) != 2 || args[1] != childArgument {
		return false
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		os.Exit(1) // the parent knows nothing better to do than to report that
	}
	return true
}

// serve is a child's whole life.
func serve(in io.Reader, out io.Writer) error {
	found, failure := extractOnce(in)
	answer := encodeAnswer(found, failure)
	defer clear(answer)
	clear(found)
	_, err := out.Write(answer)
	return err
}

func extractOnce(in io.Reader) ([]minutiae.Minutia, error) {
	if err := seal(); err != nil {
		return nil, err
	}
	g, err := readPicture(in)
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	defer clear(g.Pix)
	return libfprint(context.Background(), g)
}

// seal gives up what a picture could be left behind with.
func seal() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	for resource, most := range map[int]uint64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CPU: uint64(longestChild.Seconds()),
	} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return os.NewSyscallError("setrlimit", err)
		}
	}
	return nil
}
