//go:build !linux

package mediation

import (
	"context"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/monitor"
)

// Run is for Linux only.
func Run(context.Context, []string, string, monitor.Limits, Settings) error {
	return tee.ErrUnsupported
}
