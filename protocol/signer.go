package protocol

import (
	"encoding/binary"
	"fmt"
	"time"
)

// SignerOf returns the mark that settlement's answers signed under a certificate
// bear.
func SignerOf(settlement *Signed[Certificate]) [8]byte {
	h := settlement.Hash()
	return [8]byte(h[:8])
}

// verifyAnswer checks that an answer bears the mark of the settlement
// certificate, which must itself be trusted now, and was signed under it. What
// the answer is about is the caller's to compare.
func verifyAnswer[P Payload](answer *Signed[P], mark [8]byte, settlement *Signed[Certificate], t Trust, now time.Time) (P, error) {
	var none P
	server, err := t.Certificate(settlement, RoleSettlement, now)
	if err != nil {
		return none, fmt.Errorf("settlement's certificate: %w", err)
	}
	payload, err := answer.Verify(server.Holder.Key)
	if err != nil {
		return none, err
	}
	if mark != SignerOf(settlement) {
		return none, fmt.Errorf("%w: signed under another certificate (%016x)", ErrSignature, binary.BigEndian.Uint64(mark[:]))
	}
	return payload, nil
}
