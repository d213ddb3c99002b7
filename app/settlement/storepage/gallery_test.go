package storepage_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/app/settlement/storepage"
)

// tooWide lists what goes beyond the window or its own box; what is for screen readers
// alone is let be.
const tooWide = `[...document.querySelectorAll("body *")].filter(e => !e.closest("svg, .skip, thead") &&
	(e.getBoundingClientRect().right > innerWidth + 1 || e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"))
	.map(e => e.tagName + " " + e.textContent.trim().slice(0, 40))`

// The page in every language, in light and dark, on a desk and on a phone: nothing is
// wider than the window, and no text is cut.
func TestNothingIsCut(t *testing.T) {
	address := storepage.ServeBusyTown(t)
	ctx := window(t)
	do(t, ctx, chromedp.Navigate(address+"/login?store=M-0001&lang=en"), chromedp.WaitVisible("#name"),
		chromedp.SendKeys("#name", "anna"), chromedp.SendKeys("#password", storepage.BusyPassword+"\r"), chromedp.WaitVisible("#terminals"))
	for _, language := range []string{"en", "zh", "de"} {
		do(t, ctx, chromedp.Navigate(address+"/?lang="+language), chromedp.WaitVisible("#terminals"))
		for _, width := range []int64{320, 390, 800, 1280} {
			do(t, ctx, sized(width, 900, width == 390))
			cut, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](tooWide))
			if err != nil || len(cut) > 0 {
				t.Errorf("%s at %d: too wide are %q, %v", language, width, cut, err)
			}
			picture(t, ctx, fmt.Sprintf("store-%s-%d", language, width), width, width == 390)
		}
	}
	picture(t, ctx, "store-de-1280-dark", 1280, true)
}
