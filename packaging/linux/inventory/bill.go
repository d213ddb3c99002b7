package main

import (
	"encoding/json"
	"time"
)

// billOfMaterials is a CycloneDX 1.5 document. It has no serial number: the same
// programs have the same bill.
func billOfMaterials(name, version string, when time.Time, all []component) ([]byte, error) {
	type hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	type part struct {
		Type    string `json:"type"`
		Ref     string `json:"bom-ref"`
		Name    string `json:"name"`
		Version string `json:"version"`
		PURL    string `json:"purl,omitempty"`
		Hashes  []hash `json:"hashes,omitempty"`
	}
	type metadata struct {
		Timestamp string `json:"timestamp"`
		Component part   `json:"component"`
	}
	type dependency struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn"`
	}
	type document struct {
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []part       `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	bill := document{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: metadata{
		Timestamp: when.Format(time.RFC3339),
		Component: part{Type: "application", Ref: name, Name: name, Version: version},
	}}
	needs := dependency{Ref: name}
	for _, c := range all {
		p := part{Type: "library", Ref: c.purl, Name: c.name, Version: c.version, PURL: c.purl}
		if c.sum != "" {
			p.Hashes = []hash{{"SHA-256", c.sum}}
		}
		bill.Components = append(bill.Components, p)
		needs.On = append(needs.On, c.purl)
	}
	bill.Dependencies = []dependency{needs}
	text, err := json.MarshalIndent(bill, "", "  ")
	return append(text, '\n'), err
}
