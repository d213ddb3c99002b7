package codes

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"countersign/app/terminal/sale"
	"countersign/devices/imager"
)

// lost is a camera that is gone, as the terminal's is: it waits, and tells at the end.
type lost struct{}

func (lost) Scan(ctx context.Context, _ func(string) bool) (string, error) {
	<-ctx.Done()
	return "", fmt.Errorf("%w: %w", sale.ErrCameraLost, ctx.Err())
}

// broken fails at once.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Scan(context.Context, func(string) bool) (string, error) { return "", errBroken }

func accept(text string) func(string) bool { return func(s string) bool { return s == text } }

func TestWhicheverReads(t *testing.T) {
	for name, camera := range map[string]sale.CodeReader{"a working camera": &imager.Texts{}, "a lost camera": lost{}, "a broken camera": broken{}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hand, typed := &imager.Texts{}, &imager.Texts{}
				got := make(chan string)
				go func() {
					text, err := Readers{camera, hand, typed}.Scan(t.Context(), accept("good"))
					if err != nil {
						t.Error(err)
					}
					got <- text
				}()
				synctest.Wait()
				if !hand.Offer("bad") || !typed.Offer("good") || !hand.Offer("good") {
					t.Error("nobody waits")
				}
				if text := <-got; text != "good" {
					t.Errorf("%q", text)
				}
				if hand.Offer("good") || typed.Offer("good") {
					t.Error("somebody still waits")
				}
			})
		})
	}
}

func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Readers{lost{}, &imager.Texts{}}).Scan(ctx, accept("x")); !errors.Is(err, sale.ErrCameraLost) || !errors.Is(err, context.Canceled) {
		t.Errorf("a lost camera: %v", err)
	}
	if _, err := (Readers{&imager.Texts{}, &imager.Texts{}}).Scan(ctx, accept("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := (Readers{broken{}, broken{}}).Scan(t.Context(), accept("x")); !errors.Is(err, errBroken) {
		t.Errorf("all broken: %v", err)
	}
}

// TestWantIsAskedByOne: want need not be safe for concurrent use, and is not asked again
// once it has accepted.
func TestWantIsAskedByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hands [8]imager.Texts
		readers := Readers{}
		for i := range hands {
			readers = append(readers, &hands[i])
		}
		asked, accepted := 0, 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, err := readers.Scan(t.Context(), func(string) bool {
				asked++ // the race detector sees
				if asked < 5 {
					return false
				}
				accepted++
				return true
			})
			if err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		for i := range hands {
			go hands[i].Offer("x")
		}
		<-done
		if accepted != 1 {
			t.Errorf("accepted %d times", accepted)
		}
	})
}
