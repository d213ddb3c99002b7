package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/app/accuracy/rates"
)

// setName names a collection by its folder.
func setName(folder string) string {
	if whole, err := filepath.Abs(folder); err == nil {
		folder = whole
	}
	return filepath.Base(folder)
}

// thresholdsFile is what thresholds.json holds. Shares are from 0 to 1.
type thresholdsFile struct {
	Set       string            `json:"set"`
	Date      string            `json:"date"` // of the measurement, RFC 3339
	Bases     []baseEntry       `json:"data_bases"`
	Measured  []thresholdsEntry `json:"measured"`
	Intervals string            `json:"intervals"`
}

type baseEntry struct {
	Name    string `json:"name"`
	Prints  int    `json:"prints"`
	Fingers int    `json:"fingers"`
	MadeUp  bool   `json:"made_up"` // then in no threshold
}

type thresholdsEntry struct {
	Extractor  string           `json:"extractor"`
	Template   string           `json:"template"`
	Genuine    int              `json:"genuine"`
	Impostor   int              `json:"impostor"`
	Thresholds []thresholdEntry `json:"thresholds"`
}

type thresholdEntry struct {
	WantedFMR float64 `json:"wanted_fmr"`
	// Threshold is the least score that matches; left out when there are too few
	// impostors to say.
	Threshold    *int       `json:"threshold,omitempty"`
	FalseMatches int        `json:"false_matches"`
	FMR          float64    `json:"fmr"`
	FMRBounds    [2]float64 `json:"fmr_bounds"`
	FNMR         float64    `json:"fnmr"`
	FNMRBounds   [2]float64 `json:"fnmr_bounds"`
	Remark       string     `json:"remark,omitempty"`
}

const (
	level = 0.95
	// ruleOf30 is how many errors must be seen for a rate to be right within
	// 30 % with 90 % confidence (Doddington's rule).
	ruleOf30 = 30
	// fewest is how many errors a rate must let expect for a threshold to be named.
	fewest = 5
)

// wanted are the rates of false matches that thresholds are given for.
func wanted() []float64 { return []float64{0.01, 0.001, 0.0001} }

func (o *options) writeThresholds(c collection, all []measured, r *report) error {
	file := thresholdsFile{Set: c.name, Date: o.now().UTC().Format(time.RFC3339),
		Intervals: "95 %, Clopper and Pearson; comparisons are taken as independent, which those of the same fingers are not"}
	for _, b := range c.bases {
		file.Bases = append(file.Bases, baseEntry{b.Name, len(b.Prints), b.fingers, b.madeUp})
	}
	r.printf("\nthresholds, from real prints alone:\n")
	for _, m := range all {
		curve := m.real.Curve()
		if curve == nil {
			r.printf("  none: there are no comparisons of real prints, and none is ever taken from made-up ones\n")
			return nil
		}
		e := thresholdsEntry{Extractor: m.extractor, Template: m.kind, Genuine: len(m.real.Genuine), Impostor: len(m.real.Impostor)}
		for _, fmr := range wanted() {
			t := thresholdFor(curve, m.real, fmr)
			e.Thresholds = append(e.Thresholds, t)
			r.printf("  %-10s %-11s FMR %-6s %s\n", m.extractor, m.kind, fmt.Sprintf("%g%%", 100*fmr), t)
		}
		file.Measured = append(file.Measured, e)
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("write thresholds: %w", err)
	}
	name := filepath.Join(o.out, "thresholds.json")
	if err := os.WriteFile(name, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write thresholds: %w", err)
	}
	r.printf("thresholds: %s\n", name)
	return nil
}

func thresholdFor(curve rates.Curve, s rates.Scores, fmr float64) thresholdEntry {
	t := thresholdEntry{WantedFMR: fmr}
	impostors := len(s.Impostor)
	expected := fmr * float64(impostors)
	p, ok := curve.At(fmr)
	if !ok || expected < fewest {
		t.Remark = fmt.Sprintf("too few: %d impostor comparisons let expect %.1f false matches", impostors, expected)
		return t
	}
	if expected < ruleOf30 {
		t.Remark = fmt.Sprintf("below the rule of 30: %.1f false matches to be expected", expected)
	}
	t.Threshold, t.FalseMatches, t.FMR, t.FNMR = &p.Threshold, p.FalseMatches, p.FMR, p.FNMR
	t.FMRBounds[0], t.FMRBounds[1] = rates.Bounds(p.FalseMatches, impostors, level)
	t.FNMRBounds[0], t.FNMRBounds[1] = rates.Bounds(p.FalseNonMatches, len(s.Genuine), level)
	return t
}

func (t thresholdEntry) String() string {
	var b strings.Builder
	if t.Threshold != nil {
		fmt.Fprintf(&b, "%d: FMR %.3f%% (%.3f–%.3f), FNMR %.2f%% (%.2f–%.2f)", *t.Threshold,
			100*t.FMR, 100*t.FMRBounds[0], 100*t.FMRBounds[1], 100*t.FNMR, 100*t.FNMRBounds[0], 100*t.FNMRBounds[1])
	}
	if t.Remark != "" {
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(t.Remark)
	}
	return b.String()
}
