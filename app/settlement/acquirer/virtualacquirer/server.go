package virtualacquirer

import (
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"countersign/app/settlement/acquirer"
	"countersign/protocol"
)

// Server is a running acquirer. It is safe for concurrent use.
type Server struct {
	listener net.Listener
	stop     chan struct{}
	work     sync.WaitGroup

	mu        sync.Mutex
	peers     []*peer
	closed    bool
	echoes    int
	silent    func(acquirer.Message)
	faults    map[string][]Fault
	cards     map[protocol.Account]*Card
	issued    []protocol.Account
	purchases map[Key]*Purchase
	refunds   map[Key]*Refund
	reversals map[Key]*Reversal

	purchaseOrder []*Purchase
	refundOrder   []*Refund
	reversalOrder []*Reversal
}

// peer is a connection to settlement.
type peer struct {
	net.Conn
	mu sync.Mutex
}

// Listen starts a server on an address; port 0 chooses a free one. tlsConfig
// is nil for plain TCP. The caller must Close it.
func Listen(address string, tlsConfig *tls.Config) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("virtual acquirer: %w", err)
	}
	if tlsConfig != nil {
		listener = tls.NewListener(listener, tlsConfig)
	}
	s := newServer()
	s.listener = listener
	s.work.Go(s.accept)
	return s, nil
}

// newServer returns an acquirer that nobody can reach yet.
func newServer() *Server {
	return &Server{
		stop: make(chan struct{}), faults: map[string][]Fault{}, cards: map[protocol.Account]*Card{},
		purchases: map[Key]*Purchase{}, refunds: map[Key]*Refund{}, reversals: map[Key]*Reversal{},
	}
}

// Address returns host and port that the server listens at.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close drops the connections, stops, and waits.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stop)
	}
	s.mu.Unlock()
	s.listener.Close()
	s.Drop()
	s.work.Wait()
}

// Drop cuts all links.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.peers {
		c.Close()
	}
}

// Echo sends an echo test of the acquirer's own on every link, and returns how
// many there are. [Server.Echoes] counts the answers.
func (s *Server) Echo() int {
	s.mu.Lock()
	peers := slices.Clone(s.peers)
	s.mu.Unlock()
	for _, c := range peers {
		c.send(acquirer.Message{Type: "0800", Fields: map[acquirer.Field]string{
			acquirer.FieldTransmitted: time.Now().UTC().Format("0102150405"), acquirer.FieldSTAN: "000001", acquirer.FieldNetwork: acquirer.EchoTest,
		}})
	}
	return len(peers)
}

// Echoes returns how many echo tests of the acquirer's were answered.
func (s *Server) Echoes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.echoes
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		c := &peer{Conn: conn}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.peers = append(s.peers, c)
		s.work.Go(func() { s.serve(c) })
		s.mu.Unlock()
	}
}

// serve takes messages from a link until it ends. Each is carried out on its
// own, so that a late one holds nobody up; without a fault, in order.
func (s *Server) serve(c *peer) {
	defer func() {
		c.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.peers = slices.DeleteFunc(s.peers, func(p *peer) bool { return p == c })
	}()
	for {
		raw, err := acquirer.ReadFrame(c)
		if err != nil {
			return
		}
		m, err := acquirer.Decode(raw)
		if err != nil {
			return
		}
		if f := s.fault(m.Type); f.Kind != "" {
			s.work.Go(func() { s.respond(c, m, f) })
			continue
		}
		s.respond(c, m, Fault{})
	}
}

// send writes a message. A link that is lost shows at its next read.
func (c *peer) send(m acquirer.Message) {
	raw, err := m.Encode()
	if err != nil {
		c.Close()
		return
	}
	c.sendRaw(raw)
}

func (c *peer) sendRaw(raw []byte) {
	frame, err := acquirer.AppendFrame(nil, raw)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, err = c.Write(frame)
	}
	if err != nil {
		c.Close()
	}
}
