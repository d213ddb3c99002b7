//go:build !linux

package clientapi

import (
	"context"

	"countersign/app/wallet/tee"
)

// Initialize is for Linux only: elsewhere it returns [tee.ErrUnsupported].
func Initialize(context.Context, Options) (*Context, error) { return nil, tee.ErrUnsupported }
