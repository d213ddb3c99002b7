package virtualsettlement

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// Fault is a way to misbehave.
type Fault int

// The faults. Each happens to one message, or to a connection.
const (
	None Fault = iota
	// HangUpAtHandshake closes the connection before TLS is agreed.
	HangUpAtHandshake
	// HangUpBeforeReading closes it after the request's header was read and
	// before its body.
	HangUpBeforeReading
	// HangUpAfterReading decides, keeps, and closes it without a word.
	HangUpAfterReading
	// HangUpInAnswer breaks off in the middle of the answer.
	HangUpInAnswer
	// AnswerLate answers when the server is closed.
	AnswerLate
	// OtherSale answers with a true outcome of another sale.
	OtherSale
	// OtherAmount answers with an outcome about another amount.
	OtherAmount
	// OtherAttempt answers with a retry-finger for another attempt.
	OtherAttempt
	// Unsigned answers with an outcome that somebody else signed.
	Unsigned
	// WrongCertificate shows a certificate of another authority.
	WrongCertificate
	// WrongRole shows a genuine certificate that is a terminal's.
	WrongRole
	// Garbage answers with bytes that are no message.
	Garbage
	// Overloaded refuses with a problem of code busy.
	Overloaded
	// Failed refuses with a problem of code internal, having kept the sale.
	Failed
	// Gateway answers with an error page that is not settlement's.
	Gateway
	// Redirect points elsewhere.
	Redirect
	// Undecided asks to wait.
	Undecided
	// OtherParty answers with a true answer to another terminal.
	OtherParty
	// OtherSums answers with totals whose sums are not those of the period; there
	// have to be more pages, or nobody would sign them.
	OtherSums
	// Past answers with totals as if the period were over.
	Past
	// PastOtherSums is Past and OtherSums.
	PastOtherSums
	// LostLine leaves the first line of a page of totals out; likewise.
	LostLine
	// OneMoreLine adds a line to a page of totals that the sums do not count, and
	// says that there are more.
	OneMoreLine
	// NoSuchPath refuses with a problem of code not-found.
	NoSuchPath
	// Contradicted refuses with a problem of code conflict.
	Contradicted
)

// Server is a virtual settlement server. It keeps the outcome of each request
// that it has read and repeats it.
type Server struct {
	// URL is where it answers.
	URL string
	// TLS issues the identities of its clients.
	TLS *TLS

	t     testing.TB
	sale  protocoltest.Sale
	other *protocoltest.Realm
	http  *http.Server
	ended chan struct{}
	stop  chan struct{}
	once  sync.Once

	mutex    sync.Mutex
	faults   map[string][]Fault
	decide   func(protocol.Submission) protocol.Result
	kept     map[protocol.Hash]*protocol.Signed[protocol.Outcome]
	received map[string]int
	refunds  map[protocol.Code]*protocol.Signed[protocol.RefundOutcome]
	anchors  map[uint64]*protocol.Signed[protocol.AnchorReceipt]
	statuses []protocol.TerminalStatus
	lines    []protocol.TotalsLine
	page     int // lines of a page of totals
	purses   purses
}

// atHandshake is where faults of connections are queued.
const atHandshake = "handshake"

// Start starts a server for a realm's settlement on a free loopback port; the
// test's end stops it. Every submission is paid unless Decide says otherwise.
func Start(t testing.TB, sale protocoltest.Sale) *Server {
	t.Helper()
	s := &Server{
		t: t, sale: sale, other: protocoltest.New(t, "elsewhere/1"), ended: make(chan struct{}), stop: make(chan struct{}),
		TLS:    NewTLS(t, sale.Realm.Name, func() time.Time { return sale.Realm.Now }),
		faults: map[string][]Fault{}, refunds: map[protocol.Code]*protocol.Signed[protocol.RefundOutcome]{}, anchors: map[uint64]*protocol.Signed[protocol.AnchorReceipt]{},
		purses: newPurses(), page: protocol.MaxTotalsLines, kept: map[protocol.Hash]*protocol.Signed[protocol.Outcome]{}, received: map[string]int{},
		decide: func(protocol.Submission) protocol.Result { return protocol.ResultPaid },
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.URL = "https://" + l.Addr().String()
	s.http = &http.Server{Handler: http.HandlerFunc(s.answer), ReadTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	secure := tls.NewListener(&faulty{l, s}, s.TLS.Server(protocol.RoleSettlement, sale.Settlement.Subject))
	go func() {
		defer close(s.ended)
		_ = s.http.Serve(secure) // ends by Close
	}()
	t.Cleanup(s.Close)
	return s
}

// Close stops the server at once: connections break, and nobody is reached any
// more. Further calls do nothing.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.stop)
		_ = s.http.Close() // the connections are to break
		<-s.ended
	})
}

// Fail queues faults for the next messages to a path, or with HangUpAtHandshake
// for the next connections (path "").
func (s *Server) Fail(path string, faults ...Fault) {
	if path == "" {
		path = atHandshake
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.faults[path] = append(s.faults[path], faults...)
}

// Decide says how submissions are decided from now on.
func (s *Server) Decide(decide func(protocol.Submission) protocol.Result) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.decide = decide
}

// Received counts the messages to a path whose body was read.
func (s *Server) Received(path string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.received[path]
}

// next takes the next fault of a path.
func (s *Server) next(path string) Fault {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	queue := s.faults[path]
	if len(queue) == 0 {
		return None
	}
	s.faults[path] = queue[1:]
	return queue[0]
}

// faulty breaks connections off before TLS.
type faulty struct {
	net.Listener
	server *Server
}

func (f *faulty) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil || f.server.next(atHandshake) != HangUpAtHandshake {
			return conn, err
		}
		_ = conn.Close() // that is the fault
	}
}

// answer carries one message.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	fault := s.next(r.URL.Path)
	if fault == HangUpBeforeReading {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		return
	}
	s.mutex.Lock()
	s.received[r.URL.Path]++
	s.mutex.Unlock()
	reply := s.handle(r, body, fault)
	switch fault {
	case HangUpAfterReading:
		panic(http.ErrAbortHandler)
	case AnswerLate:
		<-s.stop
		panic(http.ErrAbortHandler)
	case HangUpInAnswer:
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write(reply.body) // and no more
		panic(http.ErrAbortHandler)
	case Redirect:
		w.Header().Set("Location", s.URL+protocol.PathCertificate)
		reply.status = http.StatusTemporaryRedirect
	}
	w.Header().Set("Content-Type", reply.kind)
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // the client may have gone
}

type reply struct {
	status int
	kind   string
	body   []byte
}

func refuse(status int, code problem.Code) reply {
	return reply{status, problem.ContentType, problem.New(status, code, "as the test wants it", "").Encode()}
}
