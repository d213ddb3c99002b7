package powercut

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// holders are the processes that have something below a folder open, run from it or stand
// in it, each with its name and what it holds: for whoever has to find out who kept a disk.
func holders(folder string) (list []string) {
	processes, _ := filepath.Glob("/proc/[0-9]*") // the pattern is right
	for _, process := range processes {
		links, _ := filepath.Glob(filepath.Join(process, "fd", "*"))
		for _, link := range append(links, filepath.Join(process, "cwd"), filepath.Join(process, "root"), filepath.Join(process, "exe")) {
			to, err := os.Readlink(link)
			if err != nil || to != folder && !strings.HasPrefix(to, folder+"/") {
				continue
			}
			name, err := os.ReadFile(filepath.Join(process, "comm"))
			if err != nil {
				continue // it has ended
			}
			list = append(list, fmt.Sprintf("%s %s: %s is %s", filepath.Base(process), strings.TrimSpace(string(name)), filepath.Base(link), to))
		}
	}
	return list
}
