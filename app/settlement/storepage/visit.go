package storepage

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/takings"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// refreshHeader is on requests of the page's own script, and refreshParameter in the
// address that a browser without scripts goes to every minute: no person's doing.
const (
	refreshHeader    = "Countersign-Refresh"
	refreshParameter = "refresh"
)

// languageCookie keeps which language was chosen.
const languageCookie = "__Host-lang"

// errNobody says that a visitor has to log in, and errNotTheirs that there is nothing
// for them here.
var (
	errNobody    = errors.New("nobody is logged in")
	errNotTheirs = errors.New("not theirs")
)

// visitor is whose page is asked for, and by whom.
type visitor struct {
	merchant ledger.AccountID
	name     string
	session  bool // by a log-in, not by a certificate
}

// visitor finds out who asks. A client certificate counts before a log-in.
func (s *Server) visitor(r *http.Request) (visitor, error) {
	if role, subject, err := enrolment.Peer(r.TLS); err == nil {
		if role != protocol.RoleTerminal {
			return visitor{}, errNotTheirs
		}
		return s.byCertificate(r, subject)
	}
	person := r.Header.Get(refreshHeader) == "" && !r.URL.Query().Has(refreshParameter)
	of, there := s.sessions.find(r, person)
	if !there {
		return visitor{}, errNobody
	}
	// A user who was removed, or was given another password, is out at once.
	err := s.o.Ledger.View(r.Context(), func(l ledger.Snapshot) error {
		user, err := l.StoreUser(of.merchant, of.user)
		if errors.Is(err, ledger.ErrNotFound) || err == nil && user.Password != of.password {
			return errNobody
		}
		return err
	})
	return visitor{of.merchant, of.user, true}, err
}

// byCertificate is a terminal's visit: to the merchant that lists it, or if several do
// to the one that is asked for among them.
func (s *Server) byCertificate(r *http.Request, subject protocol.ID) (visitor, error) {
	var theirs []ledger.AccountID
	err := s.o.Ledger.View(r.Context(), func(l ledger.Snapshot) error {
		theirs = nil
		return l.EachMerchant(func(a ledger.Account) error {
			if a.Credits(subject) {
				theirs = append(theirs, a.ID)
			}
			return nil
		})
	})
	if err != nil {
		return visitor{}, err
	}
	v := visitor{name: string(subject)}
	if asked := r.URL.Query().Get("store"); asked != "" {
		if v.merchant = ledger.MerchantAccount([]byte(asked)); slices.Contains(theirs, v.merchant) {
			return v, nil
		}
		return visitor{}, errNotTheirs
	}
	if len(theirs) == 0 {
		return visitor{}, errNotTheirs
	}
	v.merchant = theirs[0]
	return v, nil
}

// let answers those who may not see a page.
func (s *Server) let(w http.ResponseWriter, r *http.Request) (visitor, bool) {
	v, err := s.visitor(r)
	switch {
	case err == nil:
		return v, true
	case errors.Is(err, errNobody):
		to := "/login"
		if store := r.URL.Query().Get("store"); store != "" {
			to += "?" + (queryOf("store", store))
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	case errors.Is(err, errNotTheirs):
		s.say(w, r, http.StatusForbidden, "error.not-theirs")
	default:
		s.fail(w, r, err)
	}
	return v, false
}

// page answers with a merchant's page.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	v, ok := s.let(w, r)
	if !ok {
		return
	}
	leave, err := s.work.Enter(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer leave()
	f, err := s.gather(r.Context(), v.merchant)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	shown := f.show(s.language(w, r), v.name)
	if !v.session {
		shown.User = ""
	}
	s.write(w, r, http.StatusOK, "store.html", shown)
}

// totals answers with a table of what was taken by day.
func (s *Server) totals(w http.ResponseWriter, r *http.Request) {
	v, ok := s.let(w, r)
	if !ok {
		return
	}
	days := 30
	if text := r.URL.Query().Get("days"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostDays {
			s.say(w, r, http.StatusBadRequest, "error.days")
			return
		}
		days = n
	}
	merchant, lines, err := s.lines(r.Context(), v.merchant, days)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="totals-`+s.o.Clock().In(s.o.Location).Format("2006-01-02")+`.csv"`)
	if err := writeTotals(w, merchant, lines); err != nil {
		s.o.Log.InfoContext(r.Context(), "table of totals not sent", "reason", err.Error())
	}
}

// lines adds a merchant's takings up by day. It takes its turn as a page does; the table is
// written afterwards, because whoever reads it may be slow.
func (s *Server) lines(ctx context.Context, of ledger.AccountID, days int) (merchant ledger.Account, lines []takings.Line, err error) {
	leave, err := s.work.Enter(ctx)
	if err != nil {
		return merchant, nil, err
	}
	defer leave()
	if err := s.o.Takings.Refresh(ctx); err != nil {
		return merchant, nil, err
	}
	err = s.o.Ledger.View(ctx, func(l ledger.Snapshot) (err error) {
		merchant, err = l.Account(of)
		return err
	})
	if err != nil {
		return merchant, nil, err
	}
	tomorrow := dayOf(s.o.Clock().In(s.o.Location)).AddDate(0, 0, 1)
	return merchant, s.o.Takings.Between(of, tomorrow.AddDate(0, 0, -days), tomorrow, dayOf), nil
}

// language is the one that was asked for, now or before, or that the browser prefers.
func (s *Server) language(w http.ResponseWriter, r *http.Request) *book {
	if asked := s.books[r.URL.Query().Get("lang")]; asked != nil {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: asked.Tag, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
			MaxAge: int((365 * 24 * time.Hour).Seconds())})
		return asked
	}
	if chosen, err := r.Cookie(languageCookie); err == nil && s.books[chosen.Value] != nil {
		return s.books[chosen.Value]
	}
	tags := make([]language.Tag, 0, len(languages()))
	for _, l := range languages() {
		tags = append(tags, language.Make(l))
	}
	preferred, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")) // one that cannot be read counts as none
	_, n, _ := language.NewMatcher(tags).Match(preferred...)
	return s.books[languages()[n]]
}
