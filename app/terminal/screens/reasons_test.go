package screens

import (
	"countersign/app/terminal/reason"
	"countersign/app/terminal/sale"
)

// phrases are the reasons that have words, and which.
var phrases = func() map[sale.Reason]string {
	list := map[sale.Reason]string{}
	for _, r := range reason.All() {
		list[r], _ = reason.Phrase(r)
	}
	return list
}()
