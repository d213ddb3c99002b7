package screens

import (
	"context"
	"time"
)

// quietly is how long an answer may take before a page says that it is looked for.
const quietly = 250 * time.Millisecond

// ask names a question of a page; a later one of the same name takes its place.
type ask struct {
	page page
	what string
}

type asked struct {
	stop context.CancelFunc
	slow bool
}

// look asks something away from Fyne's goroutine and tells the answer on it. It is ended, and the answer dropped, when the
// page is left or asks the same anew.
func look[T any](o *Office, p page, what string, find func(context.Context) (T, error), done func(T, error)) {
	key := ask{p, what}
	if before := o.asks[key]; before != nil {
		before.stop()
	}
	ctx, stop := context.WithCancel(o.life)
	mine := &asked{stop: stop}
	o.asks[key] = mine
	run(o, ctx, find, func(answer T, err error) {
		stop()
		if o.asks[key] == mine {
			delete(o.asks, key)
			done(answer, err)
		}
	}, func() {
		if o.asks[key] == mine {
			mine.slow = true
			if o.top() == p {
				o.refresh()
			}
		}
	})
}

// act does something that goes on whoever looks; done is called as long as the page has not been left.
func act[T any](o *Office, p page, do func(context.Context) (T, error), done func(T, error)) {
	run(o, o.life, do, func(answer T, err error) {
		for _, there := range o.pages {
			if there == p {
				done(answer, err)
				return
			}
		}
	}, nil)
}

// run calls work on a goroutine of the office's and hands its answer to Fyne's; late is called there when it takes long.
func run[T any](o *Office, ctx context.Context, work func(context.Context) (T, error), done func(T, error), late func()) {
	o.running.Add(1)
	go func() {
		defer o.running.Done()
		type result struct {
			answer T
			err    error
		}
		results := make(chan result, 1)
		o.running.Add(1)
		go func() {
			defer o.running.Done()
			answer, err := work(ctx)
			results <- result{answer, err}
		}()
		if late != nil {
			patience := time.NewTimer(quietly)
			select {
			case r := <-results:
				patience.Stop()
				o.stage.Do(func() { o.tell(func() { done(r.answer, r.err) }) })
				return
			case <-patience.C:
				o.stage.Do(func() { o.tell(late) })
			}
		}
		r := <-results
		o.stage.Do(func() { o.tell(func() { done(r.answer, r.err) }) })
	}()
}

// looking says whether a page waits for an answer, and whether it has for long.
func (o *Office) looking(p page, what string) (waits, long bool) {
	a := o.asks[ask{p, what}]
	return a != nil, a != nil && a.slow
}

// forget ends all questions of a page.
func (o *Office) forget(p page) {
	for key, a := range o.asks {
		if key.page == p {
			a.stop()
			delete(o.asks, key)
		}
	}
}
