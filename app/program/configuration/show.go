package configuration

import "flag"

// Setting is one value that a command runs with.
type Setting struct {
	Section string `json:"section"`
	Key     string `json:"key"`
	Value   string `json:"value"` // [Redacted]
	From    From   `json:"from"`
	At      string `json:"at,omitempty"`
}

// Settings are the values of a command's flags after [Declaration.Take], in the
// declaration's order, without what is secret.
func (d Declaration) Settings(flags *flag.FlagSet, origins Origins) (all []Setting) {
	for _, s := range d.Sections {
		for _, key := range s.Keys {
			if from, known := origins[key.Flag]; known {
				all = append(all, Setting{s.Name, key.Flag, Redacted(flags.Lookup(key.Flag).Value.String()), from.From, from.At})
			}
		}
	}
	return all
}
