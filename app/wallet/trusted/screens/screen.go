package screens

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol/money"
)

// answerIn is how long a prompt without a time of its own waits for the owner.
const answerIn = time.Minute

// linger is how long the window stays after an answer, so that it does not go
// and come where one prompt follows another.
const linger = 150 * time.Millisecond

// Screen is the trusted screen. Its prompts may be called from any goroutine; one
// is shown at a time.
type Screen struct {
	stage  *widgets.Stage
	book   assets.Phrasebook
	now    func() time.Time
	window interface { // shows and hides; both on Fyne's goroutine
		Show()
		Hide()
	}

	turn   sync.Mutex // held while a prompt is shown
	hiding *time.Timer

	// These belong to Fyne's goroutine.
	prompt    *prompt // nil: nothing is asked
	countdown *widgets.Countdown
}

// prompt is one question to the owner.
type prompt struct {
	trusted.Prompt
	another func() trusted.Mark // ChooseMark
	mark    trusted.Mark        // the one that is shown
	until   time.Time
	digits  []byte
	enter   *widgets.TouchKey
	dots    *dots
	answer  chan answer // buffered: the first counts
}

type answer struct {
	digits []byte
	mark   trusted.Mark
	err    error
}

// AskPIN shows the pad; see trusted.Prompter.
func (s *Screen) AskPIN(ctx context.Context, p trusted.Prompt) ([]byte, error) {
	build := s.buildPIN
	if p.Notice == trusted.NoticeLocked {
		build = s.buildLocked
	}
	a := s.ask(ctx, &prompt{Prompt: p}, build)
	return a.digits, a.err
}

// Confirm shows shop and amount, or the owner's card number; see trusted.Prompter.
func (s *Screen) Confirm(ctx context.Context, p trusted.Prompt) error {
	build := s.buildConfirm
	if p.Purpose == trusted.ToShow {
		build = s.buildNumber
	}
	return s.ask(ctx, &prompt{Prompt: p}, build).err
}

// ChooseMark shows marks; see trusted.Prompter.
func (s *Screen) ChooseMark(ctx context.Context, another func() trusted.Mark) (trusted.Mark, error) {
	a := s.ask(ctx, &prompt{another: another, mark: another()}, s.buildMark)
	return a.mark, a.err
}

// ask shows a prompt until it is answered, its time is over, or ctx ends.
func (s *Screen) ask(ctx context.Context, p *prompt, build func()) answer {
	s.turn.Lock()
	defer s.turn.Unlock()
	p.answer = make(chan answer, 1)
	p.until = p.Until
	if p.until.IsZero() {
		p.until = s.now().Add(answerIn)
	}
	over := time.NewTimer(p.until.Sub(s.now()))
	defer over.Stop()
	if s.hiding != nil {
		s.hiding.Stop()
	}
	s.stage.Do(func() {
		s.prompt = p
		build()
		s.window.Show()
		s.Tick()
	})
	var a answer
	select {
	case a = <-p.answer:
	case <-over.C:
		a.err = trusted.ErrPromptOver
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	done := make(chan struct{})
	s.stage.Do(func() {
		if a.err != nil {
			clear(p.digits)
		}
		s.prompt = nil
		s.buildNothing()
		close(done)
	})
	select {
	case <-done:
	case <-ctx.Done(): // the window may have gone with it
	}
	s.hiding = time.AfterFunc(linger, func() {
		s.stage.Do(func() {
			if s.prompt == nil {
				s.window.Hide()
			}
		})
	})
	return a
}

// done answers the prompt that is shown. It is called on Fyne's goroutine.
func (s *Screen) done(a answer) {
	if s.prompt == nil {
		return
	}
	select {
	case s.prompt.answer <- a:
	default: // answered already
	}
}

func (s *Screen) decline() { s.done(answer{err: trusted.ErrDeclined}) }

// enter hands the digits over, if they are enough.
func (s *Screen) enter() {
	if p := s.prompt; p != nil && p.dots != nil && len(p.digits) >= trusted.MinPIN {
		s.done(answer{digits: p.digits})
	}
}

// press takes a key of the pad or the keyboard.
func (s *Screen) press(key widgets.Key) {
	p := s.prompt
	if p == nil || p.dots == nil {
		return
	}
	switch {
	case key == widgets.KeyBackspace && len(p.digits) > 0:
		p.digits[len(p.digits)-1] = 0
		p.digits = p.digits[:len(p.digits)-1]
	case key >= 0 && key <= 9 && len(p.digits) < trusted.MaxPIN:
		if p.digits == nil {
			p.digits = make([]byte, 0, trusted.MaxPIN) // never copied, so that it can be wiped
		}
		p.digits = append(p.digits, '0'+byte(key))
	}
	p.dots.set(len(p.digits))
	if len(p.digits) >= trusted.MinPIN {
		p.enter.Enable()
	} else {
		p.enter.Disable()
	}
}

// typedKey serves a keyboard: Enter does what the primary key does, Esc leaves.
func (s *Screen) typedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		s.enter() // an amount is confirmed by its key alone
	case fyne.KeyEscape:
		s.decline()
	case fyne.KeyBackspace:
		s.press(widgets.KeyBackspace)
	}
}

func (s *Screen) typedRune(r rune) {
	if key, ok := widgets.KeyOf(r); ok {
		s.press(key)
	}
}

// Tick moves the countdown. It is called on Fyne's goroutine or through Do.
func (s *Screen) Tick() {
	if s.countdown != nil && s.prompt != nil {
		s.countdown.SetRemaining(s.prompt.until.Sub(s.now()), answerIn)
	}
}

func (s *Screen) parts() money.Parts {
	return money.Amount{Minor: int64(s.prompt.Amount), Currency: money.Currency(s.prompt.Currency)}.Parts(s.book.Tag())
}
