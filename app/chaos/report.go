package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// report prints what happened.
func (t *town) report(r outcome, faults map[string]int, tormented, took time.Duration) {
	points, hits, ends := t.plan.counts()
	fmt.Fprintf(t.out, "\nfail points, and how often a process ended there:\n")
	for _, p := range points {
		fmt.Fprintf(t.out, "  %-44s %4d\n", p, hits[p])
	}
	left := t.plan.notDriven()
	fmt.Fprintf(t.out, "not driven here:\n")
	for _, p := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(t.out, "  %-44s %s\n", p, left[p])
	}
	fmt.Fprintf(t.out, "ended:\n")
	for _, what := range slices.Sorted(maps.Keys(ends)) {
		fmt.Fprintf(t.out, "  %-44s %4d\n", what, ends[what])
	}
	fmt.Fprintf(t.out, "lost with the power:\n")
	for _, m := range t.machines() {
		fmt.Fprintf(t.out, "  %-44s %d files, %d sectors unsynced (%d survived), %d names changed (%d undone)\n",
			m.name, m.lost.Files, m.lost.Sectors, m.lost.Survived, m.lost.Names, m.lost.Undone)
	}
	fmt.Fprintf(t.out, "network, since settlement's last start, and lines all the time:\n")
	for _, what := range slices.Sorted(maps.Keys(faults)) {
		fmt.Fprintf(t.out, "  %-44s %4d\n", what, faults[what])
	}
	fmt.Fprintf(t.out, "  %-44s %4d\n  %-44s %4d\n", "line cut", t.relay.cut, "bytes held up", t.relay.slow)
	fmt.Fprintf(t.out, "sales: %d\n", r.Sales)
	for _, ending := range slices.Sorted(maps.Keys(r.Endings)) {
		fmt.Fprintf(t.out, "  %-44s %4d\n", ending, r.Endings[ending])
	}
	fmt.Fprintf(t.out, "  %-44s %4d\n", "refunds", r.Refunds)
	fmt.Fprintf(t.out, "paid in all, less refunds: %d.%02d CNY\n", r.Paid/100, r.Paid%100)
	for _, name := range invariants {
		verdict := "holds"
		if len(r.findings[name]) > 0 {
			verdict = "BROKEN"
		}
		fmt.Fprintf(t.out, "%-60s %s\n", name, verdict)
		for _, text := range r.findings[name] {
			fmt.Fprintf(t.out, "    %s\n", text)
		}
	}
	fmt.Fprintf(t.out, "time: %v under faults, %v in all\n", tormented.Round(time.Second), took.Round(time.Second))
}
