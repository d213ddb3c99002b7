package victim

import "time"

// What the victims answer when they are asked what they hold: whoever ended them
// compares it. Money is in minor units.

// Books are what settlement's ledger holds.
type Books struct {
	// Holds says that the ledger's own proof does, Proof is its text.
	Holds    bool             `json:"holds"`
	Proof    string           `json:"proof"`
	Sales    []Kept           `json:"sales"`
	Merchant map[string]int64 `json:"merchant"` // balances by reference
	Payers   int64            `json:"payers"`   // sum of all balances
	Owed     int64            `json:"owed"`     // by the acquirer
	Faults   map[string]int   `json:"faults"`   // what happened to messages, by name
	Cards    []Card           `json:"cards,omitempty"`
}

// Card is one virtual card in the ledger.
type Card struct {
	Wallet string `json:"wallet"`
	// Purse and Waiting are the balances of its two accounts.
	Purse   int64 `json:"purse"`
	Waiting int64 `json:"waiting"`
	// Loaded less Deducted is the shadow balance; Cleared is the counter up to which
	// everything is settled.
	Loaded   int64  `json:"loaded"`
	Deducted int64  `json:"deducted"`
	Cleared  uint64 `json:"cleared"`
	Blocked  string `json:"blocked,omitempty"`
	Forked   bool   `json:"forked,omitempty"`
}

// Kept is one sale in the ledger.
type Kept struct {
	Terminal string `json:"terminal"`
	Scramble string `json:"scramble"`
	Request  string `json:"request"`
	Amount   int64  `json:"amount"`
	// Result is how it ended, or "" while it has not.
	Result       string `json:"result"`
	Reference    uint64 `json:"reference"`
	Acknowledged bool   `json:"acknowledged"`
	// Payments, Reversals and Refunds count the entries that moved money, Moved is
	// their sum, to the merchant.
	Payments  int   `json:"payments"`
	Reversals int   `json:"reversals"`
	Refunds   int   `json:"refunds"`
	Moved     int64 `json:"moved"`
}

// Charges are what the acquirer has charged to cards in the end.
type Charges struct {
	Net map[string]int64 `json:"net"` // by the shop's reference
}

// Account is what a terminal's journal says.
type Account struct {
	Terminal string `json:"terminal"`
	// Records is how many hold, and Broken why not all do.
	Records uint64 `json:"records"`
	Broken  string `json:"broken,omitempty"`
	Sales   []Sold `json:"sales"`
	// OpenRefunds have no answer yet.
	OpenRefunds int `json:"open_refunds"`
	// Findings are what opening the journal had to mend.
	Findings []string `json:"findings,omitempty"`
}

// Sold is one sale in a journal.
type Sold struct {
	Number    uint64 `json:"number"`
	Scramble  string `json:"scramble"`
	Request   string `json:"request"`
	Amount    int64  `json:"amount"`
	Last      string `json:"last"`   // event
	Ending    string `json:"ending"` // the last that it had
	Reason    string `json:"reason"`
	Reference uint64 `json:"reference"`
	// Told says that a payment was opened, so that settlement may know of it.
	Told bool `json:"told"`
	// Refunded is what was given back of it, and Refunds how often.
	Refunded int64 `json:"refunded"`
	Refunds  int   `json:"refunds"`
	Over     bool  `json:"over"`
}

// State says how much terminals have left to do.
type State struct {
	// Open counts sales that the journals hold open, Numbers those begun.
	Open    int    `json:"open"`
	Numbers uint64 `json:"numbers"`
}

// Measures are how long settlement took to answer submissions, since they were
// last asked for.
type Measures struct {
	Answers int            `json:"answers"`
	P50     time.Duration  `json:"p50"`
	P99     time.Duration  `json:"p99"`
	Most    time.Duration  `json:"most"`
	Failed  map[string]int `json:"failed"` // by what the error says
}
