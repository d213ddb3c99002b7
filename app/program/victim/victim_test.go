package victim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// said decodes what a victim has said.
func said(t *testing.T, out io.Reader) (words []Word) {
	t.Helper()
	for d := json.NewDecoder(out); ; {
		var w Word
		if err := d.Decode(&w); err == io.EOF {
			return words
		} else if err != nil {
			t.Fatal(err)
		}
		words = append(words, w)
	}
}

func TestAnArmedPointEndsTheProcessAtTheRightHit(t *testing.T) {
	var out bytes.Buffer
	talk := NewTalk(strings.NewReader(`{"do":"arm","points":["a","b"],"after":3,"stand":true}`+"\n"), &out)
	points := NewPoints(talk)
	ended := errors.New("ended")
	points.end = func(stand bool) {
		if !stand {
			t.Error("killed, not standing still")
		}
		panic(ended)
	}
	if err := talk.Orders(points, func(Order) error { return nil }); err != nil {
		t.Fatal(err)
	}
	hits := 0
	func() {
		defer func() {
			if r := recover(); r != ended {
				t.Errorf("%v", r)
			}
		}()
		for _, name := range []string{"c", "a", "c", "b", "c", "b", "a"} {
			hits++
			points.Hit(name)
		}
	}()
	if hits != 6 {
		t.Errorf("ended at hit %d, want 6", hits)
	}
	if words := said(t, &out); len(words) != 1 || words[0].Say != Dying || words[0].Point != "b" || !words[0].Stand {
		t.Errorf("said %+v", words)
	}
}

func TestOrders(t *testing.T) {
	var out bytes.Buffer
	talk := NewTalk(strings.NewReader(`{"do":"arm","points":["a"]}
{"do":"disarm"}
{"do":"dance","with":{"how":"slowly"}}
{"do":"sing"}
`), &out)
	points := NewPoints(talk)
	points.end = func(bool) { t.Error("ended at a disarmed point") }
	var obeyed []string
	err := talk.Orders(points, func(o Order) error {
		points.Hit("a")
		obeyed = append(obeyed, o.Do+string(o.With))
		if o.Do == "sing" {
			return errors.New("no voice")
		}
		talk.Answer("danced", 1)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(obeyed, " "); got != `dance{"how":"slowly"} sing` {
		t.Error(got)
	}
	words := said(t, &out)
	if len(words) != 3 || words[0].Say != Disarm || string(words[1].Data) != "1" || words[2].Say != Wrong || string(words[2].Data) != `"sing: no voice"` {
		t.Errorf("said %+v", words)
	}
	if err := NewTalk(strings.NewReader("what?\n"), io.Discard).Orders(points, nil); err == nil {
		t.Error("obeyed what is no order")
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if !Pause(t.Context(), time.Hour) || time.Since(began) != time.Hour {
			t.Errorf("paused for %v", time.Since(began))
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if Pause(ctx, time.Hour) || time.Since(began) != time.Hour+time.Minute {
			t.Errorf("overtaken, paused until %v", time.Since(began))
		}
	})
}
