package sale

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"errors"
	"time"

	"countersign/protocol"
)

// Unit is the terminal's secure unit (支付设备安全单元 21): its keys never leave
// it.
type Unit interface {
	// Signer signs requests and submissions.
	Signer() (crypto.Signer, error)
	// Agreement opens payments (step 9).
	Agreement() (ecdh.KeyExchanger, error)
	// DrawScrambleCode draws RandCodeP in the token (step 3).
	DrawScrambleCode(context.Context) (ScrambleCode, error)
}

// ScrambleCode is a scramble code that the token holds until it is spent.
type ScrambleCode interface {
	// Code returns the code until it is bound, zeros afterwards.
	Code() [16]byte
	// Bind keeps in the token what ties the code to its request.
	Bind(request [32]byte) error
	// Spend checks a code against the one that is held and uses it up, whatever
	// the answer (step 10). ErrWrongCode says that it is another one.
	Spend(code [16]byte, request [32]byte) error
	// Discard forgets the code. It may be called after Spend.
	Discard()
}

// Identity is what the authority has given the terminal (step 1).
type Identity interface {
	// Certificate is the terminal's own.
	Certificate() *protocol.Signed[protocol.Certificate]
	// Trust is PubA with InforA, and the newest revocation list.
	Trust() protocol.Trust
}

// CodeReader reads QR codes with a camera (支付设备二维码组件 22).
type CodeReader interface {
	// Scan returns the first text in view for which want is true; want is called
	// for every text that comes into view. It ends with the context.
	Scan(ctx context.Context, want func(text string) bool) (string, error)
}

// Print is a live template InforFpN, made by the fingerprint sensor (step 11).
type Print struct {
	Template protocol.Template
	Sensor   protocol.ID
	Captured time.Time
}

// FingerProgress tells how a capture goes on.
type FingerProgress struct {
	// Touching says that a finger lies on the glass.
	Touching bool
	// Fraction of the image received, 0 to 1.
	Fraction float64
	// Lift says that the finger that was read is to be lifted first.
	Lift bool
	// Advice is set while a better picture of the same finger is taken: the key of a
	// sentence, as AdvisedError's.
	Advice string
}

// FingerReader captures a finger.
type FingerReader interface {
	// Read waits for a finger and returns its template. ErrFingerPoor asks for
	// another try, ErrSensorLost says that the sensor is gone; either may be wrapped
	// in an *AdvisedError.
	Read(ctx context.Context, progress func(FingerProgress)) (Print, error)
	// Lifted waits until no finger lies on the glass, so that the next one is placed
	// anew. Errors: ErrSensorLost, ctx's.
	Lifted(ctx context.Context) error
}

// AdvisedError is an error of the finger reader's with what can be done about it.
type AdvisedError struct {
	// Advice is the key of a sentence, as package fingerprint names them.
	Advice string
	Err    error
}

func (e *AdvisedError) Error() string { return e.Err.Error() }
func (e *AdvisedError) Unwrap() error { return e.Err }

// Settler is settlement as a terminal sees it. Every outcome it returns is
// verified: signed by settlement, about the sale that was asked about.
type Settler interface {
	// Certificate fetches and verifies settlement's certificate, or returns the
	// one it has (step 12).
	Certificate(context.Context) (*protocol.Signed[protocol.Certificate], error)
	// Submit hands in a submission (step 13); about names the sale that is in it.
	// ErrNotSent says that nothing left this machine, ErrBusy that settlement
	// kept nothing; any other error that it may have arrived and been charged.
	Submit(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (Answer, error)
	// Query asks how a sale ended; ErrUndecided when settlement has not decided,
	// ErrNeverSeen when it knows no such sale.
	Query(ctx context.Context, about protocol.Advice) (Answer, error)
	// Reverse takes a sale back. The answer says whether it was: a sale that was
	// acknowledged before stays paid.
	Reverse(ctx context.Context, about protocol.Advice) (Answer, error)
	// Acknowledge says that the outcome is in our journal.
	Acknowledge(ctx context.Context, about protocol.Advice) error
	// Refund gives money back. It may be repeated with the same message until it
	// is answered. Errors as those of Submit; ErrUndecided when settlement has not
	// decided yet.
	Refund(ctx context.Context, r *protocol.Signed[protocol.Refund]) (RefundAnswer, error)
}

// Answer is a verified outcome with the bytes that settlement signed.
type Answer struct {
	Outcome protocol.Outcome
	Signed  *protocol.Signed[protocol.Outcome]
}

// RefundAnswer is a verified answer to a refund with the bytes that settlement
// signed.
type RefundAnswer struct {
	Outcome protocol.RefundOutcome
	Signed  *protocol.Signed[protocol.RefundOutcome]
}

// Errors of the ports.
var (
	ErrWrongCode  = errors.New("wrong scramble code")
	ErrFingerPoor = errors.New("finger not clear")
	ErrSensorLost = errors.New("fingerprint sensor is not there")
	ErrCameraLost = errors.New("camera is not there")
	ErrNotSent    = errors.New("settlement could not be reached, nothing was sent")
	ErrNoAnswer   = errors.New("no answer from settlement, it may have charged")
	ErrUndecided  = errors.New("settlement has not decided")
	ErrNeverSeen  = errors.New("settlement has never seen it")
	// ErrSettlement says that who answers is not the settlement server that it
	// should be; nothing was sent to it.
	ErrSettlement = errors.New("settlement is not genuine")
	// ErrBusy says that settlement refused to look at the submission now and
	// kept nothing of it.
	ErrBusy = errors.New("settlement is not ready, nothing was kept")
	// ErrFull says that the journal's disk has no room for a new sale. What has
	// begun can still be finished.
	ErrFull = errors.New("the disk is full: no new sales")
)

// Journal keeps what happened. Append returns only when the entry is on the
// disk for good. ErrFull says that there is no room for a new sale.
type Journal interface {
	Append(context.Context, Entry) error
	// NextNumber returns the number for the next sale or refund, 1 and up, without
	// gaps over restarts.
	NextNumber() uint64
	// LastNumber returns the last number that was given, 0 before the first.
	LastNumber() uint64
	// Open returns the last entry of every sale and refund that is not over
	// (Entry.Over), in the order of their numbers.
	Open(context.Context) ([]Entry, error)
	// Sold returns what is known of a sale, by its number on this terminal, or
	// where that is 0 by settlement's reference (see Gather).
	Sold(ctx context.Context, number, reference uint64) (Sold, error)
}
