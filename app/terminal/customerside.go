package main

import (
	"sync"
	"time"

	customerscreens "countersign/app/terminal/customer/screens"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/widgets"
	"countersign/protocol"
)

// customerSide is what faces the customer: a window of their own, and a voice. Either may
// be missing.
type customerSide struct {
	display *customerscreens.Display
	spoken  *customerscreens.Spoken

	mu    sync.Mutex
	shop  string // the language that the cashier's window is in
	their string // the one that the customer has chosen; empty for the shop's
}

// chosen takes the language that the customer has chosen, and the return to the shop's.
func (c *customerSide) chosen(language string) {
	c.mu.Lock()
	c.their = language
	if language == c.shop {
		c.their = ""
	}
	c.mu.Unlock()
	c.spoken.Language(language)
}

// voice speaks where that is wanted.
type voice struct{ *terminal }

func (v voice) Say(language, text string) {
	if v.preferred.Load().Speech {
		v.speaker.Say(language, text)
	}
}

// faceCustomer opens the customer's window, if there is to be one, and has the customer's
// prompts spoken. It belongs to the goroutine that owns the windows.
func (t *terminal) faceCustomer(k *screens.Kiosk) (err error) {
	language := t.preferred.Load().Language
	t.facing.shop = language
	if t.facing.spoken, err = customerscreens.NewSpoken(language, voice{t}); err != nil {
		return err
	}
	t.views.add(t.facing.spoken.Show)
	if t.customer == "" {
		return nil
	}
	setup := t.setup()
	long := func(d time.Duration) time.Duration { return time.Duration(float64(d) * setup.Patience) }
	t.facing.display, err = customerscreens.Open(widgets.App(), customerscreens.Window{Place: t.customer}, customerscreens.Setup{
		Shop: setup.Shop, Language: language, Life: long(setup.Life), FingerWait: long(setup.FingerWait), ConfirmFor: long(setup.ConfirmFor), Now: setup.Now, Do: k.Do,
		Switched: t.facing.chosen, Tipped: func(tip protocol.Amount) { k.AnswerTip(tip) },
	})
	if err != nil {
		return err
	}
	t.views.add(t.facing.display.Show)
	return nil
}

// askTip hands the question to the customer's window; nil ends it.
func (t *terminal) askTip(q *screens.TipQuestion) {
	var tips *customerscreens.Tips
	if q != nil {
		tips = &customerscreens.Tips{Due: q.Due}
		for _, c := range q.Choices {
			tips.Choices = append(tips.Choices, customerscreens.Tip{Percent: c.Percent, Amount: c.Tip})
		}
	}
	if t.facing.display != nil {
		t.facing.display.AskTip(tips)
	}
	if t.facing.spoken != nil {
		t.facing.spoken.AskTip(tips)
	}
}

// keyed shows what is being keyed.
func (c *customerSide) keyed(b sale.Bill, currency protocol.Currency) {
	if c.display != nil {
		c.display.ShowBill(b, currency)
	}
}

// prefer follows the language of the cashier's window.
func (c *customerSide) prefer(language string) {
	c.mu.Lock()
	c.shop = language
	theirs := c.their != ""
	c.mu.Unlock()
	if c.display != nil {
		c.display.Language(language)
	}
	if c.spoken != nil && !theirs {
		c.spoken.Language(language)
	}
}

func (c *customerSide) close() {
	if c.display != nil {
		c.display.Close()
	}
}
