package training

import (
	"log/slog"

	"countersign/app/terminal/sale"
)

// Act is something that the customer does, for a screen with a button for each.
type Act string

// The acts.
const (
	ActShow   Act = "show"    // holds a good payment code to the camera
	ActWrong  Act = "wrong"   // holds the code of another sale
	ActFinger Act = "finger"  // places the right finger, and all goes well
	ActPoor   Act = "poor"    // places it so that it cannot be read
	ActOther  Act = "other"   // places somebody else's
	ActFunds  Act = "funds"   // places the right one, and the account does not hold the amount
	ActSilent Act = "silence" // places the right one, and settlement does not answer
)

// Acts are what the customer could do now, in the order of the buttons.
func (t *Training) Acts(v sale.View) []Act {
	switch v.Stage {
	case sale.Presenting:
		return []Act{ActShow, ActWrong}
	case sale.Finger:
		return []Act{ActFinger, ActPoor, ActOther, ActFunds, ActSilent}
	}
	return nil
}

// Play has the customer do it, and returns at once. What the till does not wait for any more
// is logged and nothing else.
func (t *Training) Play(a Act) {
	var err error
	switch a {
	case ActShow:
		if t.View().ByPIN { // no finger will follow
			t.Choose(Paid)
		}
		err = t.ShowCode()
	case ActWrong:
		err = t.ShowOther()
	case ActPoor:
		err = t.PlacePoorFinger()
	case ActFinger, ActOther, ActFunds, ActSilent:
		t.Choose(map[Act]Outcome{ActFinger: Paid, ActOther: OtherFinger, ActFunds: Refused, ActSilent: Unknown}[a])
		err = t.PlaceFinger()
	}
	if err != nil {
		t.Log.Warn("training act", slog.String("act", string(a)), slog.String("error", err.Error()))
	}
}
