// Package loopback joins a trusted application and its client in one process, for
// tests of either: the same APIs, without the walls.
package loopback

import (
	"context"
	"net"

	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/tee/link"
)

// Start makes a trusted application, which is handed what it can reach outside,
// and returns its client's context. End it with FinalizeContext.
func Start(ctx context.Context, dial func(ctx context.Context, network, address string) (net.Conn, error),
	make func(*internalapi.Environment) (internalapi.TrustedApplication, error)) (*clientapi.Context, error) {
	client := clientapi.New(dial)
	entry := &late{}
	forClient, forTrusted := link.Pair(client, entry)
	application, err := make(internalapi.NewEnvironment(forTrusted))
	if err != nil {
		return nil, err
	}
	entry.Entry = internalapi.NewEntry(application)
	client.Join(forClient)
	return client, nil
}

type late struct{ *internalapi.Entry }
