package screens

import (
	"slices"
	"strings"
	"sync"

	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/protocol/money"
)

// Voice speaks a text in a language and returns at once; newer texts may end older ones. devices/speaker's is one.
type Voice interface {
	Say(language, text string)
}

// Spoken says what a customer who cannot see the display has to know: what to pay, what to do, what became of it. Each is said once,
// and again in another language when that is chosen in the middle.
type Spoken struct {
	voice Voice

	mu   sync.Mutex
	book assets.Phrasebook
	view sale.View
	said saying
}

// saying is what a text was made of; the same again is not said.
type saying struct {
	stage            sale.Stage
	number           uint64
	notices, attempt int
	read, lift       bool
	advice           string
	ending           sale.Ending
	language         string
}

// NewSpoken makes one that begins in a language. The error wraps assets.ErrNoLanguage.
func NewSpoken(language string, voice Voice) (*Spoken, error) {
	book, err := assets.Phrases(language)
	if err != nil {
		return nil, err
	}
	return &Spoken{voice: voice, book: book, view: sale.View{Stage: sale.Idle}}, nil
}

// Language changes the language, and says again what is to be done now.
func (s *Spoken) Language(tag string) {
	book, err := assets.Phrases(tag)
	if err != nil {
		return // the one before stays
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book = book
	s.speak()
}

// Show takes a view and says what is new in it.
func (s *Spoken) Show(v sale.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = v
	s.speak()
}

// AskTip says that a tip may be chosen; nil, that the question is over, is not said.
func (s *Spoken) AskTip(tips *Tips) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if tips != nil {
		s.voice.Say(s.book.Tag(), InWords(s.book, tips.Due)+". "+s.book.Say("customer.spoken.tip"))
	}
}

func (s *Spoken) speak() {
	v := s.view
	now := saying{stage: v.Stage, number: v.Number, notices: v.Notices, attempt: v.Attempt, read: v.Finger.Fraction >= 1, lift: v.Finger.Lift,
		advice: v.Finger.Advice, ending: v.Ending, language: s.book.Tag()}
	before := s.said
	if now == before {
		return
	}
	s.said = now
	if text := s.text(before, now); text != "" {
		s.voice.Say(s.book.Tag(), text)
	}
}

// text is what a view has to say after another; empty for nothing.
func (s *Spoken) text(before, now saying) string {
	v := s.view
	say := func(key string, pairs ...any) string { return s.book.Say("customer.spoken."+key, pairs...) }
	var parts []string
	if begun := before.number != now.number || before.stage == sale.Idle || before.stage == ""; begun && v.Training {
		parts = append(parts, say("training"))
	}
	wrong := (&Display{book: s.book, view: v}).wrong()
	news := now.notices != before.notices || now.attempt != before.attempt || now.advice != before.advice
	if wrong != "" && news && (before.number == now.number || before.number == 0) {
		parts = append(parts, wrong)
	}
	switch v.Stage {
	case sale.Presenting:
		if before.stage == sale.Presenting && before.language == now.language && before.number == now.number {
			return strings.Join(parts, " ") // something was wrong, and the way to pay has been said
		}
		if before.stage == sale.Opening && before.language == now.language {
			break
		}
		parts = append(parts, say("amount", "amount", s.amount()))
		if v.ByPIN {
			parts = append(parts, say("pin"))
		} else {
			parts = append(parts, say("scan"))
		}
		if v.Tap == sale.TapReady || v.Tap == sale.TapFound {
			parts = append(parts, say("tap"))
		}
	case sale.Finger:
		switch {
		case now.lift:
			parts = append(parts, say("lift-first"))
		case now.read:
			parts = []string{say("lift")}
		case before.stage != sale.Finger || before.language != now.language:
			parts = append(parts, say("finger"))
		case now.attempt != before.attempt:
			parts = append(parts, say("tries", "tries", v.AttemptsLeft+1))
		}
	case sale.Tapping:
		parts = append(parts, say("paying"))
	case sale.Confirm:
		parts = append(parts, say("confirm"))
	case sale.Torn:
		if before.stage != sale.Torn || before.language != now.language {
			parts = append(parts, say("torn"))
		}
	case sale.Sending:
		parts = append(parts, say("sending"))
	case sale.Unknown:
		parts = append(parts, say("unknown"))
	case sale.Ended:
		return s.outcome(say)
	default: // nothing is asked of anybody
		return ""
	}
	return strings.Join(parts, " ")
}

// outcome is what became of the sale.
func (s *Spoken) outcome(say func(string, ...any) string) string {
	v := s.view
	switch {
	case v.Ending == sale.Paid && v.Cash != nil && v.Cash.Change > 0:
		change := money.Amount{Minor: int64(v.Cash.Change), Currency: money.Currency(v.Currency)}
		return say("change", "amount", InWords(s.book, change))
	case v.Ending == sale.Paid:
		return say("paid", "amount", s.amount())
	case v.Ending == sale.Refunded:
		return say("refunded", "amount", s.amount())
	case v.Ending == sale.Cancelled:
		return say("cancelled")
	case v.Ending == sale.Expired:
		return say("expired")
	case v.Ending == sale.Reversed:
		return say("reversed")
	case v.Ending == sale.GivenUp:
		return say("given-up")
	}
	return say("unpaid")
}

func (s *Spoken) amount() string {
	return InWords(s.book, money.Amount{Minor: int64(s.view.Amount), Currency: money.Currency(s.view.Currency)})
}

// InWords is an amount as a voice reads it rightly: "78 yuan", "12.05 euros", "12,05 Euro", "78元". Digits stay digits, which
// every voice can read, without marks between the thousands; a currency without a word is spelled.
func InWords(book assets.Phrasebook, a money.Amount) string {
	language := book.Tag()
	mark := strings.Trim(money.Amount{Currency: a.Currency}.Parts(language).Number, "0") // of the language, none for yen
	digits := a.Parts(language).Number
	whole, fraction := digits, ""
	if mark != "" {
		whole, fraction, _ = strings.Cut(digits, mark)
	}
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, whole)
	if strings.Trim(fraction, "0") != "" {
		number += mark + fraction
	}
	code := strings.ToLower(a.Currency.String())
	key := "customer.money.many." + code
	if number == "1" {
		key = "customer.money.one." + code
	}
	name := strings.Join(strings.Split(a.Currency.String(), ""), " ")
	if slices.Contains([]string{"chf", "cny", "eur", "gbp", "jpy", "usd"}, code) {
		name = book.Say(key)
	}
	return book.Say("customer.money.text", "number", number, "currency", name)
}
