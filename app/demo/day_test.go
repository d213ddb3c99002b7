package main

import (
	"fmt"
	"testing"

	"countersign/app/demo/display"
	"countersign/app/demo/shop"
)

// BenchmarkDay is eight hours at a counter, one customer a minute, as fast as the window
// takes the keys: cash from the numeric pad, and every tenth customer thinks better of it
// when the code is shown. What is measured is the terminal's memory after each hour; the
// aim is that it stays within 20 % of what it was after the first.
func BenchmarkDay(b *testing.B) {
	ctx, stage := counter(b, shop.Counter{Flags: []string{"--cash", "--sounds=false"}}, true)
	const hours, customers = 8, 60
	key := func(keys ...display.Key) {
		for _, k := range keys {
			if err := stage.stage.Terminal.Key(ctx, k); err != nil {
				b.Fatal(err)
			}
		}
	}
	see := func(name, control string) { screen(b, ctx, stage, shop.Terminal, name, control) }
	see("amount", "cash")
	for b.Loop() {
		var first, most int
		for hour := range hours {
			for n := range customers {
				key('1'+display.Key(n%9), '0'+display.Key(hour), '5')
				if n%10 == 9 {
					key(display.Return)
					see("present", "code")
					key(display.Escape)
					see("outcome", "new-sale")
					key(display.Return)
				} else {
					key('/')
					see("cash", "note.0")
					if err := stage.stage.Terminal.Tap(ctx, "note.0"); err != nil {
						b.Fatal(err)
					}
					see("change", "new-sale")
					key('+') // the change is given
				}
				see("amount", "cash")
			}
			now := residentKiB(b, stage.shop.PID(shop.Terminal))
			if hour == 0 {
				first = now
			}
			most = max(most, now)
			b.ReportMetric(float64(now)/1024, fmt.Sprintf("MiB-hour-%d", hour+1))
		}
		b.ReportMetric(100*float64(most-first)/float64(first), "%growth")
	}
	b.ReportMetric(0, "ns/op")
}
