//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"

	"countersign/app/terminal/office"
)

// plugged are the disks and sticks that somebody has plugged in, where the desktop, or who
// set the machine up, puts them.
func plugged() (list []office.Folder) {
	for _, pattern := range []string{"/media/*/*", "/media/*", "/run/media/*/*", "/mnt/*"} {
		found, _ := filepath.Glob(pattern) // the patterns are good
		for _, path := range found {
			if mounted(path) {
				list = append(list, office.Folder{Name: filepath.Base(path), Path: path, Removable: true})
			}
		}
	}
	return list
}

// mounted says whether a file system of its own is at a path.
func mounted(path string) bool {
	table, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.ReplaceAll(fields[1], `\040`, " ") == path {
			return true
		}
	}
	return false
}
