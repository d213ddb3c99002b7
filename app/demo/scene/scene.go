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
	// Finger is who lays a finger on the terminal's sensor.
	Finger string
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

// Scenes are the cases that must not be paid.
func Scenes() []Scene {
	wrong := plain("wrong-finger", "another finger is laid on the sensor, three times", wrongFinger)
	wrong.Finger, wrong.ShopSensorOnly = world.Stranger, true
	late := plain("expired", "the payment is held to the camera only after the request's life", expired)
	late.Life = 10 * time.Second
	lost := plain("network-lost", "the line to settlement is cut after the submission went out", networkLost)
	lost.AskFor = 2 * time.Second
	return []Scene{
		wrong,
		plain("replay", "a photograph of a paid sale's payment code is held to the next sale's camera", replay),
		plain("altered-amount", "the request's amount is altered on its way to the phone", alteredAmount),
		plain("foreign-terminal", "the phone is shown a request by a terminal of another authority", foreignTerminal),
		plain("no-funds", "the account holds less than the amount", noFunds),
		late, lost,
	}
}

// All is the name for all of them, one after the other in one shop.
const All = "all"

// Named finds the scenes of a list, separated by commas, Sale and Touch among
// them; ok is false when there
// is one that nobody knows.
func Named(list string) (found []Scene, ok bool) {
	if list == All {
		return append([]Scene{Sale()}, Scenes()...), true
	}
	known := append([]Scene{Sale(), Touch()}, Scenes()...)
	for name := range strings.SplitSeq(list, ",") {
		at := slices.IndexFunc(known, func(s Scene) bool { return s.Name == name })
		if at < 0 {
			return nil, false
		}
		found = append(found, known[at])
	}
	return found, true
}
