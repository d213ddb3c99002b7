package display

import (
	"context"
	"fmt"

	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/xproto"
)

// Drawn tells of what a program draws into its window, as the server says it (DAMAGE
// extension): whoever waits for pixels need not look again and again. Make one with
// Window.Drawn.
type Drawn struct {
	d  *Display
	id damage.Damage
}

// Drawn begins to listen; Close ends it. Servers without DAMAGE give an error.
func (w *Window) Drawn(ctx context.Context) (*Drawn, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("listen for drawing: %w", err)
	}
	if err := damage.Init(w.d.conn); err != nil {
		return nil, fmt.Errorf("listen for drawing: %w", err)
	}
	// A server answers damage requests only after the version was agreed.
	if _, err := damage.QueryVersion(w.d.conn, 1, 1).Reply(); err != nil {
		return nil, fmt.Errorf("listen for drawing: %w", known(err))
	}
	id, err := damage.NewDamageId(w.d.conn)
	if err != nil {
		return nil, fmt.Errorf("listen for drawing: %w", err)
	}
	if err := damage.CreateChecked(w.d.conn, id, xproto.Drawable(w.id), damage.ReportLevelNonEmpty).Check(); err != nil {
		return nil, fmt.Errorf("listen for drawing: %w", known(err))
	}
	return &Drawn{d: w.d, id: id}, nil
}

// Until calls look, and again whenever something was drawn, until it says done or
// fails. Nothing that is drawn between two looks is missed.
func (n *Drawn) Until(ctx context.Context, look func() (done bool, err error)) error {
	return n.d.until(ctx, func() (bool, error) {
		// What was drawn so far is forgotten before it is looked at: the next drawing is
		// told of again.
		damage.Subtract(n.d.conn, n.id, 0, 0)
		return look()
	})
}

// Close ends the listening.
func (n *Drawn) Close() { damage.Destroy(n.d.conn, n.id) }
