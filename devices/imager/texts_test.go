package imager

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
)

// TestTextsGoToAllWhoWait: to everybody who waits, each with a want of its own, and to
// nobody who came later.
func TestTextsGoToAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var texts Texts
		if texts.Offer("early") {
			t.Error("somebody waits already")
		}
		got := make([]string, 3)
		var waiting sync.WaitGroup
		for i := range got {
			waiting.Go(func() {
				var err error
				got[i], err = texts.Scan(t.Context(), func(text string) bool { return text == "early" || text == strconv.Itoa(i) })
				if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		for i := range got {
			if !texts.Offer(strconv.Itoa(i)) {
				t.Errorf("nobody waits for %d", i)
			}
			synctest.Wait()
		}
		waiting.Wait()
		for i, text := range got {
			if text != strconv.Itoa(i) {
				t.Errorf("%d got %q", i, text)
			}
		}
		if texts.Offer("late") {
			t.Error("somebody still waits")
		}
	})
}

// TestTextsDoNotWait: whoever is slow to look holds nobody up and gets the oldest ones,
// in their order.
func TestTextsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var texts Texts
		looking := make(chan struct{})
		var seen []string
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := texts.Scan(ctx, func(text string) bool {
				<-looking
				seen = append(seen, text)
				return false
			})
			ended <- err
		}()
		synctest.Wait()
		texts.Offer("0")
		synctest.Wait() // it looks at this one, for long
		for i := range 2 * waitingTexts {
			texts.Offer(strconv.Itoa(i + 1))
		}
		close(looking)
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if len(seen) != 1+waitingTexts || seen[waitingTexts] != strconv.Itoa(waitingTexts) {
			t.Errorf("seen %q", seen)
		}
	})
}
