package virtualsettlement

import (
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
)

// status keeps a terminal's status unless there is a later one.
func (s *Server) status(body []byte) reply {
	signed, err := protocol.Parse[protocol.TerminalStatus](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.statuses) > 0 && s.statuses[len(s.statuses)-1].At > signed.Unverified().At {
		return refuse(http.StatusConflict, problem.Conflict)
	}
	s.statuses = append(s.statuses, signed.Unverified())
	return reply{http.StatusNoContent, protocol.ContentTypeCBOR, nil}
}

// Statuses returns the statuses that were kept, in order.
func (s *Server) Statuses() []protocol.TerminalStatus {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]protocol.TerminalStatus{}, s.statuses...)
}
