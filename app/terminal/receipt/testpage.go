package receipt

import (
	"time"

	"countersign/app/terminal/paper"
	"countersign/assets"
	"countersign/devices/printer/escpos"
)

// TestPage is for the device page: sizes, bold, white on black, both edges, a code and each script. Its columns are those of
// the profile.
func TestPage(shop Shop, p escpos.Profile, at time.Time, book assets.Phrasebook, where *time.Location) paper.Document {
	w := newWriter(book, where, 0)
	w.head(shop)
	w.add(paper.Text{Left: book.Say("receipt.test.heading"), Align: paper.Centre, Size: 2, Bold: true})
	w.pair(p.Name, w.time(at))
	w.add(paper.Rule{Heavy: true})
	ruler := ""
	for i := 1; i <= p.Columns; i++ {
		ruler += string(rune('0' + i%10))
	}
	w.add(paper.Text{Left: ruler})
	w.pair("AaBbCc", "0123456789")
	w.strong("ÄÖÜ äöü ß éèê ñ ç", "€ £ ¥")
	w.pair("付款成功", "谢谢惠顾")
	w.add(paper.Text{Left: "Aa 12", Size: 2}, paper.Text{Left: "Aa 123", Size: 3})
	w.add(paper.Text{Left: book.Say("receipt.test.heading"), Align: paper.Centre, Bold: true, Reverse: true})
	w.add(paper.QR{Text: "HTTPS://EXAMPLE.COM/TEST-PAGE"})
	w.add(paper.Text{Left: book.Say("receipt.test.text"), Align: paper.Centre})
	return w.document(book.Say("receipt.test.heading"))
}
