package commands

// The commands' numbers. One that was given is never given to another.
const (
	Describe uint32 = 0x100 + iota // what the trusted application is and has
	Cancel                         // end a call that is under way

	Inspect  // step 5
	Pay      // steps 6, 7 and 11
	Accounts // InforC1…Cn
	Pending  // payments without a verified outcome
	Question // what settlement is to be asked
	Query    // ask settlement
	Settle   // verify an outcome
	GiveUp   // a payment that was never seen

	Enrol      // step 1
	Register   // an account to this wallet's key
	Unregister // take it off
	Deposit    // hand the sealed template to settlement

	SetPIN // first or another PIN and mark
	Unlock // ask the owner
	Lock
)

// names are for logs.
var names = map[uint32]string{
	Describe: "describe", Cancel: "cancel", Inspect: "inspect", Pay: "pay", Accounts: "accounts", Pending: "pending",
	Question: "question", Query: "query", Settle: "settle", GiveUp: "give up", Enrol: "enrol", Register: "register",
	Unregister: "unregister", Deposit: "deposit", SetPIN: "set PIN", Unlock: "unlock", Lock: "lock",
}

// Name is a command's name, or "unknown".
func Name(command uint32) string {
	if name, known := names[command]; known {
		return name
	}
	if name, known := cardNames[command]; known {
		return name
	}
	return "unknown"
}

// The events' kinds.
const (
	// EventProgress tells how the capture of the owner's finger goes on.
	EventProgress uint32 = 1 + iota
	// EventScreen is a line of the trusted screen's announcer, for demonstrations
	// and tests.
	EventScreen
)

// Bounds, in bytes.
const (
	MaxRequest = 16 << 10
	MaxReply   = 512 << 10
)
