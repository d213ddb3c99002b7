package main

import (
	"countersign/app/terminal/sale"
	"countersign/devices/speaker"
)

// heard is the sound of what has become of a sale, or of what somebody should look at.
// before is the view that stood until now.
func heard(before, now sale.View) (speaker.Sound, bool) {
	switch {
	case now.Number == 0:
		return 0, false
	case now.Stage == before.Stage && now.Number == before.Number:
		return speaker.Attention, now.Notices > before.Notices
	case now.Stage == sale.Ended && (now.Ending == sale.Paid || now.Ending == sale.Refunded):
		return speaker.Approved, true
	case now.Stage == sale.Ended && (now.Ending == sale.Refused || now.Ending == sale.Expired || now.Ending == sale.Uncredited):
		return speaker.Refused, true
	case now.Stage == sale.Unknown, now.Stage == sale.Torn:
		return speaker.Attention, true
	}
	return 0, false
}
