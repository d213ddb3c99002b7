package pinhash

import "time"

// How failures lock.
const (
	// FreeTries are the failures that lock nothing.
	FreeTries   = 2
	firstLock   = 30 * time.Second
	longestLock = time.Hour
)

// LockAfter is how long a PIN is locked after that many failures in a row: 30 s
// after the third, each time twice as long, one hour at most. At one try an hour
// a PIN of four digits stands for half a year on average.
func LockAfter(failures int) time.Duration {
	if failures <= FreeTries {
		return 0
	}
	lock := firstLock
	for n := FreeTries + 1; n < failures && lock < longestLock; n++ {
		lock *= 2
	}
	return min(lock, longestLock)
}

// Attempts counts the failures of a PIN. A try is to be counted, durably, before
// the PIN is compared.
type Attempts struct {
	Failures int       `json:"failures"`
	At       time.Time `json:"at"` // of the last
}

// Locked says until when the PIN is locked. A clock that is behind the last
// failure was set back: the lock-out begins again, so that it is not shorter, and
// no longer than its step; restarted is then what to keep.
func (a Attempts) Locked(now time.Time) (restarted Attempts, until time.Time) {
	if now.Before(a.At) {
		a.At = now
	}
	return a, a.At.Add(LockAfter(a.Failures))
}

// Counted is what is to be kept before a PIN is compared.
func (a Attempts) Counted(now time.Time) Attempts {
	return Attempts{Failures: a.Failures + 1, At: now}
}
