package narration

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/protocol/steps"
)

// happened is a step in a party's log.
type happened struct {
	party  string
	step   steps.Step
	sale   string
	number int
}

// hear has a narrator hear what happened, by way of a real log.
func hear(n *Narrator, events ...happened) {
	for _, h := range events {
		var line bytes.Buffer
		args := []any{"sale", h.sale, "result", "paid"}
		if h.number > 0 {
			args = append(args, "number", h.number)
		}
		steps.Log(context.Background(), slog.New(slog.NewJSONHandler(&line, nil)), h.step, 1900*time.Microsecond, args...)
		c := chronicle.New(time.Now)
		c.Logged(h.party, line.Bytes())
		e, _, _ := c.Wait(context.Background(), 0, func(chronicle.Event) bool { return true })
		n.Hear(e)
	}
}

// enrol has a narrator hear that devices were certified, 2.3 ms each.
func enrol(n *Narrator, roles ...string) {
	for _, role := range roles {
		var line bytes.Buffer
		steps.Log(context.Background(), slog.New(slog.NewJSONHandler(&line, nil)), steps.Enrolled, 2300*time.Microsecond, "role", role, "subject", "X-1")
		c := chronicle.New(time.Now)
		c.Logged("authority", line.Bytes())
		e, _, _ := c.Wait(context.Background(), 0, func(chronicle.Event) bool { return true })
		n.Hear(e)
	}
	n.Enrolled()
}

// sale is a whole one, as the logs of all parties have it, in an order in which
// the pipes may deliver it.
func sale(name string, number int) []happened {
	return []happened{
		{"terminal", 2, "00000000", number}, {"terminal", 3, name, number},
		{"wallet", 4, name, 0}, {"wallet", 5, name, 0}, {"wallet", 6, name, 0},
		{"terminal", 8, name, number}, {"wallet", 7, name, 0}, // 8 overtook 7
		{"terminal", 9, name, number}, {"terminal", 10, name, number},
		{"terminal", 11, name, number}, {"terminal", 12, name, number},
		{"settlement", 13, name, 0}, {"settlement", 14, name, 0}, {"settlement", 15, name, 0},
		{"terminal", 13, name, number}, {"terminal", 15, name, number},
	}
}

func told(n *Narrator) (list []int) {
	for _, s := range n.Told() {
		list = append(list, int(s.Step))
	}
	return list
}

var all = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

func TestFifteenStepsInOrderOnce(t *testing.T) {
	var out strings.Builder
	n := New(&out, "en")
	enrol(n, "settlement", "wallet")
	hear(n, sale("0a0b0c0d", 1)...)
	hear(n, happened{"wallet", 4, "ffffffff", 0}, happened{"wallet", 4, "0a0b0c0d", 0}) // another sale; once more
	if got := told(n); !slices.Equal(got, all) {
		t.Errorf("told %v", got)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 15 {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, fmt.Sprintf("%2d  %s ", i+1, steps.Step(i+1).What())) {
			t.Errorf("line %q", line)
		}
	}
	if want := " 3  request signed and shown, scramble code kept in the token     1.9 ms   terminal"; lines[2] != want {
		t.Errorf("got  %q\nwant %q", lines[2], want)
	}
	if !strings.HasSuffix(lines[0], " 4.6 ms   settlement, wallet") || !strings.HasSuffix(lines[13], "settlement") {
		t.Errorf("%q, %q", lines[0], lines[13])
	}
}

// The second sale is told as the first was; what still comes of the first is not
// mixed in.
func TestSecondSale(t *testing.T) {
	n := New(&strings.Builder{}, "zh")
	enrol(n, "wallet")
	first, second := sale("aaaaaaaa", 1), sale("bbbbbbbb", 2)
	hear(n, first[:14]...)
	hear(n, second[:5]...)
	hear(n, first[14:]...)
	hear(n, second[5:]...)
	if got := told(n); !slices.Equal(got, all) {
		t.Errorf("told %v", got)
	}
}

// A phone that takes the finger itself does so before it signs.
func TestFingerOnThePhone(t *testing.T) {
	n := New(&strings.Builder{}, "en")
	enrol(n, "wallet")
	events := slices.DeleteFunc(sale("aaaaaaaa", 1), func(h happened) bool { return h.step == 11 })
	events = slices.Insert(events, 4, happened{"wallet", 11, "aaaaaaaa", 0})
	hear(n, events...)
	if got := n.Told(); len(got) != 15 || got[10].Party != "wallet" {
		t.Errorf("told %v", got)
	}
}

// A sale whose answer was lost has no step 13 of the terminal's; what settlement
// did all the same is told at the end.
func TestEndTellsWhatWaits(t *testing.T) {
	n := New(&strings.Builder{}, "en")
	hear(n, slices.DeleteFunc(sale("aaaaaaaa", 1), func(h happened) bool { return h.step == 13 })...)
	if got := told(n); !slices.Equal(got, all[1:12]) {
		t.Errorf("told %v", got)
	}
	n.End()
	if got := told(n); !slices.Equal(got, append(slices.Clone(all[1:12]), 14, 15)) {
		t.Errorf("told %v in the end", got)
	}
}

// What a party says instead of a step is told between the steps.
func TestRefusals(t *testing.T) {
	var out strings.Builder
	n := New(&out, "en")
	c := chronicle.New(time.Now)
	say := func(party, message string, args ...any) {
		var line bytes.Buffer
		slog.New(slog.NewJSONHandler(&line, nil)).Info(message, args...)
		c.Logged(party, line.Bytes())
	}
	say("terminal", "code refused", "reason", "other-sale")
	say("settlement", "refused", "step", 14, "result", "funds", "why", "no need to know")
	say("terminal", "sale ended here", "ending", "cancelled", "reason", "")
	say("authority", "code refused", "reason", "used")
	for i := range c.Len() {
		e, _, _ := c.Wait(t.Context(), i, func(chronicle.Event) bool { return true })
		n.Hear(e)
	}
	hear(n, happened{"terminal", 2, "00000000", 1}, happened{"terminal", 3, "aa", 1}, happened{"terminal", 8, "aa", 1})
	say("terminal", "code refused", "reason", "damaged") // it was another code; the payment's comes later
	say("settlement", "step", "step", 15, "ms", 1, "sale", "aa", "result", "funds")
	for i := range c.Len() {
		if e, found := c.Find(i, i+1, func(e chronicle.Event) bool { return i >= 4 }); found {
			n.Hear(e)
		}
	}
	n.End()
	if lines := strings.Split(out.String(), "\n"); !strings.Contains(lines[len(lines)-2], refused) || !slices.Equal(told(n), []int{2, 3, 15}) {
		t.Errorf("told %v\n%s", told(n), out.String())
	}
	want := "    · terminal: code refused: other-sale\n    · settlement: refused: funds\n    · terminal: sale ended here: cancelled\n"
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("told\n%s", out.String())
	}
}

// tapped has a narrator hear steps of taps at their times, in an order in which the
// pipes may deliver them.
func tapped(n *Narrator, events ...tapEvent) {
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, e := range events {
		c := chronicle.New(time.Now)
		line := fmt.Sprintf(`{"time":%q,"msg":"step","tap":%q,"ms":1.5,"number":1,"status":%q}`,
			base.Add(time.Duration(e.at)*time.Millisecond).Format(time.RFC3339Nano), e.step, e.status)
		c.Logged(e.party, []byte(line))
		heard, _ := c.Find(0, 1, func(chronicle.Event) bool { return true })
		n.Hear(heard)
	}
}

type tapEvent struct {
	at     int
	party  string
	step   steps.TapStep
	status string
}

func TestTapsInOrder(t *testing.T) {
	const d = "deducted"
	whole := []tapEvent{
		{3, "wallet", 3, ""}, {2, "terminal", 2, ""}, {5, "wallet", 5, ""}, {6, "wallet", 6, ""}, {4, "terminal", 4, ""},
		{7, "wallet", 7, ""}, {9, "wallet", 9, d}, {8, "terminal", 8, ""}, {10, "terminal", 9, d},
	}
	// later is the same tap with another time.
	later := func(events []tapEvent, by int) []tapEvent {
		events = slices.Clone(events)
		for i := range events {
			events[i].at += by
		}
		return events
	}
	out := func(language string, events ...tapEvent) (*Narrator, string) {
		var out strings.Builder
		n := New(&out, language)
		tapped(n, events...)
		return n, out.String()
	}
	numbers := func(text string) (list string) {
		for line := range strings.Lines(text) {
			list += strings.Fields(line)[0] + " "
		}
		return list
	}
	const all = "S2 S3 S4 S5 S6 S7 S8 S9 "
	n, text := out("en", whole...)
	if numbers(text) != all || len(n.Taps()) != 8 || n.Taps()[7].Status != d {
		t.Errorf("told\n%s", text)
	}
	if _, text := out("zh", later(append(slices.Clone(whole), later(whole, 100)...), 5)...); numbers(text) != all+all || !strings.Contains(text, "S6  加密卡号") {
		t.Errorf("twice, told\n%s", text)
	}
	// A phone that was taken away after S4, then another; what the first still tells late.
	torn := append(slices.Clone(whole[:2]), whole[4])
	if _, text := out("en", append(torn, later(whole, 50)...)...); numbers(text) != "S2 S3 S4 "+all {
		t.Errorf("after one that was torn, told\n%s", text)
	}
	n, text = out("en", whole[0], whole[1], whole[3])
	n.End()
	if numbers(text) != "S2 S3 " || len(n.Taps()) != 3 {
		t.Errorf("what waits is told in the end: %v\n%s", n.Taps(), text)
	}
	if _, text := out("en", append(slices.Clone(whole[:6]), whole[7], tapEvent{9, "wallet", 9, "funds"})...); !strings.Contains(text, undeducted+"funds") {
		t.Errorf("told\n%s", text)
	}
}

// S1 is told once with step 1, and whenever it happens later.
func TestLoaded(t *testing.T) {
	var out strings.Builder
	n := New(&out, "en")
	tapped(n, tapEvent{0, "wallet", 1, ""}, tapEvent{1, "wallet", 1, ""})
	enrol(n, "wallet")
	tapped(n, tapEvent{2, "wallet", 1, ""})
	if got := strings.Count(out.String(), "\nS1 "); got != 2 || strings.HasPrefix(out.String(), "S1") {
		t.Errorf("told\n%s", out.String())
	}
}

func TestEveryTapStepHasItsDoerAndItsChinese(t *testing.T) {
	for s := steps.TapLoaded; s <= steps.TapPaid; s++ {
		if tapChinese[s] == "" || tapDoers[s] == "" {
			t.Errorf("step %v", s)
		}
	}
}

func TestEveryStepHasItsDoerAndItsChinese(t *testing.T) {
	for s := steps.Enrolled; s <= steps.Answered; s++ {
		if chinese[s] == "" || s > steps.Enrolled && len(doers[s]) == 0 {
			t.Errorf("step %d", s)
		}
	}
}
