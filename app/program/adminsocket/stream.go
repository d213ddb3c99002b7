package adminsocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"countersign/protocol/problem"
)

// stall bounds how long the other side of a stream may take for one write.
const stall = time.Minute

// HandleStream adds a path, such as "GET /backup", whose answer is as long as it is:
// the server's bound on answers does not count for it, but that the operator goes on
// reading. Where do fails after it began to write, the answer is cut off, so that the client notices;
// what it was is logged.
func HandleStream(mux *http.ServeMux, log *slog.Logger, path string, do func(context.Context, io.Writer) error) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		to := &stream{ResponseWriter: w, control: http.NewResponseController(w)}
		err := do(r.Context(), to)
		switch {
		case err == nil:
			return
		case !to.begun:
			refuse(w, log, err)
			return
		}
		log.Error("administration failed", "reason", err.Error())
		panic(http.ErrAbortHandler) // net/http's own way to cut an answer off
	})
}

// stream is written to as long as somebody reads.
type stream struct {
	http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

func (s *stream) Write(b []byte) (int, error) {
	if err := s.control.SetWriteDeadline(time.Now().Add(stall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	if !s.begun {
		s.begun = true
		s.Header().Set("Content-Type", "application/octet-stream")
	}
	return s.ResponseWriter.Write(b)
}

// Stream asks for a path of HandleStream and copies the answer as it comes. Errors are
// those of [Ask]; an answer that was cut off is one.
func Stream(ctx context.Context, c *Client, path string, to io.Writer) error {
	failed := func(err error) error { return fmt.Errorf("ask the running %s: %w", c.server, err) }
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.server+path, nil)
	if err != nil {
		return failed(err)
	}
	patient := *c.http
	patient.Timeout = 0 // ctx bounds it
	response, err := patient.Do(request)
	if err != nil {
		return failed(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
		if err != nil {
			return failed(err)
		}
		return problem.Decode(response.StatusCode, answer)
	}
	if _, err := io.Copy(to, response.Body); err != nil {
		return failed(err)
	}
	return nil
}
