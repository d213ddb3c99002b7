package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Names of the checks, which stay the same.
const (
	NameSettings              = "settings"
	NameTerminal              = "terminal"
	NameToken                 = "token"
	NameCertificate           = "certificate"
	NameTLSCertificate        = "tls-certificate"
	NameRevocationList        = "revocation-list"
	NameSettlementCertificate = "settlement-certificate"
	NameSettlement            = "settlement"
	NameAuthority             = "authority"
	NameClock                 = "clock"
	NameTimeZone              = "time-zone"
	NameCamera                = "camera"
	NameSensor                = "sensor"
	NameReader                = "reader"
	NamePrinter               = "printer"
	NameImager                = "imager"
	NameDisk                  = "disk"
	NameDataFolder            = "data-folder"
	NameJournal               = "journal"
	NameVersions              = "versions"
)

// State is how what was looked at is.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warn" // it works, or may; somebody should look
	Bad     State = "bad"  // it does not work
)

// Finding is what a check has found out.
type Finding struct {
	// Check is its name, Title what people call it.
	Check string `json:"check"`
	Title string `json:"title"`
	State State  `json:"state"`
	// Found is a sentence or two; Do what a person can do, empty where all is well.
	Found string `json:"found"`
	Do    string `json:"do,omitempty"`
	// Facts are for programs: numbers, times, and an error in its own words.
	Facts map[string]any `json:"facts,omitempty"`
	// Milliseconds is how long it took to look.
	Milliseconds int64 `json:"ms"`
}

// Check looks at one thing.
type Check struct {
	Name, Title string
	// Limit is how long it may take; DefaultLimit when 0.
	Limit time.Duration
	// Look should end when its context does, which is at the limit.
	Look func(context.Context) Finding
}

// DefaultLimit is how long a check may take that says nothing else.
const DefaultLimit = 15 * time.Second

// grace is how much longer a check has to say what its context's end interrupted.
const grace = time.Second

// Run has all checks look at once and returns what they found, in their order. It waits
// for each no longer than its limit and a second; when ctx ends, a second.
func Run(ctx context.Context, checks []Check) []Finding {
	findings := make([]Finding, len(checks))
	var running sync.WaitGroup
	for n, c := range checks {
		running.Go(func() { findings[n] = c.run(ctx) })
	}
	running.Wait()
	return findings
}

// run looks, and gives up on what does not answer.
func (c Check) run(ctx context.Context) Finding {
	began := time.Now()
	limit := c.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	looked := make(chan Finding, 1)
	go func() { looked <- c.Look(ctx) }() // may be given up: a call into a driver cannot be ended
	f := finding{}.bad("It did not answer within "+span(limit)+".", "Switch it off and on, or unplug it and plug it in again; then look once more.").done()
	select {
	case f = <-looked:
	case <-ctx.Done():
		late := time.NewTimer(grace)
		defer late.Stop()
		select {
		case f = <-looked:
		case <-late.C:
		}
	}
	f.Check, f.Title, f.Milliseconds = c.Name, c.Title, time.Since(began).Milliseconds()
	return f
}

// Well says whether nothing is bad.
func Well(findings []Finding) bool {
	for _, f := range findings {
		if f.State == Bad {
			return false
		}
	}
	return true
}

// finding collects what one check finds: the worst state is kept, and every sentence.
type finding struct {
	state State
	found []string
	do    []string
	facts map[string]any
}

func (f finding) ok(found string) finding { return f.add(OK, found, "") }

func (f finding) warn(found, do string) finding { return f.add(Warning, found, do) }

func (f finding) bad(found, do string) finding { return f.add(Bad, found, do) }

func (f finding) add(state State, found, do string) finding {
	if f.state == "" || state == Bad || f.state == OK {
		f.state = state
	}
	f.found = append(f.found, found)
	if do != "" {
		f.do = append(f.do, do)
	}
	return f
}

// fact adds what programs read.
func (f finding) fact(name string, value any) finding {
	if f.facts == nil {
		f.facts = map[string]any{}
	}
	f.facts[name] = value
	return f
}

// failed is bad for a reason: in the error's own words for people where it has some.
func (f finding) failed(err error, otherwise string) finding {
	found, do := said(err)
	if do == "" {
		do = otherwise
	}
	return f.fact("error", err.Error()).bad(found, do)
}

func (f finding) done() Finding {
	return Finding{State: f.state, Found: strings.Join(f.found, " "), Do: strings.Join(f.do, " "), Facts: f.facts}
}

// said is an error as two sentences: what is the matter, and what can be done. Of the
// errors that a driver wraps the first that has advice speaks.
func said(err error) (found, do string) {
	var advises interface {
		error
		Hint() string
	}
	if errors.As(err, &advises) {
		return sentence(advises.Error()), advises.Hint()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "It did not answer in time.", ""
	}
	return sentence(err.Error()), ""
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	text = string(unicode.ToUpper(first)) + text[size:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// span is a time in words.
func span(d time.Duration) string {
	unit := func(n int64, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%d %ss", n, name)
	}
	switch d = d.Abs(); {
	case d < time.Second:
		return unit(d.Milliseconds(), "millisecond")
	case d < 2*time.Minute:
		return unit(int64(d.Round(time.Second).Seconds()), "second")
	case d < 2*time.Hour:
		return unit(int64(d.Round(time.Minute).Minutes()), "minute")
	case d < 48*time.Hour:
		return unit(int64(d.Round(time.Hour).Hours()), "hour")
	}
	return unit(int64(d.Round(24*time.Hour).Hours()/24), "day")
}

// moment is a point in time, as people read it.
func moment(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }
