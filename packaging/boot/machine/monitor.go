package machine

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"
)

// A monitor is a connection to the emulator's QMP. Its methods are for one goroutine.
type monitor struct {
	socket  net.Conn
	replies chan reply
	reader  sync.WaitGroup

	mu   sync.Mutex
	seen map[string]int // events by name
}

// A reply is what QMP says: to a command, or by itself.
type reply struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
	Event string `json:"event"`
}

// openMonitor shakes hands with the emulator at the other end.
func openMonitor(ctx context.Context, socket net.Conn) (*monitor, error) {
	m := &monitor{socket: socket, replies: make(chan reply), seen: map[string]int{}}
	read := bufio.NewReader(socket)
	if _, err := read.ReadBytes('\n'); err != nil { // its greeting
		return nil, fmt.Errorf("the emulator's greeting: %w", err)
	}
	m.reader.Go(func() { m.read(read) })
	if err := m.execute(ctx, "qmp_capabilities", nil, nil); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// read passes replies on and counts events until the emulator is gone.
func (m *monitor) read(from io.Reader) {
	defer close(m.replies)
	for lines := json.NewDecoder(from); ; {
		var r reply
		if lines.Decode(&r) != nil {
			return
		}
		if r.Event != "" {
			m.mu.Lock()
			m.seen[r.Event]++
			m.mu.Unlock()
			continue
		}
		m.replies <- r
	}
}

// close ends the connection.
func (m *monitor) close() {
	m.socket.Close()
	for range m.replies {
		continue // lets the reader end
	}
	m.reader.Wait()
}

// events tells how often the emulator has told of an event, such as RESET.
func (m *monitor) events(name string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[name]
}

// execute gives a command and reads its result into result, unless that is nil.
func (m *monitor) execute(ctx context.Context, command string, arguments, result any) error {
	order := map[string]any{"execute": command}
	if arguments != nil {
		order["arguments"] = arguments
	}
	if err := json.NewEncoder(m.socket).Encode(order); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	select {
	case r, ok := <-m.replies:
		switch {
		case !ok:
			return fmt.Errorf("%s: the emulator is gone", command)
		case r.Error != nil:
			return fmt.Errorf("%s: %s (%s)", command, r.Error.Desc, r.Error.Class)
		case result != nil:
			return json.Unmarshal(r.Return, result)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", command, ctx.Err())
	}
}
