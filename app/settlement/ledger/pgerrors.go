package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// trouble says what to do about an error of the database.
type trouble int

const (
	// final is the transaction's own fault: again would fail again.
	final trouble = iota
	// conflict is another transaction's doing: again may succeed.
	conflict
	// lost is the connection's or the server's end.
	lost
	// full is a server that has no room, or no time.
	full
)

// judged returns what an error of the database means. Codes are PostgreSQL's,
// appendix A of its manual.
func judged(err error) trouble {
	var said *pgconn.PgError
	if errors.Is(err, errDamaged) {
		return final
	}
	if !errors.As(err, &said) {
		return lost // the connection said nothing, or what cannot be read
	}
	if severity := said.SeverityUnlocalized; severity == "FATAL" || severity == "PANIC" {
		return lost
	}
	switch said.Code {
	case "40001", "40P01", // serialization failure, deadlock
		"40003", // statement completion unknown, distributed engines
		"23505", // somebody else was first to add the same
		"55P03": // waited too long for somebody else
		return conflict
	case "57014": // cancelled, or statement_timeout
		return full
	case "25006", "26000", "0A000": // a standby; statements that the server forgot
		return lost
	}
	switch said.Code[:min(2, len(said.Code))] {
	case "08", "57", "58", "F0", "XX":
		return lost
	case "53":
		return full
	}
	return final
}

// refused says that the server understood and said no.
func refused(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && judged(err) == final
}

// explained makes of an error of the database what callers decide on.
func explained(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(unknownOutcome)):
		return fmt.Errorf("%w: %w: %w", ErrUnavailable, ErrUnknown, withoutAddress(err))
	case errors.Is(err, errReplaced):
		return err
	case judged(err) == final:
		return fmt.Errorf("ledger's database: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, withoutAddress(err))
}

// withoutAddress drops what says how to connect: it may hold a password.
func withoutAddress(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		text := err.Error()
		if _, after, found := strings.Cut(text, "): "); found {
			text = after
		}
		return errors.New(strings.ReplaceAll(text, "\n\t", " "))
	}
	return err
}
