//go:build linux && cgo

package main

import "countersign/devices/fingerprint/extraction"

func libfprint() []extractor { return []extractor{{"libfprint", extraction.Libfprint{}}} }
