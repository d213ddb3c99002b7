//go:build !linux || !cgo

package main

func libfprint() []extractor { return nil }
