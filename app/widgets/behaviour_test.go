package widgets

import (
	"image"
	"image/color"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"countersign/protocol/money"
)

// laidOut puts one widget in a room at the window's corner.
func laidOut(t *testing.T, object fyne.CanvasObject, room fyne.Size) fyne.Window {
	t.Helper()
	window := test.NewTempWindow(t, container.NewWithoutLayout(object))
	window.SetPadded(false)
	window.Resize(room)
	object.Resize(room)
	return window
}

// shown draws one widget in a room at the window's corner. It is not for the race detector.
func shown(t *testing.T, object fyne.CanvasObject, room fyne.Size) *image.NRGBA {
	t.Helper()
	return laidOut(t, object, room).Canvas().Capture().(*image.NRGBA)
}

func count(picture *image.NRGBA, c color.NRGBA) (n int) {
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if picture.NRGBAAt(x, y) == c {
				n++
			}
		}
	}
	return n
}

func TestAmountIsAsLargeAsItsRoom(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Appearance{}))
	for _, tt := range []struct {
		minor       int64
		room        fyne.Size
		least, most float32
	}{
		{7800, fyne.NewSize(800, 200), AmountLarge, AmountLarge},
		{money.MaxMinor, fyne.NewSize(800, 200), AmountSmall, AmountLarge},
		{7800, fyne.NewSize(372, 110), AmountSmall, AmountLarge},
		{money.MaxMinor, fyne.NewSize(300, 110), SmallestText, AmountSmall},
	} {
		a := NewAmountDisplay(money.Amount{Minor: tt.minor, Currency: money.CNY}.Parts("en"), fyne.TextAlignTrailing)
		laidOut(t, a, tt.room)
		if got := a.FittedSize(); got < tt.least || got > tt.most {
			t.Errorf("%d in %v is written at %v, want %v to %v", tt.minor, tt.room, got, tt.least, tt.most)
		}
	}
}

func TestChoicesTurnPages(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Appearance{}))
	var told []int
	choices := make([]Choice, 7)
	for i := range choices {
		choices[i] = Choice{Title: "Account", Detail: "ends in 1234"}
	}
	list := NewChoiceList(choices, -1, "Back", "Next", func(i int) { told = append(told, i) })
	laidOut(t, list, fyne.NewSize(372, 340))
	visible := func() (rows []int) {
		for i, row := range list.rows {
			if row.Visible() {
				rows = append(rows, i)
			}
		}
		return rows
	}
	seen := map[int]bool{}
	for range 7 {
		for _, i := range visible() {
			seen[i] = true
			if bottom := list.rows[i].Position().Y + list.rows[i].Size().Height; bottom > 340-Touch {
				t.Errorf("row %d ends at %v, over the page keys", i, bottom)
			}
			if list.rows[i].Size().Height < Touch {
				t.Errorf("row %d is %v high", i, list.rows[i].Size().Height)
			}
		}
		test.Tap(list.next)
	}
	if len(seen) != 7 || !list.next.Disabled() || list.back.Disabled() {
		t.Errorf("pages showed %v; next disabled %v", seen, list.next.Disabled())
	}
	test.Tap(list.rows[6])
	test.Tap(list.rows[6])
	list.rows[5].TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	list.Choose(99)
	if list.Chosen() != 5 || len(told) != 2 || told[0] != 6 {
		t.Errorf("chosen %d, told %v", list.Chosen(), told)
	}
}

func TestPreviewOutlinesWhatWasFound(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	green := role(app.Settings().Theme(), ColorGo)
	preview := NewCameraPreview("no camera")
	preview.SetFrame(image.NewRGBA(image.Rect(0, 0, 640, 480)))
	laidOut(t, preview, fyne.NewSize(640, 480))
	outline := test.WidgetRenderer(preview).(*previewRenderer).outline
	for i, change := range []func(){func() {}, func() { preview.SetFound([4]image.Point{{100, 100}, {300, 100}, {300, 300}, {100, 300}}) }, preview.ClearFound} {
		change()
		for _, line := range outline {
			if line.Visible() != (i == 1) {
				t.Errorf("after change %d a line of the outline is visible: %v", i, line.Visible())
			}
		}
	}
	if at := outline[1]; at.Position1 != fyne.NewPos(300, 100) || at.Position2 != fyne.NewPos(300, 300) {
		t.Errorf("the outline's right side goes from %v to %v", at.Position1, at.Position2)
	}
	if underRace {
		return
	}
	if n := count(shown(t, preview, fyne.NewSize(640, 480)), green); n != 0 {
		t.Errorf("%d pixels of outline before anything was found", n)
	}
	preview.SetFound([4]image.Point{{100, 100}, {300, 100}, {300, 300}, {100, 300}})
	picture := shown(t, preview, fyne.NewSize(640, 480))
	for _, at := range []image.Point{{200, 100}, {300, 200}, {200, 300}, {100, 200}} {
		if picture.NRGBAAt(at.X, at.Y) != green {
			t.Errorf("no outline at %v: %v", at, picture.NRGBAAt(at.X, at.Y))
		}
	}
	preview.ClearFound()
	if n := count(shown(t, preview, fyne.NewSize(640, 480)), green); n != 0 {
		t.Errorf("%d pixels of outline after it was cleared", n)
	}
}

func TestFingerRingFills(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	green := role(app.Settings().Theme(), ColorGo)
	last := -1
	for _, fraction := range []float64{0, 0.25, 0.5, 0.75, 1} {
		ring := NewFingerProgress(240)
		ring.SetFraction(fraction)
		laidOut(t, ring, fyne.NewSize(240, 240))
		if ring.Fraction() != fraction {
			t.Errorf("%v shows %v", fraction, ring.Fraction())
		}
		if underRace {
			continue
		}
		n := count(shown(t, ring, fyne.NewSize(240, 240)), green)
		if n <= last {
			t.Errorf("at %v the ring has %d pixels, before %d", fraction, n, last)
		}
		last = n
	}
	ring := NewFingerProgress(240)
	for fraction, want := range map[float64]float64{-1: 0, 7: 1} {
		if ring.SetFraction(fraction); ring.Fraction() != want {
			t.Errorf("%v shows %v", fraction, ring.Fraction())
		}
	}
	if ring.SetFraction(math.NaN()); math.IsNaN(ring.Fraction()) {
		t.Error("the ring shows NaN")
	}
}

func TestCountdown(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	amber := role(app.Settings().Theme(), ColorAttention)
	c := NewCountdown(time.Minute)
	for _, tt := range []struct {
		left  time.Duration
		text  string
		hurry bool
	}{{time.Minute, "01:00", false}, {51*time.Second + time.Millisecond, "00:52", false}, {10 * time.Second, "00:10", true}, {time.Millisecond, "00:01", true}, {-time.Second, "00:00", true}} {
		c.SetRemaining(tt.left, time.Minute)
		laidOut(t, c, fyne.NewSize(240, 64))
		if marked := test.WidgetRenderer(c).(*countdownRenderer).mark.Visible(); c.Text() != tt.text || marked != tt.hurry {
			t.Errorf("%v shows %s, mark %v", tt.left, c.Text(), marked)
		}
		if underRace {
			continue
		}
		if hurry := count(shown(t, c, fyne.NewSize(240, 64)), amber) > 0; hurry != tt.hurry {
			t.Errorf("%v shows %s, attention %v", tt.left, c.Text(), hurry)
		}
	}
}

func TestMarksDifferInShape(t *testing.T) {
	th := NewTheme(Appearance{})
	shapes := map[string]Meaning{}
	for _, meaning := range []Meaning{Quiet, Good, Attention, Refusal} {
		picture := paint(64, 64, markLayers(th, meaning))
		silhouette := make([]byte, 0, 64*64)
		for i := 3; i < len(picture.Pix); i += 4 {
			silhouette = append(silhouette, picture.Pix[i]>>7)
		}
		if other, same := shapes[string(silhouette)]; same {
			t.Errorf("%v and %v have one outline", meaning, other)
		}
		shapes[string(silhouette)] = meaning
	}
}

// TestWrapping holds the line breaks: nothing is lost, and no line begins or ends with what must not stand there.
func TestWrapping(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Appearance{}))
	lines, whole := wrap("请勿重复收款。如果一直没有结果，付款会撤销。", 130, 22, fyne.TextStyle{}, false)
	if !whole || len(lines) < 3 {
		t.Errorf("lines %q", lines)
	}
	for _, line := range lines {
		if first := []rune(line)[0]; first == '。' || first == '，' {
			t.Errorf("a line begins with %c", first)
		}
		if w := textWidth(line, 22, fyne.TextStyle{}); w > 130.5 {
			t.Errorf("%q is %v wide", line, w)
		}
	}
	// A hanzi at the end, with its full stop, takes the one before it along.
	for _, words := range []string{"然后将付款码对准摄像头。", "请再贴同一部手机"} {
		long := textWidth(words, 22, fyne.TextStyle{})
		for width := long / 3; width < long; width += 3 {
			lines, _ := wrap(words, width, 22, fyne.TextStyle{}, false)
			if strings.Join(lines, "") != words {
				t.Errorf("%q became %q", words, lines)
			}
			if last := strings.TrimRight(lines[len(lines)-1], "。"); len([]rune(last)) < 2 {
				t.Errorf("at %v wide %q stands alone", width, last)
			}
		}
	}
	p := Body("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen")
	p.Resize(fyne.NewSize(120, 200))
	if p.FittedSize() != SmallestText {
		t.Errorf("a word too long for its room is written at %v", p.FittedSize())
	}
}

func TestStatusRowSaysOnlyWhatMatters(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	red := role(app.Settings().Theme(), ColorRefusal)
	row := NewStatusRow()
	row.SetStatuses(Status{"camera", Quiet, "Camera missing"}, Status{"sensor", Quiet, ""})
	quiet := row.MinSize().Width
	if underRace {
		laidOut(t, row, fyne.NewSize(400, 32))
	} else if n := count(shown(t, row, fyne.NewSize(400, 32)), red); n != 0 {
		t.Errorf("a quiet row has %d red pixels", n)
	}
	row.SetStatuses(Status{"camera", Refusal, "Camera missing"}, Status{"sensor", Quiet, ""})
	if row.MinSize().Width <= quiet {
		t.Error("a missing camera is not said in words")
	}
	if underRace {
		laidOut(t, row, fyne.NewSize(400, 32))
	} else if n := count(shown(t, row, fyne.NewSize(400, 32)), red); n == 0 {
		t.Error("a missing camera shows no red")
	}
	if row.SetStatuses(); len(row.Statuses()) != 0 {
		t.Error("the row cannot be emptied")
	}
}
