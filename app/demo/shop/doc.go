// Package shop sets up everybody who takes part in a sale, as their own people
// would: by the commands of the built programs, each party with a directory, an
// environment and a secure unit of its own. It knows the programs by their
// command lines, logs and exit states only.
//
// # Guarantees
//
//   - No party can open another's secure unit: each has its own SoftHSM
//     directory and PIN, and no PIN is on a command line.
//   - Nothing of the person who runs the demonstration is touched: HOME and the
//     rest point into a directory that Close removes.
//   - Close ends every program, windows first, and waits for all of them.
package shop

// The names that the parties are enrolled under.
const (
	authorityName = "countersign/1"
	settlementID  = "S-0001"
	deskID        = "D-0001"
	terminalID    = "T-0001"
	walletID      = "W-0001"
	merchant      = "M-0001"
	shopName      = "Corner Café"
	currency      = "CNY"
)

// The parties, as their programs and everything about them are called.
const (
	Authority  = "authority"
	Settlement = "settlement"
	Desk       = "desk"
	Terminal   = "terminal"
	Wallet     = "wallet"
)
