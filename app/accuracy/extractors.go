package main

import (
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
)

// extractor is one of those that are measured. The name stands in reports, in
// thresholds and in the cache.
type extractor struct {
	name string
	fingerprint.Extractor
}

// extractors returns every extractor that this build has.
func extractors() []extractor {
	var all []extractor
	all = append(all, libfprint()...)
	return append(all, extractor{"ridges", extraction.Ridges{}})
}

func names(all []extractor) []string {
	var s []string
	for _, e := range all {
		s = append(s, e.name)
	}
	return s
}
