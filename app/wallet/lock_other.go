//go:build !unix

package main

import "os"

// lockFile has nothing to lock with: there the wallet does not run (package tee).
func lockFile(*os.File) error { return nil }
