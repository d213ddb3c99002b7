package certification

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
	"countersign/protocol/problem"
)

const (
	challengeLife = 5 * time.Minute
	maxChallenges = 4096
	// maxAbout bounds the open challenges about one code or certificate, so
	// that nobody who saw a certificate can use up all of them.
	maxAbout = 8
)

// challenge is what an attempt has to answer.
type challenge struct {
	about     protocol.Hash
	agreement *protocol.Point
	answer    protocol.Hash // of the sealed secret; meaningless without agreement
	issued    time.Time
}

// challenges are the open ones, in memory: a restart ends them all, which costs
// a device one repetition.
type challenges struct {
	mu   sync.Mutex
	open map[protocol.Code]challenge
}

// add keeps a challenge. It reports false when there are too many.
func (c *challenges) add(nonce protocol.Code, fresh challenge) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = make(map[protocol.Code]challenge)
	}
	about, oldest, found := 0, protocol.Code{}, time.Time{}
	for n, o := range c.open {
		switch {
		case expired(o, fresh.issued):
			delete(c.open, n)
		case o.about == fresh.about:
			about++
			if found.IsZero() || o.issued.Before(found) {
				oldest, found = n, o.issued
			}
		}
	}
	if about >= maxAbout {
		delete(c.open, oldest)
	}
	if len(c.open) >= maxChallenges {
		return false
	}
	c.open[nonce] = fresh
	return true
}

// take ends a challenge and returns it; it is gone whatever becomes of the
// attempt.
func (c *challenges) take(nonce protocol.Code, now time.Time) (challenge, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.open[nonce]
	delete(c.open, nonce)
	return o, ok && !expired(o, now)
}

func expired(c challenge, now time.Time) bool {
	age := now.Sub(c.issued)
	return age < 0 || age > challengeLife
}

// Challenge opens an enrolment or a renewal (before claim 2 step C and claim 3
// step b).
func (a *Authority) Challenge(ctx context.Context, r protocol.ChallengeRequest) (*protocol.Signed[protocol.Challenge], error) {
	now := a.clock()
	err := a.registry.View(func(tx *store.Tx) error { return a.challengeable(tx, r.About, now) })
	if err != nil {
		a.log.InfoContext(ctx, "challenge refused", "about", r.About.String(), "reason", err)
		return nil, err
	}
	fresh := challenge{about: r.About, agreement: r.Agreement, issued: now}
	message := protocol.Challenge{Nonce: protocol.NewCode(), Issued: protocol.At(now)}
	if r.Agreement != nil {
		var secret [32]byte
		rand.Read(secret[:]) // never fails (crypto/rand)
		fresh.answer = sha256.Sum256(secret[:])
		message.Sealed, err = protocol.SealChallenge(*r.Agreement, message.Nonce, secret)
		clear(secret[:])
		if err != nil {
			return nil, malformed("the agreement key cannot be used")
		}
	}
	if !a.challenges.add(message.Nonce, fresh) {
		return nil, problem.New(http.StatusServiceUnavailable, problem.Busy, "too many enrolments at once", "Try again in a few minutes.")
	}
	signed, err := protocol.Sign(a.signer, message)
	if err != nil {
		return nil, fmt.Errorf("sign challenge: %w", err)
	}
	return signed, nil
}

// challengeable finds the code or certificate that a challenge is about.
func (a *Authority) challengeable(tx *store.Tx, about protocol.Hash, now time.Time) error {
	code, ok, err := tx.Code(about)
	if err != nil {
		return err
	}
	if ok {
		return usable(code, now)
	}
	if _, ok, err = tx.Certificate(about); err != nil {
		return err
	} else if ok {
		return nil
	}
	return codeUnknown()
}

// usable tells why a code cannot be used, apart from by whom.
func usable(c store.Code, now time.Time) error {
	switch {
	case c.Cancelled:
		return codeEnded("was cancelled")
	case now.After(c.Expires):
		return codeEnded("has expired")
	}
	return nil
}
