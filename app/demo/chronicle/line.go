package chronicle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"strconv"
	"strings"
	"time"
)

// Entry is a line of a structured log, as log/slog writes it.
type Entry struct {
	Time    time.Time
	Message string
	// Step is the step of CN103985036A, 0 when the entry is about none, and Took
	// how long a step took. See package steps.
	Step int
	// Tap is the step of CN103942678A, 4 for S4, 0 when the entry is about none.
	Tap  int
	Took time.Duration
	// Sale is what package steps calls the sale: the request, shortened; the
	// terminal gives its own Number too.
	Sale   string
	Number uint64

	fields map[string]any
}

// parseEntry reads a line of log/slog's JSON handler.
func parseEntry(line []byte) (*Entry, bool) {
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber() // references are 64 bits
	if err := decoder.Decode(&fields); err != nil {
		return nil, false
	}
	e := &Entry{fields: fields}
	message, ok := fields["msg"].(string)
	stamp, err := time.Parse(time.RFC3339Nano, e.Text("time"))
	if !ok || err != nil {
		return nil, false
	}
	e.Message, e.Time, e.Sale = message, stamp, e.Text("sale")
	e.Number, _ = strconv.ParseUint(e.Text("number"), 10, 64)
	if message == "step" {
		e.Step, _ = strconv.Atoi(e.Text("step"))
		e.Tap, _ = strconv.Atoi(strings.TrimPrefix(e.Text("tap"), "S"))
		ms, _ := strconv.ParseFloat(e.Text("ms"), 64)
		e.Took = time.Duration(ms * float64(time.Millisecond))
	}
	return e, true
}

// Text is an attribute as text, empty when the entry has none of that name.
func (e *Entry) Text(name string) string {
	switch v := e.fields[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// Screen is what a window announced: which screen it shows, and where its
// controls are.
type Screen struct {
	Name     string
	Language string
	Window   image.Point // its size, physical pixels
	// Targets are the controls that can be seen, in the window's pixels.
	Targets map[string]image.Rectangle
}

// parseScreen reads a line of an announcer. Trusted says that it is the trusted
// screen's, which the phone's ordinary program passes on.
func parseScreen(line []byte) (_ *Screen, trusted bool) {
	type announced struct {
		Screen   *string           `json:"screen"`
		Language string            `json:"language"`
		Window   [2]int            `json:"window"`
		Targets  map[string][4]int `json:"targets"`
	}
	var said struct {
		announced
		Trusted *announced `json:"trusted"`
	}
	if err := json.Unmarshal(line, &said); err != nil {
		return nil, false
	}
	if said.Trusted != nil {
		said.announced, trusted = *said.Trusted, true
	}
	if said.Screen == nil {
		return nil, false
	}
	s := &Screen{Name: *said.Screen, Language: said.Language, Window: image.Pt(said.Window[0], said.Window[1]),
		Targets: make(map[string]image.Rectangle, len(said.Targets))}
	for id, t := range said.Targets {
		s.Targets[id] = image.Rect(t[0], t[1], t[0]+t[2], t[1]+t[3])
	}
	return s, trusted
}

// Has says whether a control can be seen.
func (s *Screen) Has(control string) bool {
	at, ok := s.Targets[control]
	return ok && !at.Empty()
}

// Notice is the name of the control that says what was wrong, another one each
// time ("notice.2"); empty when nothing was.
func (s *Screen) Notice() string {
	for id := range s.Targets {
		if strings.HasPrefix(id, "notice.") && s.Has(id) {
			return id
		}
	}
	return ""
}
