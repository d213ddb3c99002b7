package main

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// short is the form of the harness that runs with the tests: few terminals, a few
// seconds of faults, points as they come.
func short(victims, store string) (options, *bytes.Buffer) {
	var out bytes.Buffer
	return options{
		programs: victims, store: store, terminals: 12, processes: 2, sales: 120, share: 0.02, seed: 1, scale: 20, refunds: 4,
		most: 6 * time.Second, settling: 15 * time.Second, every: 250 * time.Millisecond, out: &out,
	}, &out
}

// victims builds the programs that are to be ended.
func victims(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir+"/", "countersign/app/settlement/settlementvictim", "countersign/app/terminal/terminalvictim")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the victims: %v\n%s", err, said)
	}
	return dir
}

func TestTown(t *testing.T) {
	programs := victims(t)
	t.Run("money is never lost, made or moved twice", func(t *testing.T) { testChaos(t, programs) })
	t.Run("a broken guard is noticed", func(t *testing.T) { testBrokenGuards(t, programs) })
}

func testChaos(t *testing.T, programs string) {
	for _, store := range []string{"bolt", "postgres"} {
		t.Run(store, func(t *testing.T) {
			o, out := short(programs, store)
			err := run(t.Context(), o)
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if !strings.Contains(out.String(), "lost power") {
				t.Errorf("no process lost power\n%s", out)
			}
		})
	}
}

// Without one of its guards the town breaks an invariant, and the harness says
// which.
func testBrokenGuards(t *testing.T, programs string) {
	for guard, want := range map[string][]string{
		noSync:                     {invariantOpens, invariantFinal, invariantProof, invariantSums},
		"forgets-outcomes":         {invariantKnown, invariantFinal, invariantOpens},
		"moves-twice":              {invariantProof},
		"acknowledges-before-sync": {invariantFinal, invariantKnown}, // what was lost is never acknowledged
		"never-reverses":           {invariantKnown},
	} {
		t.Run(guard, func(t *testing.T) {
			o, out := short(programs, "bolt")
			o.broken, o.sales, o.most, o.settling = guard, 60, 4*time.Second, 6*time.Second
			err := run(t.Context(), o)
			if !errors.Is(err, errBroken) {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, invariant := range want {
				if strings.Contains(err.Error(), invariant) {
					return
				}
			}
			t.Errorf("%v, want one of %q\n%s", err, want, out)
		})
	}
}
