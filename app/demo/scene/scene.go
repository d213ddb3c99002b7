package scene

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/app/demo/world"
)

// Scene is a case that can be played.
type Scene struct {
	Name string
	// About says what is played, in one sentence.
	About string
	// Life and AskFor are the terminal's, 0 for its own.
	Life, AskFor time.Duration
	// Finger is whose finger is laid on the terminal's sensor when it asks for one.
	Finger string
	// Radio says that something is paid by tap.
	Radio bool
	// ShopSensorOnly says that the phone must have no sensor of its own.
	ShopSensorOnly bool
	// Play plays it. A *Failure says that it did not end as it must.
	Play func(ctx context.Context, s *Stage) (Ending, error)
}

// plain is a scene whose shop is as usual.
func plain(name, about string, play func(context.Context, *Stage) (Ending, error)) Scene {
	return Scene{Name: name, About: about, Finger: world.Owner, Play: play}
}

// Sale is what is played when no scene is asked for.
func Sale() Scene {
	return plain("sale", "one sale, from the keyed amount to the outcome", func(ctx context.Context, s *Stage) (Ending, error) { return s.sale(ctx, sum) })
}

// Tap is what is played by tap when no scene is asked for.
func Tap() Scene {
	return tapped("tap", "one sale by tap, the phone held to the terminal's reader", func(ctx context.Context, s *Stage) (Ending, error) { return s.tap(ctx, sum) })
}

// tapped is a scene that needs the radio.
func tapped(name, about string, play func(context.Context, *Stage) (Ending, error)) Scene {
	t := plain(name, about, play)
	t.Radio = true
	return t
}

// Scenes are the cases in which something goes wrong, most of which must not be paid.
func Scenes() []Scene {
	wrong := plain("wrong-finger", "another finger is laid on the sensor, three times", wrongFinger)
	wrong.Finger, wrong.ShopSensorOnly = world.Stranger, true
	late := plain("expired", "the payment is held to the camera only after the request's life", expired)
	late.Life = 10 * time.Second
	lost := plain("network-lost", "the line to settlement is cut after the submission went out", networkLost)
	lost.AskFor = 2 * time.Second
	none := plain("no-finger", "the customer has no finger that can be read, and pays a small amount with the phone's PIN", noFinger)
	none.Finger, none.ShopSensorOnly = world.Unlaid, true
	return []Scene{
		wrong,
		plain("replay", "a photograph of a paid sale's payment code is held to the next sale's camera", replay),
		plain("altered-amount", "the request's amount is altered on its way to the phone", alteredAmount),
		plain("foreign-terminal", "a terminal of another authority shows the phone a request, and asks its card for the number", foreignTerminal),
		plain("no-funds", "the account holds less than the amount", noFunds),
		late, lost, none,
		tapped("torn-tap", "the phone is taken away in the middle of the answer to PAY, and held to the terminal again", tornTap),
		tapped("wrong-application", "a reader selects another application, and a card with another one is held to the terminal", wrongApplication),
		tapped("overdraw", "the card holds less than the amount; then a smaller one", overdraw),
		tapped("confirm", "the amount takes the owner's word: confirmed on the secure screen, and paid at the next tap", confirmed),
		tapped("cloned-card", "an older copy of the whole phone is put back, and its money spent twice", clonedCard),
	}
}

// All is the name for all of them, one after the other in one shop.
const All = "all"

// Named finds the scenes of a list, separated by commas, Sale, Tap and Touch among
// them; ok is false when there is one that nobody knows.
func Named(list string) (found []Scene, ok bool) {
	if list == All {
		return append([]Scene{Sale(), Tap()}, Scenes()...), true
	}
	known := append([]Scene{Sale(), Touch(), Tap()}, Scenes()...)
	for name := range strings.SplitSeq(list, ",") {
		at := slices.IndexFunc(known, func(s Scene) bool { return s.Name == name })
		if at < 0 {
			return nil, false
		}
		found = append(found, known[at])
	}
	return found, true
}
