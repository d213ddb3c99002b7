package commands

import (
	"time"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// This file has the requests and replies. Signed messages cross as the bytes that
// were signed, and are parsed by whoever receives them.

type nothing struct{}

// Description is what the trusted application is and has.
type Description struct {
	// Enrolled says whether the authority has certified the wallet, Subject and
	// Expires of what.
	Enrolled bool        `json:"enrolled"`
	Subject  protocol.ID `json:"subject,omitempty"`
	Expires  time.Time   `json:"expires,omitzero"`
	// Authority is the URL of the authority that is spoken to, empty where there is none
	// yet: the client relays there, and to settlement.
	Authority string `json:"authority,omitempty"`
	// Sensor says whether Pay can take the owner's finger, Screen whether there is
	// a trusted screen, PIN whether the owner has set one, and Unlocked whether it
	// was entered.
	Sensor   bool `json:"sensor,omitempty"`
	Screen   bool `json:"screen,omitempty"`
	PIN      bool `json:"pin,omitempty"`
	Unlocked bool `json:"unlocked,omitempty"`
	// Confined is what was taken away from the process, in words, and Unconfined
	// what this system does not let be taken away.
	Confined   []string `json:"confined,omitempty"`
	Unconfined []string `json:"unconfined,omitempty"`
}

type cancelRequest struct {
	Call uint64 `json:"call"`
}

type inspectRequest struct {
	Text string `json:"text"`
}

type offer struct {
	Request  protocol.Hash     `json:"request"`
	Terminal protocol.ID       `json:"terminal"`
	Shop     string            `json:"shop"`
	Amount   protocol.Amount   `json:"amount"`
	Currency protocol.Currency `json:"currency"`
	WantsPIN bool              `json:"wants_pin,omitempty"`
	Until    time.Time         `json:"until"`
}

func offerOf(o trusted.Offer) offer {
	return offer{o.Request, o.Terminal, o.Shop, o.Amount, o.Currency, o.WantsPIN, o.Until}
}

func (o offer) offer() trusted.Offer {
	return trusted.Offer{Request: o.Request, Terminal: o.Terminal, Shop: o.Shop, Amount: o.Amount, Currency: o.Currency, WantsPIN: o.WantsPIN, Until: o.Until}
}

type payRequest struct {
	Call    uint64        `json:"call"` // for Cancel and EventProgress
	Request protocol.Hash `json:"request"`
	Account int           `json:"account"`
	Finger  bool          `json:"finger,omitempty"`
}

type payReply struct {
	Text string `json:"text"`
	// Taken says that a finger was: its event may have been overtaken.
	Taken bool `json:"taken,omitempty"`
}

type progress struct {
	Call     uint64  `json:"call"`
	Touching bool    `json:"touching,omitempty"`
	Fraction float64 `json:"fraction,omitempty"`
	Taken    bool    `json:"taken,omitempty"`
}

type account struct {
	Index    int                  `json:"index"`
	Kind     protocol.AccountKind `json:"kind"`
	Currency protocol.Currency    `json:"currency"`
	Ending   string               `json:"ending"`
}

func (a account) account() trusted.Account {
	return trusted.Account{Index: a.Index, Kind: a.Kind, Currency: a.Currency, Ending: a.Ending}
}

func accountOf(a trusted.Account) account {
	return account{a.Index, a.Kind, a.Currency, a.Ending}
}

type accountsReply struct {
	Accounts []account `json:"accounts,omitempty"`
}

type pendingReply struct {
	Pending []trusted.Pending `json:"pending,omitempty"`
}

// aboutRequest names a payment by its request.
type aboutRequest struct {
	Request protocol.Hash `json:"request"`
}

// signed is a signed message.
type signed struct {
	Message []byte `json:"message"`
}

type callSigned struct {
	Call    uint64 `json:"call"`
	Message []byte `json:"message"`
}

type settleReply struct {
	// Verified says that settlement signed the outcome, also beside an error.
	Verified bool            `json:"verified,omitempty"`
	Pending  trusted.Pending `json:"pending"`
}

type enrolRequest struct {
	Call   uint64 `json:"call"`
	Code   string `json:"code"`
	ByHash bool   `json:"by_hash,omitempty"`
}

// Enrolled is what an enrolment ended with.
type Enrolled struct {
	Subject   protocol.ID `json:"subject"`
	Authority protocol.ID `json:"authority"`
	Expires   time.Time   `json:"expires"`
}

type registerRequest struct {
	Call       uint64           `json:"call"`
	Number     protocol.Account `json:"number"`
	Activation string           `json:"activation,omitempty"`
}

type registerReply struct {
	Account account `json:"account"`
	Total   int     `json:"total"`
}

type callRequest struct {
	Call uint64 `json:"call"`
}

// screenLine is an announcement of the trusted screen.
type screenLine struct {
	Line string `json:"line"`
}
