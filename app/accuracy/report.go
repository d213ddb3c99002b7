package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// report writes tables. The first error that out has ends it.
type report struct {
	out io.Writer
	err error
}

func (r *report) printf(format string, a ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.out, format, a...)
	}
}

func (r *report) collection(c collection, o *options) {
	prints, fingers := 0, 0
	for _, b := range c.bases {
		prints, fingers = prints+len(b.Prints), fingers+b.fingers
	}
	r.printf("%s: %d prints of %d fingers in %d data bases\n", c.name, prints, fingers, len(c.bases))
	for _, b := range c.bases {
		r.printf("  %-20s %4d prints of %3d fingers", b.Name, len(b.Prints), b.fingers)
		switch b.told {
		case len(b.Prints):
			r.printf(", %d dpi as the files say", b.pictures[0].DPI)
		case 0:
			r.printf(", taken for %d dpi", o.dpi.in(b.Name))
		default:
			r.printf(", %d as their files say, the others taken for %d dpi", b.told, o.dpi.in(b.Name))
		}
		if b.madeUp {
			r.printf(", made up: in no threshold")
		}
		r.printf("\n")
	}
}

func (r *report) extractor(c collection, of []measured) {
	first := of[0]
	r.printf("\nextractor %s: %d failures to extract", first.extractor, first.failed)
	if n := len(first.extractions); n > 0 {
		r.printf(", %.1f ms an extraction (median; p99 %.1f; %d measured)",
			milliseconds(at(first.extractions, 0.5)), milliseconds(at(first.extractions, 0.99)), n)
	} else {
		r.printf(", extractions from the cache, times not measured")
	}
	r.printf("\n  %-11s %-20s %7s %8s %8s %8s %9s %8s %7s %8s %8s\n", "template", "data base", "genuine", "impostor",
		"EER", "FNMR@1%", "FNMR@0.1%", "minutiae", "bytes", "ms/match", "p99")
	for _, m := range of {
		r.row(m.kind, "all", m.all)
		if len(c.bases) > 1 {
			for i, b := range c.bases {
				r.row("", b.Name, m.each[i])
			}
		}
	}
}

func (r *report) row(kind, base string, c comparison) {
	curve := c.scores.Curve()
	r.printf("  %-11s %-20s %7d %8d", kind, base, len(c.scores.Genuine), len(c.scores.Impostor))
	if curve == nil || c.templates == 0 {
		r.printf(" %8s\n", "nothing to compare")
		return
	}
	one, _ := curve.At(0.01)
	tenth, _ := curve.At(0.001)
	r.printf(" %7.2f%% %7.2f%% %8.2f%% %8.1f %7.1f %8.2f %8.2f\n", 100*curve.EER(), 100*one.FNMR, 100*tenth.FNMR,
		float64(c.minutiae)/float64(c.templates), float64(c.bytes)/float64(c.templates),
		milliseconds(at(c.took, 0.5)), milliseconds(at(c.took, 0.99)))
}

// at returns the q-quantile of durations, 0 of none.
func at(of []time.Duration, q float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
