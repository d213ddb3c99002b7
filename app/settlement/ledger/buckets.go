package ledger

import (
	"encoding/binary"
	"fmt"

	"countersign/protocol"
)

// format names the layout of what is kept.
const format = "countersign ledger 2"

// The buckets, and what their keys are. A bucket is bbolt's, or a table.
const (
	bucketMeta         = "meta"
	bucketAccounts     = "accounts"     // account ID
	bucketBalances     = "balances"     // account ID
	bucketEntries      = "entries"      // number, 8 bytes big-endian
	bucketSales        = "sales"        // terminal, 0xff, scramble code
	bucketReferences   = "references"   // number, 8 bytes big-endian
	bucketRequests     = "requests"     // H(request)
	bucketPrints       = "prints"       // mark
	bucketFailures     = "failures"     // thumbprint of the wallet's key
	bucketDeposits     = "deposits"     // SHA-256 of the sealed template
	bucketErasures     = "erasures"     // SHA-256 of the sealed template
	bucketChanges      = "changes"      // thumbprint, key of the change
	bucketCertificates = "certificates" // mark of the signer
	// bucketMovements finds the entries of a terminal by time: terminal, 0xff,
	// time and number, 8 bytes each, big-endian. Its values are empty.
	bucketMovements      = "movements"
	bucketRefunds        = "refunds"        // terminal, 0xff, key of the refund
	bucketRefundNumbers  = "refund numbers" // number, 8 bytes big-endian
	bucketAuthorisations = "authorisations" // 0 or 1 for a refund, terminal, 0xff, code
	// bucketOpen holds the keys of authorisations that are open.
	bucketOpen    = "open authorisations"
	bucketAnchors = "anchors" // terminal, 0xff, sequence, 8 bytes big-endian
	bucketHeads   = "heads"   // terminal; its newest anchor
	bucketLoads   = "loads"   // the operator's reference
	// Of virtual cards. A card's number has 16 digits.
	bucketPurses          = "purses"           // number of the card
	bucketMarks           = "card marks"       // mark of the card
	bucketHolders         = "card holders"     // wallet, 0xff, currency, 2 bytes; its newest card
	bucketApplications    = "applications"     // thumbprint of the wallet's key, key of the application
	bucketPurseLoads      = "purse loads"      // number of the card, sequence, 8 bytes
	bucketRefusedLoads    = "refused loads"    // number of the card, sequence, nonce
	bucketDeductions      = "deductions"       // number of the card, counter, 8 bytes
	bucketReports         = "reports"          // number of the card, counter, 8 bytes, H(result)
	bucketTaps            = "taps"             // terminal, 0xff, first half of H(PAY), or of H(result) if the operator closed it
	bucketPurseReferences = "purse references" // number, 8 bytes big-endian
	bucketPurseTransfers  = "purse transfers"  // H(Transfer)
	bucketBlocked         = "blocked cards"    // mark of the card
	bucketBlocklist       = "blocklist"        // "list"; its sequence
	// Of fingers.
	bucketProbes       = "live prints"       // wallet, 0xff, place, 1 byte; sealed
	bucketProbeHeads   = "live print counts" // wallet
	bucketFingerEvents = "finger events"     // wallet, 0xff, time, 8 bytes big-endian, key of the sale, attempt, 1 byte
	// For the people who look after a shop.
	bucketTerminalStates = "terminal states" // terminal
	bucketZMarks         = "z marks"         // terminal, 0xff, number of the Z report, 8 bytes big-endian
	bucketStoreUsers     = "store users"     // merchant account, 0xff, name
)

// buckets is read only.
var buckets = [...]string{bucketMeta, bucketAccounts, bucketBalances, bucketEntries, bucketSales, bucketReferences, bucketRequests,
	bucketPrints, bucketFailures, bucketDeposits, bucketErasures, bucketChanges, bucketCertificates, bucketMovements, bucketRefunds, bucketRefundNumbers,
	bucketAuthorisations, bucketOpen, bucketAnchors, bucketHeads, bucketLoads,
	bucketPurses, bucketMarks, bucketHolders, bucketApplications, bucketPurseLoads, bucketRefusedLoads, bucketDeductions, bucketReports, bucketTaps,
	bucketPurseReferences, bucketPurseTransfers, bucketBlocked, bucketBlocklist,
	bucketProbes, bucketProbeHeads, bucketFingerEvents, bucketTerminalStates, bucketZMarks, bucketStoreUsers}

// saleKey cannot be mistaken: 0xff is in no UTF-8 text, and the code has a
// fixed length.
func saleKey(k SaleKey) []byte { return under(k.Terminal, k.Scramble[:]) }

// under is a key of a terminal's.
func under(terminal protocol.ID, rest []byte) []byte {
	return append(append([]byte(terminal), 0xff), rest...)
}

// splitKey is the inverse of under for a rest of a known length.
func splitKey(key []byte, length int) (protocol.ID, []byte, error) {
	end := len(key) - length
	if end < 2 || key[end-1] != 0xff {
		return "", nil, fmt.Errorf("ledger: key of %d bytes", len(key))
	}
	return protocol.ID(key[:end-1]), key[end:], nil
}

func refundKey(k RefundKey) []byte { return under(k.Terminal, k.Key[:]) }

func authorisationKey(k AuthorisationKey) []byte {
	kind := byte(0)
	if k.Refund {
		kind = 1
	}
	return append([]byte{kind}, under(k.Terminal, k.Code[:])...)
}

func movementKey(terminal protocol.ID, at protocol.Time, sequence uint64) []byte {
	return under(terminal, binary.BigEndian.AppendUint64(numberKey(uint64(at)), sequence))
}

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func number(key []byte) uint64 { return binary.BigEndian.Uint64(key) }
