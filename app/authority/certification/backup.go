package certification

import (
	"context"
	"io"
)

// Backup writes a backup of the registry as it is at one moment: see store.Registry.
func (a *Authority) Backup(ctx context.Context, to io.Writer) error {
	a.log.InfoContext(ctx, "registry backup begins")
	err := a.registry.Backup(ctx, to, a.clock())
	if err == nil {
		a.log.InfoContext(ctx, "registry backup written")
	}
	return err
}
