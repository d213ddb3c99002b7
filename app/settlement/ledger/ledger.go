package ledger

import (
	"context"
	"errors"

	"countersign/protocol"
)

// Errors that callers decide on.
var (
	ErrNotFound     = errors.New("not in the ledger")
	ErrExists       = errors.New("already in the ledger")
	ErrInsufficient = errors.New("balance does not cover the amount")
	ErrCurrency     = errors.New("accounts of different currencies")
	// ErrKept says that a change would alter what is kept for ever.
	ErrKept = errors.New("would change what is kept")
	// ErrClosed says that the ledger was closed before the transaction began.
	ErrClosed = errors.New("ledger is closed")
	// ErrInUse says that another process has the embedded store open.
	ErrInUse = errors.New("ledger is in use by another process")
	// ErrBroken says that an earlier commit failed, so that nobody knows what is
	// on the disk before the ledger is opened again.
	ErrBroken = errors.New("ledger is broken by a failed commit")
)

// Ledger is a store. All methods may be called from any goroutine.
type Ledger interface {
	// View runs read on a snapshot in which every transaction is whole and on
	// the disk.
	View(ctx context.Context, read func(Snapshot) error) error
	// Update runs change as one transaction and returns when it is on the disk.
	// If change fails nothing is kept and its error is returned. Change must
	// have no effect but on tx: a store may run it again. When ctx ends before
	// the transaction began its error is returned and nothing was done; later
	// Update waits for the end.
	Update(ctx context.Context, change func(Tx) error) error
	// NextReference returns a number that no sale, tap, transfer, refund or
	// authorisation in the ledger bears and that was not handed out before by this process, or any that
	// shares the store. The acquirer knows a transaction by it.
	NextReference(ctx context.Context) (uint64, error)
	// Overwrite has the store's own files forget what was deleted (PutErasure). It
	// may be called again; it fails when it cannot be done for the moment.
	Overwrite(ctx context.Context) error
	// Close waits for transactions under way.
	Close() error
}

// Reader looks up single things. Methods fail with ErrNotFound where nothing is
// kept.
type Reader interface {
	Account(AccountID) (Account, error)
	// Balance is in minor units, never below zero. For the funding account it
	// is what was brought in and not taken out.
	Balance(AccountID) (int64, error)
	Sale(SaleKey) (Sale, error)
	// SaleByReference finds the sale that was paid under a reference.
	SaleByReference(uint64) (SaleKey, error)
	// SaleByRequest finds the sale that a request belongs to: the first one that
	// named it.
	SaleByRequest(protocol.Hash) (SaleKey, error)
	// Print returns the sale that a live print's mark was taken by.
	Print(mark protocol.Hash) (PrintUse, error)
	// Failures returns the failed fingers of a wallet since its last success,
	// the zero value for a wallet without any.
	Failures(key protocol.Hash) (Failures, error)
	// Probes says which live prints of a wallet are kept, the zero value for none.
	Probes(wallet protocol.ID) (Probes, error)
	// Refund returns a refund that was asked for.
	Refund(RefundKey) (Refund, error)
	// Authorisation returns what the acquirer was asked.
	Authorisation(AuthorisationKey) (Authorisation, error)
	// Anchor returns the newest head that a terminal lodged of its journal.
	Anchor(terminal protocol.ID) (Anchor, error)
	// Load finds what was loaded under an operator's reference.
	Load(reference string) (Load, error)
	// Deposit returns a deposited template by SHA-256 of the sealed bytes.
	Deposit(protocol.Hash) (protocol.Sealed, error)
	// Erasure returns what stays of a template that was erased, by the same digest.
	Erasure(template protocol.Hash) (Erasure, error)
	// AnchorAt returns the head that was lodged under a number.
	AnchorAt(terminal protocol.ID, sequence uint64) (Anchor, error)
	// TerminalState returns how a terminal is, as far as it has said so.
	TerminalState(terminal protocol.ID) (TerminalState, error)
	// ZMark returns what is known of a terminal's Z report.
	ZMark(terminal protocol.ID, number uint64) (ZMark, error)
	// StoreUser returns who may look at a merchant's page.
	StoreUser(merchant AccountID, name string) (StoreUser, error)
	Change(ChangeKey) (Change, error)
	// Certificate returns one of settlement's own certificates, encoded, by the
	// mark that outcomes signed under it bear.
	Certificate(signer [8]byte) ([]byte, error)
	PurseReader
}

// PurseReader looks up what belongs to virtual cards.
type PurseReader interface {
	Purse(protocol.CardNumber) (Purse, error)
	PurseByMark(protocol.CardMark) (protocol.CardNumber, error)
	// PurseOf returns the newest card of a wallet in a currency.
	PurseOf(wallet protocol.ID, c protocol.Currency) (protocol.CardNumber, error)
	Application(ApplicationKey) (Application, error)
	PurseLoad(PurseLoadKey) (PurseLoad, error)
	RefusedLoad(k PurseLoadKey, nonce protocol.Code) (RefusedLoad, error)
	// Deductions returns what is known in a place of a card's chain, in the order
	// in which it became known: nothing, one, or a fork.
	Deductions(DeductionKey) ([]Deduction, error)
	// Report returns what a card's wallet said of a deduction.
	Report(ReportKey) (Report, error)
	Tap(TapKey) (Tap, error)
	// PurseReference finds what bears a number.
	PurseReference(uint64) (PurseReference, error)
	PurseTransfer(protocol.Hash) (PurseTransfer, error)
	// BlocklistSequence rises whenever a card is blocked or unblocked.
	BlocklistSequence() (uint64, error)
}

// Tx is a transaction: it reads what it wrote itself.
type Tx interface {
	Reader
	// AddAccount adds an account with balance zero (ErrExists).
	AddAccount(Account) error
	// SetAccount replaces what is known of an account: its terminals or
	// registration. Class, currency and kind stay (ErrKept).
	SetAccount(Account) error
	// Transfer moves money and returns the number of its entry.
	// It fails with ErrInsufficient, ErrCurrency or ErrNotFound.
	Transfer(Transfer) (uint64, error)
	// PutSale keeps a new sale or one that was added to (ErrKept). A new sale
	// takes its request, unless another has: then it can never be paid (ErrKept).
	PutSale(SaleKey, Sale) error
	// PutRefund keeps a new refund, or what became of a pending one (ErrKept).
	// The sale's sums and the transfer are the caller's, in the same transaction.
	PutRefund(RefundKey, Refund) error
	// PutAuthorisation keeps a new authorisation, in state sent, or its next
	// state (ErrKept).
	PutAuthorisation(AuthorisationKey, Authorisation) error
	// AddAnchor keeps the head of a terminal's journal. Sequences only rise
	// (ErrKept).
	AddAnchor(terminal protocol.ID, a Anchor) error
	// AddLoad keeps that a load was made (ErrExists).
	AddLoad(reference string, l Load) error
	// AddPrint takes a live print's mark (ErrExists).
	AddPrint(mark protocol.Hash, use PrintUse) error
	SetFailures(key protocol.Hash, f Failures) error
	// AddProbe keeps a sealed live print of a wallet under the number after the last
	// (ErrKept), in the place of the one that is places older: 1 to MaxPlaces.
	AddProbe(wallet protocol.ID, places uint8, p Probe) error
	// ForgetProbes deletes all live prints of a wallet, and says whether any were
	// kept. It may be repeated.
	ForgetProbes(wallet protocol.ID) (bool, error)
	// AddFingerEvent keeps what became of a comparison, for ever (ErrExists).
	AddFingerEvent(FingerEvent) error
	// AddDeposit keeps a sealed template (ErrErased). Again the same is no error.
	AddDeposit(protocol.Sealed) error
	// PutErasure deletes a deposited template and keeps that it was erased, or that
	// it was overwritten since (ErrKept).
	PutErasure(template protocol.Hash, e Erasure) error
	// PutTerminalState replaces what is known of how a terminal is.
	PutTerminalState(terminal protocol.ID, s TerminalState) error
	// AddZMark keeps that a terminal made a Z report; another hash under its number
	// is refused (ErrKept), the same changes nothing.
	AddZMark(terminal protocol.ID, number uint64, z ZMark) error
	// PutStoreUser keeps who may look at a merchant's page, or what changed of it;
	// RemoveStoreUser forgets that (ErrNotFound).
	PutStoreUser(StoreUser) error
	RemoveStoreUser(merchant AccountID, name string) error
	// AddChange keeps the answer to an account change (ErrExists).
	AddChange(ChangeKey, Change) error
	// AddCertificate keeps one of settlement's certificates. Again the same is
	// no error.
	AddCertificate(*protocol.Signed[protocol.Certificate]) error
	// AddPurse keeps a new virtual card, and adds its two accounts (ErrExists if
	// its number or its key is taken).
	AddPurse(Purse) error
	// PutPurse replaces what is known of a card (ErrKept), and keeps the list of
	// blocked cards in step.
	PutPurse(Purse) error
	// AddApplication keeps which card an application got (ErrExists).
	AddApplication(ApplicationKey, Application) error
	// AddPurseLoad keeps a load (ErrExists); entry and sums are the caller's, in
	// the same transaction, as with all that follows.
	AddPurseLoad(PurseLoadKey, PurseLoad) error
	// AddRefusedLoad keeps that a load is never made (ErrExists).
	AddRefusedLoad(k PurseLoadKey, nonce protocol.Code, l RefusedLoad) error
	// PutDeductions keeps a place of a chain: more links, or what became of
	// those that were not settled (ErrKept).
	PutDeductions(DeductionKey, []Deduction) error
	// PutReport keeps what a wallet reported, or that the operator closed it; RemoveReport
	// forgets it. What was closed is neither changed nor removed (ErrKept).
	PutReport(ReportKey, Report) error
	RemoveReport(ReportKey) error
	// PutTap keeps a tap, or what became of it (ErrKept, ErrExists). One under
	// ClosedTapKey comes after its report was closed.
	PutTap(TapKey, Tap) error
	AddPurseTransfer(protocol.Hash, PurseTransfer) error
}

// Snapshot also walks through everything, in ascending order of keys.
type Snapshot interface {
	Reader
	EachAccount(func(a Account, balance int64) error) error
	EachEntry(func(Entry) error) error
	// EachEntryFrom begins with the entry of a number.
	EachEntryFrom(first uint64, visit func(Entry) error) error
	Entry(number uint64) (Entry, error)
	// LastEntry returns the number of the newest entry, 0 if there is none.
	LastEntry() (uint64, error)
	// EachMerchant walks through the merchants' accounts alone.
	EachMerchant(func(Account) error) error
	// LookAhead says that TerminalState and Anchor of these terminals are asked for
	// next, before any walk: a store that is far away answers them at once then.
	LookAhead(terminals []protocol.ID) error
	EachTerminalState(func(terminal protocol.ID, s TerminalState) error) error
	// EachZMarkOf walks through one terminal's, beginning with a number.
	EachZMarkOf(terminal protocol.ID, from uint64, visit func(number uint64, z ZMark) error) error
	EachStoreUser(func(StoreUser) error) error
	EachSale(func(SaleKey, Sale) error) error
	EachReference(func(uint64, SaleKey) error) error
	EachRequest(func(protocol.Hash, SaleKey) error) error
	EachPrint(func(mark protocol.Hash, use PrintUse) error) error
	EachFailures(func(key protocol.Hash, f Failures) error) error
	EachProbesHead(func(wallet protocol.ID, p Probes) error) error
	EachProbe(func(wallet protocol.ID, place uint8, p Probe) error) error
	// EachProbeOf walks through the live prints of one wallet.
	EachProbeOf(wallet protocol.ID, visit func(place uint8, p Probe) error) error
	EachFingerEvent(func(FingerEvent) error) error
	// EachFingerEventOf walks through one wallet's, by time.
	EachFingerEventOf(wallet protocol.ID, visit func(FingerEvent) error) error
	EachRefund(func(RefundKey, Refund) error) error
	EachRefundNumber(func(uint64, RefundKey) error) error
	EachAuthorisation(func(AuthorisationKey, Authorisation) error) error
	// EachOpenAuthorisation walks through those alone that something is still
	// to be heard of.
	EachOpenAuthorisation(func(AuthorisationKey, Authorisation) error) error
	// EachEntryOf walks through a terminal's payments, reversals and refunds
	// whose time is in [from, to), by time and number.
	EachEntryOf(terminal protocol.ID, from, to protocol.Time, visit func(Entry) error) error
	// EachMovement walks through the index that EachEntryOf goes by.
	EachMovement(func(terminal protocol.ID, at protocol.Time, sequence uint64) error) error
	EachAnchor(func(terminal protocol.ID, a Anchor) error) error
	EachLoad(func(reference string, l Load) error) error
	EachErasure(func(template protocol.Hash, e Erasure) error) error
	EachPurse(func(Purse) error) error
	EachPurseLoad(func(PurseLoadKey, PurseLoad) error) error
	EachDeduction(func(DeductionKey, []Deduction) error) error
	// EachDeductionOf walks through one card's chain, beginning with counter from.
	EachDeductionOf(n protocol.CardNumber, from uint64, visit func(counter uint64, links []Deduction) error) error
	EachReport(func(ReportKey, Report) error) error
	EachTap(func(TapKey, Tap) error) error
	EachPurseReference(func(uint64, PurseReference) error) error
	EachPurseTransfer(func(protocol.Hash, PurseTransfer) error) error
	EachBlocked(func(protocol.CardMark, BlockedCard) error) error
}
