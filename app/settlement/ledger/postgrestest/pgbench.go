//go:build linux

package postgrestest

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// PgbenchInit fills a database for Pgbench; scale 10 is a million accounts.
func (s *Server) PgbenchInit(ctx context.Context, database string, scale int) error {
	_, err := s.output(ctx, "pgbench", "--initialize", "--quiet", "--scale="+strconv.Itoa(scale), database)
	return err
}

var rate = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// Pgbench measures the server with PostgreSQL's own yardstick, TPC-B, and
// returns transactions a second.
func (s *Server) Pgbench(ctx context.Context, database string, clients int, length time.Duration) (float64, error) {
	out, err := s.output(ctx, "pgbench", "--no-vacuum", "--client="+strconv.Itoa(clients), "--jobs=2",
		"--time="+strconv.Itoa(int(length.Seconds())), database)
	if err != nil {
		return 0, err
	}
	found := rate.FindStringSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("pgbench said no rate: %s", out)
	}
	return strconv.ParseFloat(found[1], 64)
}
