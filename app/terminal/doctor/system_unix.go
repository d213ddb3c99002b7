//go:build unix

package doctor

import (
	"bufio"
	"os"
	"runtime"
	"strings"
)

// What to do about the service that has the contactless readers (PC/SC).
const (
	lookForService = "Check that the PC/SC service runs: systemctl status pcscd.socket."
	startService   = "Start the service: systemctl start pcscd.socket, and see that this user may use it (polkit)."
)

// operatingSystem is what the system calls itself, and its kernel's version where that is
// known.
func operatingSystem() (name, kernel string) {
	if name = osRelease("/etc/os-release"); name == "" {
		name = runtime.GOOS
	}
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return name, ""
	}
	return name, strings.TrimSpace(string(text))
}

// osRelease is a system's name for people (os-release(5), PRETTY_NAME), or nothing.
func osRelease(file string) string {
	opened, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer opened.Close()
	for lines := bufio.NewScanner(opened); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "PRETTY_NAME="); found {
			return strings.Trim(value, `"'`)
		}
	}
	return ""
}
