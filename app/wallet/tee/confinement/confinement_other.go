//go:build !linux

package confinement

import "runtime"

// Enter does nothing here.
func Enter(Profile) error { return nil }

// Seal takes nothing away here, and says so.
func Seal(Profile) (Report, error) {
	return Report{Missing: []string{"everything (not written for " + runtime.GOOS + ")"}}, nil
}

// Libraries is nothing here.
func Libraries() Profile { return Profile{} }

// Window is nothing here.
func Window() Profile { return Profile{} }
