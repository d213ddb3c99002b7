package httpserver

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
)

// MaxBody is the longest body of a message, bytes.
const MaxBody = 64 << 10

// Reply is an answer. One without a content type has no body.
type Reply struct {
	Status      int // 0 is 200
	ContentType string
	Body        []byte
}

// Answers writes answers and logs what is refused. Its methods may be called by
// any goroutine.
type Answers struct {
	Log *slog.Logger
	// Failed is the hint of the problem that stands for a failure of the service's
	// own, about which the caller is told nothing more.
	Failed string
}

// Write writes a reply.
func (a Answers) Write(w http.ResponseWriter, r *http.Request, given Reply) {
	if given.ContentType != "" {
		w.Header().Set("Content-Type", given.ContentType)
	}
	w.Header().Set("Cache-Control", "no-store")
	if given.Status != 0 {
		w.WriteHeader(given.Status)
	}
	if _, err := w.Write(given.Body); err != nil && given.Body != nil {
		a.Log.InfoContext(r.Context(), "answer not delivered", "path", r.URL.Path, "reason", err.Error())
	}
}

// Refuse writes the problem that err is or wraps. Any other error is logged and
// becomes an internal problem. A service that is busy or not ready is asked
// again after a second.
func (a Answers) Refuse(w http.ResponseWriter, r *http.Request, err error) *problem.Problem {
	var p *problem.Problem
	if errors.As(err, &p) {
		a.Log.InfoContext(r.Context(), "message refused", "path", r.URL.Path, "code", string(p.Code), "detail", p.Detail)
	} else {
		a.Log.ErrorContext(r.Context(), "message failed", "path", r.URL.Path, "reason", err.Error())
		p = problem.New(http.StatusInternalServerError, problem.Internal, "", a.Failed)
	}
	if p.Status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	a.Write(w, r, Reply{p.Status, problem.ContentType, p.Encode()})
	return p
}

// NoSuchPath refuses what no path is for.
func (a Answers) NoSuchPath(w http.ResponseWriter, r *http.Request) {
	a.Refuse(w, r, problem.New(http.StatusNotFound, problem.NotFound, "no such path", ""))
}

// Body reads a request's body of at most [MaxBody]. Its error is a problem.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, problem.New(http.StatusRequestEntityTooLarge, problem.Malformed, "the body is too large", "")
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, problem.Malformed, "the body cannot be read", "")
	}
	return body, nil
}

// Message decodes a signed body of the COSE content type, without verifying it.
// Its error is a problem.
func Message[P protocol.Payload](r *http.Request, body []byte) (*protocol.Signed[P], error) {
	if err := Typed(r, protocol.ContentTypeCOSE); err != nil {
		return nil, err
	}
	signed, err := protocol.Parse[P](body)
	if err != nil {
		return nil, Malformed(err.Error())
	}
	return signed, nil
}

// Typed returns a problem unless the request has the content type.
func Typed(r *http.Request, want string) error {
	have, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	wanted, _, _ := mime.ParseMediaType(want)
	if err != nil || have != wanted {
		return problem.New(http.StatusUnsupportedMediaType, problem.Malformed, "the content type is not "+wanted, "")
	}
	return nil
}

// Malformed is the problem of a body that is not what the path takes.
func Malformed(detail string) error {
	return problem.New(http.StatusBadRequest, problem.Malformed, detail, "")
}
