package victim

import (
	"os"
	"slices"
	"sync"
	"syscall"
)

// Points are a victim's fail points. Hit is what the real code's FailPoint is
// set to. The zero value is not of use; see NewPoints.
type Points struct {
	talk *Talk
	// end ends the process, or lets it stand still.
	end func(stand bool)

	mu    sync.Mutex
	armed Order
	left  int
	// reached counts hits by name.
	reached map[string]int
}

// NewPoints returns points of which none is armed.
func NewPoints(talk *Talk) *Points {
	return &Points{talk: talk, end: endProcess, reached: map[string]int{}}
}

// endProcess ends this process as a crash does: nothing is closed, nobody is
// told, no deferred call runs.
func endProcess(stand bool) {
	signal := syscall.SIGKILL
	if stand {
		signal = syscall.SIGSTOP
	}
	_ = syscall.Kill(os.Getpid(), signal) // may be sent to oneself
	select {}
}

func (p *Points) arm(o Order) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.left = o, max(o.After, 1)
}

func (p *Points) disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.left = Order{}, 0
}

// takeReached returns how often each point was hit since it was asked last.
func (p *Points) takeReached() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.reached
	p.reached = map[string]int{}
	return taken
}

// Hit is called at a point. It does not return when it is the armed one's turn,
// and nobody else gets past any point then.
func (p *Points) Hit(name string) {
	p.mu.Lock()
	p.reached[name]++
	if p.left == 0 || !slices.Contains(p.armed.Points, name) {
		p.mu.Unlock()
		return
	}
	if p.left--; p.left > 0 {
		p.mu.Unlock()
		return
	}
	p.talk.Say(Word{Say: Dying, Point: name, Stand: p.armed.Stand})
	p.end(p.armed.Stand)
}
