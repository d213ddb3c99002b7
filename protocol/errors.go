package protocol

import "errors"

// Errors that callers decide on. Every error returned by this package wraps
// one of them, so that a screen can choose its words with errors.Is.
var (
	// ErrNotOurs says that a text is not one of Countersign's codes at all:
	// another prefix, or none.
	ErrNotOurs = errors.New("not a Countersign code")
	// ErrMalformed says that bytes are damaged or not in the one encoding that
	// the message kind has.
	ErrMalformed = errors.New("message is malformed")
	// ErrRange says that a field holds a value that the message kind does not
	// allow.
	ErrRange = errors.New("field out of range")
	// ErrSignature says that a signature does not verify under the key that was
	// expected.
	ErrSignature = errors.New("signature does not verify")
	// ErrSealed says that a sealed message cannot be opened: it was meant for
	// another key, another sale or another kind, or it was changed on the way.
	ErrSealed = errors.New("sealed message cannot be opened")
	// ErrOtherAuthority says that a certificate names an authority (InforA)
	// that is not among the trusted ones.
	ErrOtherAuthority = errors.New("certificate of another authority")
	// ErrRole says that a certificate is genuine but for another role than the
	// one expected.
	ErrRole = errors.New("certificate for another role")
	// ErrNotYetValid says that a certificate begins later than now.
	ErrNotYetValid = errors.New("certificate is not valid yet")
	// ErrExpired says that a certificate ended before now.
	ErrExpired = errors.New("certificate has expired")
	// ErrRevoked says that the authority has revoked the certificate.
	ErrRevoked = errors.New("certificate is revoked")
	// ErrListStale says that a revocation list is older than its reader allows,
	// or older than one already seen.
	ErrListStale = errors.New("revocation list is out of date")
	// ErrClockSkew says that a request was issued at a time so far from ours,
	// yet so near, that one of the two clocks is probably wrong.
	ErrClockSkew = errors.New("clocks differ")
	// ErrRequestStale says that a request was issued too long ago or too far
	// ahead to be an answer to the person in front of the terminal.
	ErrRequestStale = errors.New("request is not current")
	// ErrRequestExpired says that the time to live of a request is over.
	ErrRequestExpired = errors.New("request has expired")
	// ErrOtherRequest says that a payment answers another request than ours.
	ErrOtherRequest = errors.New("payment is for another request")
	// ErrOtherAmount says that a payment names another amount than its request.
	ErrOtherAmount = errors.New("payment names another amount")
	// ErrOtherCurrency says that a payment names another currency than its
	// request.
	ErrOtherCurrency = errors.New("payment names another currency")
	// ErrOtherSettlement says that a message is addressed to another settlement
	// server.
	ErrOtherSettlement = errors.New("message is for another settlement server")
	// ErrNoPrint says that a submission brings no live print, or two; or that a
	// payment claims a PIN in its place that the request did not ask for.
	ErrNoPrint = errors.New("live print missing or given twice")
	// ErrCardNumber says that a virtual card's number is none: its length, check
	// digit or issuer is wrong.
	ErrCardNumber = errors.New("virtual card number is not good")
	// ErrOtherCard says that another virtual card answered than the one that was
	// meant.
	ErrOtherCard = errors.New("another virtual card")
	// ErrCardBlocked says that settlement no longer honours a virtual card.
	ErrCardBlocked = errors.New("virtual card is blocked")
)
