package storepage

import (
	"bytes"
	"context"
	"crypto/tls"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"countersign/app/program/admission"
	"countersign/app/program/httpserver"
	"countersign/app/program/pinhash"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/takings"
)

//go:embed pages/*
var pageFiles embed.FS

// Options are what a page is made of.
type Options struct {
	Ledger  ledger.Ledger
	Takings *takings.Book
	Clock   func() time.Time
	// Location is where the shops are: a day begins there at midnight.
	Location *time.Location
	Log      *slog.Logger
}

// Server serves the pages. It is safe for concurrent use.
type Server struct {
	o        Options
	books    map[string]*book
	pages    *template.Template
	sessions *sessions
	nobody   pinhash.Hash    // is compared with when there is no such user
	logins   *admission.Gate // a password takes 19 MiB and a processor
	work     *admission.Gate
}

const (
	answerWithin = 10 * time.Second
	stopGrace    = 5 * time.Second
	mostForm     = 4 << 10
)

// New makes a server. It fails when what is built into the program is damaged.
func New(o Options) (*Server, error) {
	books, err := readBooks()
	if err != nil {
		return nil, err
	}
	pages, err := template.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	return &Server{o: o, books: books, pages: pages, sessions: newSessions(o.Clock), nobody: pinhash.New(nil, pinhash.OWASP()),
		logins: admission.New(admission.Limits{Places: 2, Queue: 8, Wait: 2 * time.Second}),
		work:   admission.New(admission.Limits{Places: 8, Queue: 64, Wait: 3 * time.Second})}, nil
}

// Serve answers on l until ctx ends, and keeps the takings up to date meanwhile. It
// closes l. The configuration may authenticate clients, such as a Maintainer's
// OpenServerTLS in package enrolment.
func (s *Server) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	ctx, cancel := context.WithCancel(ctx)
	counting := make(chan struct{})
	go func() {
		defer close(counting)
		s.o.Takings.Run(ctx, s.o.Log)
	}()
	defer func() {
		cancel()
		<-counting
	}()
	server := &http.Server{
		Handler: s.Handler(), ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelInfo),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1.1 alone, as for devices
	}
	bounds := httpserver.Bounds{Connections: 512, Handshakes: 2 * runtime.GOMAXPROCS(0), Within: 5 * time.Second}
	return httpserver.Serve(ctx, httpserver.Handshakes(l, config, bounds, s.o.Log), server, "store pages", stopGrace)
}

// Handler is the server without its listener.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /totals.csv", s.totals)
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.logIn)
	mux.HandleFunc("POST /logout", s.logOut)
	for name, kind := range map[string]string{"style.css": "text/css; charset=utf-8", "refresh.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			raw, err := pageFiles.ReadFile("pages/" + name)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "max-age=300")
			_, _ = w.Write(raw) // who hung up misses nothing
		})
	}
	return guarded(http.NewCrossOriginProtection().Handler(mux))
}

// guarded sets what every answer says to the browser (OWASP Secure Headers).
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("Cache-Control", "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// write writes a page whole, or not at all.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var text bytes.Buffer
	if err := s.pages.ExecuteTemplate(&text, name, data); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // who hung up misses nothing
}

// fail answers what is nobody's fault out there.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil || errors.Is(err, context.DeadlineExceeded) {
		s.o.Log.WarnContext(r.Context(), "store page failed", "path", r.URL.Path, "reason", err.Error())
	}
	s.say(w, r, http.StatusServiceUnavailable, "error.later")
}

// say answers with a page that is a sentence.
func (s *Server) say(w http.ResponseWriter, r *http.Request, status int, phrase string) {
	b := s.language(w, r)
	s.write(w, r, status, "sentence.html", struct {
		*book
		Phrase string
	}{b, phrase})
}
