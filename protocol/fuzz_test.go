package protocol_test

import (
	"bytes"
	"testing"

	"countersign/protocol"
)

// fuzzKind fuzzes the decoder of one kind: whatever decodes must encode to the
// same bytes again, and nothing may panic. The seeds are the published vectors,
// valid and invalid.
func fuzzKind(f *testing.F, kind string) {
	for _, file := range readVectors(f) {
		if file.Kind == kind {
			for _, v := range file.Cases {
				if v.Do == "decode" {
					f.Add([]byte(v.Given.Bytes))
				}
			}
		}
	}
	parse := codecs()[kind].parse
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, encoded, _, err := parse(t, raw)
		if err == nil && !bytes.Equal(encoded, raw) {
			t.Errorf("decoded and encoded again\n%x is\n%x", raw, encoded)
		}
	})
}

func FuzzCertificate(f *testing.F)         { fuzzKind(f, "certificate") }
func FuzzIdentity(f *testing.F)            { fuzzKind(f, "identity") }
func FuzzChallenge(f *testing.F)           { fuzzKind(f, "challenge") }
func FuzzEnrolment(f *testing.F)           { fuzzKind(f, "enrolment") }
func FuzzRenewal(f *testing.F)             { fuzzKind(f, "renewal") }
func FuzzRevocationList(f *testing.F)      { fuzzKind(f, "revocation-list") }
func FuzzTemplateDeposit(f *testing.F)     { fuzzKind(f, "template-deposit") }
func FuzzConsent(f *testing.F)             { fuzzKind(f, "consent") }
func FuzzDeskOrder(f *testing.F)           { fuzzKind(f, "desk-order") }
func FuzzErasureList(f *testing.F)         { fuzzKind(f, "erasure-list") }
func FuzzRequest(f *testing.F)             { fuzzKind(f, "request") }
func FuzzPayment(f *testing.F)             { fuzzKind(f, "payment") }
func FuzzSubmission(f *testing.F)          { fuzzKind(f, "submission") }
func FuzzOutcome(f *testing.F)             { fuzzKind(f, "outcome") }
func FuzzReversal(f *testing.F)            { fuzzKind(f, "reversal") }
func FuzzAcknowledgement(f *testing.F)     { fuzzKind(f, "acknowledge") }
func FuzzQuery(f *testing.F)               { fuzzKind(f, "query") }
func FuzzRefund(f *testing.F)              { fuzzKind(f, "refund") }
func FuzzRefundOutcome(f *testing.F)       { fuzzKind(f, "refund-outcome") }
func FuzzTotalsQuery(f *testing.F)         { fuzzKind(f, "totals-query") }
func FuzzTotals(f *testing.F)              { fuzzKind(f, "totals") }
func FuzzJournalAnchor(f *testing.F)       { fuzzKind(f, "journal-anchor") }
func FuzzZReport(f *testing.F)             { fuzzKind(f, "z-report") }
func FuzzTerminalStatus(f *testing.F)      { fuzzKind(f, "terminal-status") }
func FuzzAnchorReceipt(f *testing.F)       { fuzzKind(f, "anchor-receipt") }
func FuzzAccountRegistration(f *testing.F) { fuzzKind(f, "account-registration") }
func FuzzChallengeRequest(f *testing.F)    { fuzzKind(f, "challenge-request") }
func FuzzIssued(f *testing.F)              { fuzzKind(f, "issued") }
func FuzzEnvelope(f *testing.F)            { fuzzKind(f, "envelope") }
func FuzzAccountInfo(f *testing.F)         { fuzzKind(f, "account-info") }
func FuzzAnchor(f *testing.F)              { fuzzKind(f, "anchor") }
func FuzzPayerSecret(f *testing.F)         { fuzzKind(f, "payer-secret") }
func FuzzVirtualCard(f *testing.F)         { fuzzKind(f, "virtual-card") }
func FuzzCardKey(f *testing.F)             { fuzzKind(f, "card-key") }
func FuzzCardApplication(f *testing.F)     { fuzzKind(f, "card-application") }
func FuzzCardBlocklist(f *testing.F)       { fuzzKind(f, "card-blocklist") }
func FuzzLoadRequest(f *testing.F)         { fuzzKind(f, "load-request") }
func FuzzLoad(f *testing.F)                { fuzzKind(f, "load") }
func FuzzTransfer(f *testing.F)            { fuzzKind(f, "transfer") }
func FuzzTransferReceipt(f *testing.F)     { fuzzKind(f, "transfer-receipt") }
func FuzzCardQuestion(f *testing.F)        { fuzzKind(f, "card-question") }
func FuzzCardState(f *testing.F)           { fuzzKind(f, "card-state") }
func FuzzTapGet(f *testing.F)              { fuzzKind(f, "tap-get") }
func FuzzTapAnswer(f *testing.F)           { fuzzKind(f, "tap-answer") }
func FuzzTapProof(f *testing.F)            { fuzzKind(f, "tap-proof") }
func FuzzTapPay(f *testing.F)              { fuzzKind(f, "tap-pay") }
func FuzzTapResult(f *testing.F)           { fuzzKind(f, "tap-result") }
func FuzzTapRecover(f *testing.F)          { fuzzKind(f, "tap-recover") }
func FuzzTapRecovery(f *testing.F)         { fuzzKind(f, "tap-recovery") }
func FuzzTapClearing(f *testing.F)         { fuzzKind(f, "tap-clearing") }
func FuzzTapAbandonment(f *testing.F)      { fuzzKind(f, "tap-abandonment") }
func FuzzTapCleared(f *testing.F)          { fuzzKind(f, "tap-cleared") }

// fuzzText fuzzes the reader of one kind of code: whatever is read must be
// written the same again.
func fuzzText(f *testing.F, kind string, again func(text string) (string, error)) {
	for _, file := range readVectors(f) {
		if file.Kind == kind {
			for _, v := range file.Cases {
				if v.Do == "read text" {
					f.Add(v.Given.Text)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if have, err := again(text); err == nil && have != text {
			t.Errorf("%q is written %q", text, have)
		}
	})
}

func FuzzRequestText(f *testing.F) {
	fuzzText(f, "request", func(text string) (string, error) {
		s, err := protocol.ParseRequestText(text)
		if err != nil {
			return "", err
		}
		return protocol.RequestText(s), nil
	})
}

func FuzzPaymentText(f *testing.F) {
	fuzzText(f, "payment", func(text string) (string, error) {
		s, err := protocol.ParsePaymentText(text)
		return protocol.PaymentText(s), err
	})
}

func FuzzOutcomeText(f *testing.F) {
	fuzzText(f, "outcome", func(text string) (string, error) {
		s, err := protocol.ParseOutcomeText(text)
		if err != nil {
			return "", err
		}
		return protocol.OutcomeText(s), nil
	})
}

// Spaces around an enrolment code are dropped, so it is what is left that must be
// written the same again.
func FuzzEnrolmentText(f *testing.F) {
	for _, file := range readVectors(f) {
		if file.Kind == "enrolment-code" {
			for _, v := range file.Cases {
				f.Add(v.Given.Text)
				f.Add(" " + v.Given.Text + "\n")
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := protocol.ParseEnrolmentText(text)
		if err != nil {
			return
		}
		have, err := protocol.EnrolmentText(code)
		if err != nil || !bytes.Equal(bytes.TrimSpace([]byte(text)), []byte(have)) {
			t.Errorf("%q is written %q, %v", text, have, err)
		}
	})
}

func FuzzBase45(f *testing.F) {
	fuzzText(f, "base45", func(text string) (string, error) {
		b, err := protocol.DecodeBase45(text)
		return protocol.EncodeBase45(b), err
	})
}

func FuzzTLSName(f *testing.F) {
	for _, seed := range []string{"countersign:terminal/T-0001", "countersign:desk/a/b", "countersign:wallet/", "countersign:unknown/x", "https://example.com/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		role, subject, err := protocol.ParseTLSName(uri)
		if err == nil && protocol.TLSName(role, subject) != uri {
			t.Errorf("%q is written %q", uri, protocol.TLSName(role, subject))
		}
	})
}

// FuzzOpen: what is sealed opens or is refused, whatever the bytes are.
func FuzzOpen(f *testing.F) {
	s := newScene(f)
	f.Add([]byte(s.Sealed(f, s.request, s.payment)))
	f.Add([]byte(s.payment.Unverified().Secret))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		opened, err := protocol.OpenPayment(s.Terminal.Agreement, s.request.Hash(), sealed)
		if (opened == nil) == (err == nil) {
			t.Errorf("opened %v with %v", opened, err)
		}
	})
}
