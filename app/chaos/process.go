package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"countersign/app/program/subprocess"
	"countersign/app/program/victim"
)

// process is a victim that runs. Its words come out of Words, which is closed
// when it has ended and has been waited for.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	words chan victim.Word
	tail  *tail
	err   error // how it ended; read after words was closed
	sold  *atomic.Int64

	killed sync.Once
}

// start starts a victim. It dies with us.
func start(sold *atomic.Int64, name, path string, args ...string) (*process, error) {
	return startIn(nil, sold, name, path, args...)
}

// startIn starts a victim with more in its environment than we have.
func startIn(environment []string, sold *atomic.Int64, name, path string, args ...string) (*process, error) {
	p := &process{name: name, sold: sold, words: make(chan victim.Word, 64), tail: &tail{}}
	p.cmd = exec.Command(path, args...)
	p.cmd.Env = append(os.Environ(), environment...)
	p.cmd.Stderr = p.tail
	var out io.ReadCloser
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		if out, err = p.cmd.StdoutPipe(); err == nil {
			err = subprocess.Tie(p.cmd, syscall.SIGKILL, func() {
				defer close(p.words)
				p.listen(out)
				p.err = p.cmd.Wait()
			})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// listen hands on what the victim says.
func (p *process) listen(out io.Reader) {
	lines := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return // its end of the pipe is closed: it has ended
		}
		var w victim.Word
		if err := json.Unmarshal(line, &w); err != nil {
			w = victim.Word{Say: victim.Wrong, Data: json.RawMessage(fmt.Sprintf("%q", line))}
		}
		if w.Say == "sold" {
			p.sold.Add(1)
			continue
		}
		p.words <- w
	}
}

// hear is a victim's conversation over a connection, without the process: its words
// come to an end with it.
func hear(name string, conn net.Conn) *process {
	p := &process{name: name, sold: new(atomic.Int64), words: make(chan victim.Word, 64), tail: &tail{}, stdin: conn}
	go func() {
		defer close(p.words)
		defer conn.Close()
		p.listen(conn)
	}()
	return p
}

// tell gives an order. A victim that has died does not hear it; that shows in its
// words.
func (p *process) tell(o victim.Order) {
	line, err := json.Marshal(o)
	if err == nil {
		_, _ = p.stdin.Write(append(line, '\n'))
	}
}

// died tells of a victim that ended unasked.
func (p *process) died() error {
	return fmt.Errorf("%s ended unasked: %w\n%s", p.name, errors.Join(p.err, errEnded), p.tail)
}

var errEnded = errors.New("it said no more")

// until waits for a word and drops others; died is the error of a victim that
// ends instead.
func (p *process) until(ctx context.Context, say string) (victim.Word, error) {
	for {
		select {
		case w, alive := <-p.words:
			switch {
			case !alive:
				return w, p.died()
			case w.Say == say:
				return w, nil
			case w.Say == victim.Wrong:
				return w, fmt.Errorf("%s: %s", p.name, w.Data)
			}
		case <-ctx.Done():
			return victim.Word{}, fmt.Errorf("%s did not say %q: %w", p.name, say, ctx.Err())
		}
	}
}

// ask gives an order and reads the data of the answer.
func ask[Answer any](ctx context.Context, p *process, order string) (answer Answer, err error) {
	p.tell(victim.Order{Do: order})
	w, err := p.until(ctx, order)
	if err != nil {
		return answer, err
	}
	return answer, json.Unmarshal(w.Data, &answer)
}

// kill sends SIGKILL; gone waits.
func (p *process) kill() {
	p.killed.Do(func() { _ = p.cmd.Process.Kill() }) // it may have ended already
}

// gone waits for the end of a victim that was killed.
func (p *process) gone() {
	for range p.words {
	}
}

// stop ends a victim in order.
func (p *process) stop() error {
	_ = p.stdin.Close()
	force := time.AfterFunc(10*time.Second, p.kill)
	defer force.Stop()
	p.gone()
	if p.err != nil {
		return p.died()
	}
	return nil
}

// tail keeps the end of what a victim said to standard error.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-4000):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
