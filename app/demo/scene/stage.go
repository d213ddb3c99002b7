package scene

import (
	"context"
	"fmt"
	"image"

	"countersign/app/demo/air"
	"countersign/app/demo/chronicle"
	"countersign/app/demo/relay"
	"countersign/app/demo/world"
	"countersign/devices/fingerprint/virtualsensor"
)

// The parties, as the chronicle calls them.
const (
	terminal   = "terminal"
	phone      = "wallet"
	settlement = "settlement"

	secure = phone + "-trusted" // the phone's trusted screen
)

// Books are settlement's, looked into from outside.
type Books interface {
	// Balance is what the owner's account holds, in minor units.
	Balance(ctx context.Context) (int64, error)
	// Card is how the owner's virtual card stands.
	Card(ctx context.Context) (CardBook, error)
}

// CardBook is what settlement's books say of a virtual card.
type CardBook struct {
	Mark     string `json:"mark"`
	Ending   string `json:"ending"`
	Loaded   int64  `json:"loaded_minor"`
	Deducted int64  `json:"deducted_minor"`
	Forked   bool   `json:"forked"`
	Blocked  string `json:"blocked"` // why, empty when it is not
}

// Cheat is what the owner of a phone can do to it with tools.
type Cheat interface {
	// Copy closes the phone, keeps a copy of all that it has, and opens it again.
	Copy(ctx context.Context) error
	// PutBack closes the phone, puts the copy in its place, and opens it again.
	PutBack(ctx context.Context) error
}

// Stage is what a scene is played on.
type Stage struct {
	Chronicle       *chronicle.Chronicle
	Terminal, Phone *world.Window
	// TerminalEye is the terminal's camera, PhoneEye the phone's.
	TerminalEye, PhoneEye *world.Camera
	TerminalGlass         *virtualsensor.Sensor
	// PhoneGlass is the phone's own sensor, or nil.
	PhoneGlass      *virtualsensor.Sensor
	Owner, Stranger *world.Finger
	// Link is the network between terminal and settlement.
	Link *relay.Relay
	// PhoneLink is the network between phone and settlement.
	PhoneLink *relay.Relay
	Books     Books
	// Air is between the phone's radio and the terminal's reader, which listens for cards
	// at Field; nil where there is no reader.
	Air   *air.Air
	Field string
	// Secure waits for the phone's trusted screen, a window of its own, and PIN is what
	// the owner keys there.
	Secure func(ctx context.Context) (*world.Window, error)
	PIN    string
	// Cheat takes the phone apart.
	Cheat Cheat
	// Note tells whoever watches what is being done, in the Language "en" or "zh".
	Note     func(text string)
	Language string

	from       int         // where in the chronicle the present sale begins
	photograph image.Image // of a payment's code
}

// do says what people do, in English or in Chinese.
func (s *Stage) do(english, chinese string, a ...any) {
	if s.Language == "zh" {
		english = chinese
	}
	s.Note(fmt.Sprintf(english, a...))
}

// wait returns the next event of the sale that matches. A sale that ends
// meanwhile, in whatever way, is an *endedError.
func (s *Stage) wait(ctx context.Context, what string, match chronicle.Match) (chronicle.Event, error) {
	e, _, err := s.Chronicle.Wait(ctx, s.from, chronicle.Any(match, ended))
	switch {
	case err != nil:
		return e, fmt.Errorf("%s: %w", what, err)
	case match(e):
		return e, nil
	}
	return e, &endedError{what, s.ending(e)}
}

// only is wait without the present sale's ending being of interest.
func (s *Stage) only(ctx context.Context, what string, match chronicle.Match) (chronicle.Event, error) {
	e, _, err := s.Chronicle.Wait(ctx, s.from, match)
	if err != nil {
		return e, fmt.Errorf("%s: %w", what, err)
	}
	return e, nil
}

// has says whether something happened in the present sale up to now.
func (s *Stage) has(match chronicle.Match) bool {
	_, found := s.Chronicle.Find(s.from, s.Chronicle.Len(), match)
	return found
}

// turn waits until a window shows a screen with a control on it, and touches the
// control.
func (s *Stage) turn(ctx context.Context, w *world.Window, control, screen string) error {
	_, err := s.wait(ctx, fmt.Sprintf("waiting for %s on the %s's screen", control, w.Party), chronicle.WithControl(w.Party, control, screen))
	if err != nil {
		return err
	}
	return w.Tap(ctx, control)
}

// turnTo waits until a window shows one of the screens with a control on it now,
// whatever becomes of the sale meanwhile, and touches the control. It returns that
// screen, and the place in the chronicle from which on things happened after the touch.
func (s *Stage) turnTo(ctx context.Context, w *world.Window, control string, screens ...string) (touched *chronicle.Screen, from int, err error) {
	touched, err = s.shows(ctx, w, control, chronicle.WithControl(w.Party, control, screens...))
	if err != nil {
		return nil, 0, err
	}
	from = s.Chronicle.Len()
	return touched, from, w.Touch(ctx, touched, control)
}

// shows waits until a window shows now what matches, and returns it. Unlike only it
// cannot be led by what was shown before.
func (s *Stage) shows(ctx context.Context, w *world.Window, what string, match chronicle.Match) (*chronicle.Screen, error) {
	for {
		from, now := s.Chronicle.Len(), s.Chronicle.Now(w.Party)
		if now != nil && match(chronicle.Event{Party: w.Party, Screen: now}) {
			return now, nil
		}
		if _, _, err := s.Chronicle.Wait(ctx, from, match); err != nil {
			return nil, fmt.Errorf("waiting for %s on the screen of the %s: %w", what, w.Party, err)
		}
	}
}

// notice waits until a window shows what was wrong, in words.
func (s *Stage) notice(ctx context.Context, w *world.Window) error {
	_, err := s.only(ctx, "waiting for the words on the screen of the "+w.Party, func(e chronicle.Event) bool {
		return e.Party == w.Party && e.Screen != nil && e.Screen.Notice() != ""
	})
	return err
}
