package staff

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"countersign/protocol"
)

// ApprovalLife is how long an approval is good for.
const ApprovalLife = 2 * time.Minute

// ErrApproval says that an approval is missing, used, over, or for something
// else.
var ErrApproval = errors.New("a manager's approval is needed")

// Matter is what is approved: this much of this sale.
type Matter struct {
	Sale      uint64            `json:"sale,omitzero"` // the terminal's number, 0 if it has none
	Reference uint64            `json:"reference"`     // settlement's number
	Amount    protocol.Amount   `json:"amount"`
	Currency  protocol.Currency `json:"currency"`
}

// Approval is a manager's word about one refund: for this matter, once, for two
// minutes. Only a Desk makes one.
type Approval struct {
	by     protocol.ID
	matter Matter
	until  time.Time
	now    func() time.Time
	used   atomic.Bool
}

// Approve has a manager approve a refund with the PIN. Who is on duty does not
// change. A manager on duty approves his own with his PIN once more; the journal
// names both. Errors: those of Login, ErrNotAllowed.
func (d *Desk) Approve(ctx context.Context, id protocol.ID, pin []byte, m Matter) (*Approval, error) {
	var given *Approval
	err := d.prove(ctx, id, pin, func(who Member, cleared func(*state)) error {
		if !who.Role.May(ApproveRefund) {
			err := d.changeLocked(ctx, cleared, Event{Kind: SignedIn, Member: id, By: id, Role: who.Role})
			return errors.Join(fmt.Errorf("%w: %s may not %s", ErrNotAllowed, who.Role, ApproveRefund), err)
		}
		given = &Approval{by: id, matter: m, until: d.now().Add(ApprovalLife), now: d.now}
		return d.changeLocked(ctx, cleared, Event{Kind: RefundApproved, Member: id, By: id, Role: who.Role, Matter: m})
	})
	if err != nil {
		return nil, err
	}
	return given, nil
}

// Use uses the approval up and says who gave it. Error: ErrApproval, also for a
// nil approval. One that was for something else stays good for what it was for.
func (a *Approval) Use(m Matter) (protocol.ID, error) {
	switch {
	case a == nil:
		return "", ErrApproval
	case a.matter != m:
		return "", fmt.Errorf("%w: this one is for another refund", ErrApproval)
	case a.now().After(a.until):
		return "", fmt.Errorf("%w: this one has expired", ErrApproval)
	case a.used.Swap(true):
		return "", fmt.Errorf("%w: this one was used", ErrApproval)
	}
	return a.by, nil
}
