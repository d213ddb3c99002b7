package sale

import (
	"context"
	"fmt"
	"sync"

	"countersign/protocol"
)

// settlementKey is settlement's certificate on its way.
type settlementKey struct {
	fetch func(context.Context) (*protocol.Signed[protocol.Certificate], error)
	want  protocol.ID
	done  sync.WaitGroup
	cert  *protocol.Signed[protocol.Certificate]
	err   error
}

// fetchSettlement begins step 12 as soon as there is a sale: settlement's
// certificate is fetched and verified while the customer takes the phone out.
func (s *payment) fetchSettlement(ctx context.Context) *settlementKey {
	k := &settlementKey{fetch: s.till.Settler.Certificate, want: s.till.Settlement}
	k.done.Go(func() {
		if k.cert, k.err = k.fetch(ctx); k.err == nil {
			s.till.settlement.Store(k.cert)
		}
	})
	return k
}

func (k *settlementKey) wait() { k.done.Wait() }

// certificate waits for the certificate; a first failure is tried once more,
// because a link that was down when the sale began may be up again.
func (k *settlementKey) certificate(ctx context.Context) (*protocol.Signed[protocol.Certificate], error) {
	k.wait()
	if k.err != nil {
		if k.cert, k.err = k.fetch(ctx); k.err != nil {
			return nil, k.err
		}
	}
	if subject := k.cert.Unverified().Subject; subject != k.want {
		return nil, fmt.Errorf("%w: it is %q, not %q", ErrSettlement, subject, k.want)
	}
	return k.cert, context.Cause(ctx)
}
