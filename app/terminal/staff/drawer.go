package staff

import "countersign/protocol"

// Drawer is a shift's cash, in minor units, in a journal, in the desk's state and in a report
// under the same names.
type Drawer struct {
	// Float is what was there at the beginning, Counted at the end.
	Float   protocol.Sum `json:"float,omitzero"`
	Counted protocol.Sum `json:"counted,omitzero"`
	// Difference is Counted less what should have been there: less than 0 when cash is missing.
	Difference protocol.Sum `json:"difference,omitzero"`
	// Uncounted says that nobody has counted; then Counted and Difference mean nothing.
	Uncounted bool `json:"uncounted,omitzero"`
}
