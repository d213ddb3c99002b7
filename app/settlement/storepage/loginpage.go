package storepage

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"countersign/app/settlement/ledger"
)

// loginView is the form, with what was filled in before.
type loginView struct {
	*book
	Languages   []languageLink
	Store, Name string
	Failed      string // the phrase that says so, or empty
}

func queryOf(key, value string) string { return url.Values{key: {value}}.Encode() }

// loginPage answers with the form.
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	s.form(w, r, http.StatusOK, loginView{Store: r.URL.Query().Get("store")})
}

func (s *Server) form(w http.ResponseWriter, r *http.Request, status int, v loginView) {
	v.book = s.language(w, r)
	v.Languages = facts{}.show(v.book, "").Languages
	s.write(w, r, status, "login.html", v)
}

// logIn compares name and password and opens a session.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		s.say(w, r, http.StatusBadRequest, "error.form")
		return
	}
	given := loginView{Store: r.PostForm.Get("store"), Name: r.PostForm.Get("name")}
	password := r.PostForm.Get("password")
	leave, err := s.logins.Enter(r.Context())
	if err != nil {
		given.Failed = "login.busy"
		s.form(w, r, http.StatusServiceUnavailable, given)
		return
	}
	merchant := ledger.MerchantAccount([]byte(given.Store))
	user, err := ledger.StoreUser{}, errRefused
	if len(given.Store) <= 16 && len(given.Name) <= ledger.MaxUserName && len(password) <= MostPassword {
		user, err = s.login(r.Context(), merchant, given.Name, []byte(password))
	}
	leave()
	switch {
	case errors.Is(err, errRefused):
		s.o.Log.InfoContext(r.Context(), "store log-in refused", "merchant", given.Store, "from", r.RemoteAddr)
		wait := time.NewTimer(time.Until(answerAt(began, time.Now())))
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-r.Context().Done():
			return
		}
		given.Failed = "login.refused"
		s.form(w, r, http.StatusForbidden, given)
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	s.sessions.end(w, r) // whoever was logged in here before
	s.sessions.begin(w, session{merchant: merchant, user: user.Name, password: user.Password})
	s.o.Log.InfoContext(r.Context(), "store log-in", "merchant", given.Store, "user", user.Name)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logOut ends the session.
func (s *Server) logOut(w http.ResponseWriter, r *http.Request) {
	s.sessions.end(w, r)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
