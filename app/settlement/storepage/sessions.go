package storepage

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"countersign/app/settlement/ledger"
)

// How long a log-in lasts.
const (
	idleFor    = 30 * time.Minute // without a person
	sessionFor = 12 * time.Hour
	// mostSessions of all users; beyond it the oldest ends.
	mostSessions = 10_000
)

// sessionCookie's prefix has browsers keep it to this host, HTTPS and all paths
// (RFC 6265bis section 4.1.3.2).
const sessionCookie = "__Host-store"

// session is a log-in.
type session struct {
	merchant    ledger.AccountID
	user        string
	password    string // the hash that it was opened with: another one ends it
	began, used time.Time
}

// sessions are kept by the SHA-256 of their token, so that what is in memory opens
// nothing.
type sessions struct {
	clock func() time.Time
	mutex sync.Mutex
	open  map[[sha256.Size]byte]session
}

func newSessions(clock func() time.Time) *sessions {
	return &sessions{clock: clock, open: map[[sha256.Size]byte]session{}}
}

// begin opens a session and gives its token to the browser.
func (s *sessions) begin(w http.ResponseWriter, of session) {
	token := rand.Text() // 130 bits
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.clock()
	of.began, of.used = now, now
	s.sweep(now)
	s.open[sha256.Sum256([]byte(token))] = of
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: token, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: int(sessionFor.Seconds())})
}

// sweep forgets sessions that are over, and the oldest when there are too many.
func (s *sessions) sweep(now time.Time) {
	var oldest [sha256.Size]byte
	var began time.Time
	for k, of := range s.open {
		if of.over(now) {
			delete(s.open, k)
		} else if began.IsZero() || of.began.Before(began) {
			oldest, began = k, of.began
		}
	}
	if len(s.open) >= mostSessions {
		delete(s.open, oldest)
	}
}

func (s session) over(now time.Time) bool {
	return now.Sub(s.used) > idleFor || now.Sub(s.began) > sessionFor || now.Before(s.began)
}

// find returns a request's session. A page that fetches itself anew does not keep it
// alive: only people do.
func (s *sessions) find(r *http.Request, person bool) (session, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	key := sha256.Sum256([]byte(cookie.Value))
	s.mutex.Lock()
	defer s.mutex.Unlock()
	of, there := s.open[key]
	if !there {
		return session{}, false
	}
	now := s.clock()
	if of.over(now) {
		delete(s.open, key)
		return session{}, false
	}
	if person {
		of.used = now
		s.open[key] = of
	}
	return of, true
}

// end closes a request's session, if it has one.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		s.mutex.Lock()
		delete(s.open, sha256.Sum256([]byte(cookie.Value)))
		s.mutex.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1})
}
