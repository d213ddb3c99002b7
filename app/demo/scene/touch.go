package scene

import (
	"context"
	"fmt"
	"image"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/forgery"
	"countersign/protocol"
)

// taps are amounts as fingers tap them: keys that lie far apart, in quick
// succession.
var taps = []struct {
	keys []string
	want protocol.Amount
}{
	{[]string{"key.7", "key.3", "key.00"}, 7300},                                         // corner to corner
	{[]string{"key.9", "key.00", "key.7", "key.3"}, 90073},                               // and back
	{[]string{"key.1", "key.9", "key.back", "key.9", "key.1", "key.back", "key.0"}, 190}, // with mistakes mended
	{[]string{"key.4", "key.6", "key.4", "key.6", "key.4", "key.6"}, 464646},             // to and fro
	{[]string{"key.5", "key.5", "clear", "key.2", "key.8"}, 28},                          // and begun anew
	{[]string{"quick.3"}, 10000},                                                         // at the far right
	{[]string{"key.0", "key.00", "key.3", "key.back", "key.00", "key.1"}, 1},             // zeros first
}

// Touch drives the terminal's window as a touch panel does: the finger is at once
// where it taps, with no motion on the way. What is charged must be what was
// tapped, as the code says that the window shows. A toolkit that takes a tap to
// be where the pointer was before charges another amount.
func Touch() Scene {
	return plain("touch", "amounts are tapped in quick succession, and charged as they were tapped", touch)
}

func touch(ctx context.Context, s *Stage) (Ending, error) {
	for _, t := range taps {
		if err := s.begin(ctx); err != nil {
			return Ending{}, err
		}
		if err := s.charge(ctx, t.keys); err != nil {
			return Ending{}, err
		}
		picture, err := s.Terminal.Photograph(ctx)
		if err != nil {
			return Ending{}, err
		}
		charged, err := amountOf(picture)
		if err != nil {
			return Ending{}, err
		}
		if charged != t.want {
			return Ending{}, &Failure{"touch", fmt.Sprintf("%v charges %d, not %d", t.keys, charged, t.want)}
		}
		if err := s.cancel(ctx); err != nil {
			return Ending{}, err
		}
		if _, err := s.only(ctx, "waiting for the cancelled sale's words", chronicle.OnScreen(terminal, "outcome")); err != nil {
			return Ending{}, err
		}
	}
	return Ending{Refused, "cancelled", terminal}, nil
}

// amountOf is what the request in a picture asks for.
func amountOf(picture image.Image) (protocol.Amount, error) {
	text, err := forgery.Read(picture, protocol.PrefixRequest)
	if err != nil {
		return 0, fmt.Errorf("reading the terminal's code: %w", err)
	}
	request, err := protocol.ParseRequestText(text)
	if err != nil {
		return 0, fmt.Errorf("reading the terminal's code: %w", err)
	}
	return request.Unverified().Amount, nil
}
