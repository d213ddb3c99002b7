package protocol

import (
	"fmt"
	"strings"
)

// Paths of the services over HTTPS. Bodies are CBOR; a signed message has the
// COSE content type. Errors are problem details (package problem).
const (
	// The authority's. Identity, revocation list and settlement's certificate
	// are open to anyone; a code opens an enrolment, a certificate a renewal.
	PathIdentity       = "/v1/identity"            // GET: Signed[Identity]
	PathChallenges     = "/v1/challenges"          // POST ChallengeRequest: Signed[Challenge]
	PathEnrolments     = "/v1/enrolments"          // POST Signed[Enrolment]: Issued
	PathRenewals       = "/v1/renewals"            // POST Signed[Renewal]: Issued
	PathRevocationList = "/v1/revocation-list"     // GET: Signed[RevocationList]
	PathDeposits       = "/v1/template-deposits"   // POST Signed[TemplateDeposit] by a desk: enrolment code text for the wallet; at settlement by a wallet: 204
	PathDeskOrders     = "/v1/desk-orders"         // POST Signed[DeskOrder] by a desk: enrolment code text for a wallet without a print, Signed[ErasureList] for an erasure
	PathErasures       = "/v1/erasures"            // GET by settlement: Signed[ErasureList] after AfterParameter
	PathSettlements    = "/v1/settlements/current" // GET: Signed[Certificate] of settlement

	// Settlement's, all with mutual TLS.
	PathCertificate      = "/v1/certificate"       // GET: Signed[Certificate]
	PathPayments         = "/v1/payments"          // POST Envelope: Signed[Outcome], 202 while a card's issuer has not decided
	PathQueries          = "/v1/queries"           // POST Signed[Query]: Signed[Outcome], 202 while undecided, 404 when never seen
	PathReversals        = "/v1/reversals"         // POST Signed[Reversal]: Signed[Outcome]
	PathAcknowledgements = "/v1/acknowledgements"  // POST Signed[Acknowledgement]: Signed[Outcome]
	PathRefunds          = "/v1/refunds"           // POST Signed[Refund]: Signed[RefundOutcome], 202 while undecided
	PathTotals           = "/v1/totals"            // POST Signed[TotalsQuery]: Signed[DayTotals]
	PathAnchors          = "/v1/journal-anchors"   // POST Signed[JournalAnchor]: Signed[AnchorReceipt], 409 when it contradicts an earlier one
	PathStatuses         = "/v1/terminal-statuses" // POST Signed[TerminalStatus]: 204
	PathAccounts         = "/v1/accounts"          // POST Signed[AccountChange]: AccountInfo

	// Settlement's for the sale by tap, with mutual TLS.
	PathVirtualCards  = "/v1/virtual-cards"    // POST Signed[CardApplication] by a wallet: Signed[VirtualCard]
	PathCardStates    = "/v1/card-states"      // POST Signed[CardQuestion] by a wallet: Signed[CardState]
	PathLoads         = "/v1/loads"            // POST Signed[LoadRequest] by a wallet: Signed[Load], 409 with code funds, ceiling, conflict … when refused for good
	PathTransfers     = "/v1/transfers"        // POST Signed[Transfer] by a wallet: Signed[TransferReceipt]
	PathTaps          = "/v1/taps"             // POST Envelope of a TapClearing by a terminal: Signed[TapCleared]
	PathAbandonments  = "/v1/tap-abandonments" // POST Signed[TapAbandonment] by a terminal: Signed[TapCleared]
	PathCardBlocklist = "/v1/card-blocklist"   // GET: Signed[CardBlocklist]
)

// Content types (RFC 9052 §11.3.1, RFC 8949 §9.5).
const (
	ContentTypeCOSE = `application/cose; cose-type="cose-sign1"`
	ContentTypeCBOR = "application/cbor"
	ContentTypeText = "text/plain; charset=utf-8"
)

// CertificateHeader carries, in base64 (RFC 4648 §5, no padding), the certificate
// of the device that signed an advice or hands in a template: these messages
// hold none. Settlement verifies it like any other, and that it is the one of
// the TLS peer.
const CertificateHeader = "Countersign-Certificate"

// SignerParameter of PathCertificate asks for the certificate under which
// outcomes with that mark (Outcome.Signer, 16 hex digits) were signed.
const SignerParameter = "signer"

// AfterParameter of PathErasures is the number, decimal, of the last erasure that
// is known; 0 or absent for none.
const AfterParameter = "after"

// AuthorityTLSName is the URI in the TLS leaf of the authority itself, which has
// no certificate of a role: "countersign-authority:countersign/1".
func AuthorityTLSName(name ID) string { return "countersign-authority:" + string(name) }

// tlsScheme begins the URI that names a device in its X.509 leaf.
const tlsScheme = "countersign:"

// TLSName returns the URI subject alternative name of a device's X.509 leaf,
// "countersign:terminal/T-0001".
func TLSName(role Role, subject ID) string { return tlsScheme + role.String() + "/" + string(subject) }

// ParseTLSName is the inverse of TLSName.
func ParseTLSName(uri string) (Role, ID, error) {
	rest, ours := strings.CutPrefix(uri, tlsScheme)
	if !ours {
		return 0, "", fmt.Errorf("%w: TLS name %q", ErrNotOurs, uri)
	}
	name, subject, _ := strings.Cut(rest, "/")
	role, err := ParseRole(name)
	if err != nil {
		return 0, "", err
	}
	return role, ID(subject), ID(subject).validate("subject")
}

// ProofName returns the URI in a certification request that binds it to the
// authority's challenge, "countersign-proof:<nonce in hex>".
func ProofName(nonce Code) string { return fmt.Sprintf("countersign-proof:%x", nonce) }
