package main

import (
	"testing"

	"countersign/app/terminal/sale"
	"countersign/devices/speaker"
)

func TestHeard(t *testing.T) {
	presenting := sale.View{Stage: sale.Presenting, Number: 7}
	for name, c := range map[string]struct {
		before, now sale.View
		want        speaker.Sound
	}{
		"idle":            {sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Paid}, sale.View{Stage: sale.Idle}, 0},
		"shown":           {sale.View{Stage: sale.Preparing, Number: 7}, presenting, 0},
		"the same again":  {presenting, presenting, 0},
		"a wrong code":    {presenting, sale.View{Stage: sale.Presenting, Number: 7, Notices: 1}, speaker.Attention},
		"paid":            {presenting, sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Paid}, speaker.Approved},
		"paid, shown on":  {sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Paid}, sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Paid}, 0},
		"refused":         {presenting, sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Refused}, speaker.Refused},
		"cancelled":       {presenting, sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Cancelled}, 0},
		"no answer":       {sale.View{Stage: sale.Sending, Number: 7}, sale.View{Stage: sale.Unknown, Number: 7}, speaker.Attention},
		"torn":            {presenting, sale.View{Stage: sale.Torn, Number: 7}, speaker.Attention},
		"the next, paid":  {sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Paid}, sale.View{Stage: sale.Ended, Number: 8, Ending: sale.Paid}, speaker.Approved},
		"taken back late": {sale.View{Stage: sale.Unknown, Number: 7}, sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Reversed}, 0},
	} {
		sound, any := heard(c.before, c.now)
		if !any {
			sound = 0
		}
		if sound != c.want {
			t.Errorf("%s: %v, want %v", name, sound, c.want)
		}
	}
}
