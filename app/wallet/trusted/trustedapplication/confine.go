package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"countersign/app/wallet/tee/confinement"
)

// profile is what the trusted application keeps: its token, its store, its log,
// the phone's own sensor and, with a trusted screen, the display.
func (s *settings) profile() confinement.Profile {
	keeps := confinement.Libraries()
	own := confinement.Profile{}
	if s.screen != "" {
		keeps = keeps.Add(confinement.Window())
		own.ReadWrite = append(own.ReadWrite, s.screenDirectory())
	}
	for _, directory := range append(softHSM(&own), s.tokenDirectory, s.Data, s.Log) {
		if directory != "" {
			own.ReadWrite = append(own.ReadWrite, directory)
		}
	}
	for _, file := range []string{s.PINFile, s.newToken.SOPINFile, s.Module, s.newPIN, s.oldPIN, s.phrase} {
		if file != "" {
			own.ReadOnly = append(own.ReadOnly, file)
		}
	}
	if s.sensor != "" {
		own.Devices = append(own.Devices, s.sensor)
	}
	return keeps.Add(own)
}

// screenDirectory is where Fyne keeps its settings for the trusted screen: not
// where it does for other programs, which could write into them.
func (s *settings) screenDirectory() string {
	if s.Data != "" {
		return filepath.Join(s.Data, "trusted-screen")
	}
	return filepath.Join(filepath.Dir(s.PINFile), "trusted-screen")
}

// prepareScreen makes that directory and leads Fyne to it.
func (s *settings) prepareScreen() error {
	directory := s.screenDirectory()
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("prepare the trusted screen: %w", err)
	}
	return errors.Join(os.Setenv("XDG_CONFIG_HOME", directory), os.Setenv("XDG_CACHE_HOME", directory))
}

// softHSM finds the directory in which SoftHSM keeps its tokens, and lets its
// configuration be read: the file that SOFTHSM2_CONF names, or one of those that
// SoftHSM looks for.
func softHSM(keeps *confinement.Profile) (directories []string) {
	files := []string{os.Getenv("SOFTHSM2_CONF")}
	if files[0] == "" {
		files = []string{"/etc/softhsm/softhsm2.conf"}
		if home, err := os.UserHomeDir(); err == nil {
			files = append(files, filepath.Join(home, ".config", "softhsm2", "softhsm2.conf"))
		}
	}
	for _, file := range files {
		opened, err := os.Open(file)
		if err != nil {
			continue // it is not there, or not ours: then SoftHSM cannot read it either
		}
		keeps.ReadOnly = append(keeps.ReadOnly, file)
		lines := bufio.NewScanner(opened)
		for lines.Scan() {
			if name, value, ok := strings.Cut(lines.Text(), "="); ok && strings.TrimSpace(name) == "directories.tokendir" {
				directories = append(directories, strings.TrimSpace(value))
			}
		}
		_ = opened.Close() // was only read
	}
	return directories
}
