package health

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// watcher is one whose service and examination answer by how many seconds have gone by.
func watcher(service func(second int) (State, error), examine func(second int) ([]string, error)) Watcher {
	began := time.Now()
	second := func() int { return int(time.Since(began) / time.Second) }
	w := Watcher{Settle: 20 * time.Second, Limit: 2 * time.Minute, Every: time.Second,
		Service: func(context.Context) (State, error) { return service(second()) }}
	if examine != nil {
		w.Examine = func(context.Context) ([]string, error) { return examine(second()) }
	}
	return w
}

func TestWait(t *testing.T) {
	runs := func(int) (State, error) { return State{true, "a"}, nil }
	tests := map[string]struct {
		service func(int) (State, error)
		examine func(int) ([]string, error)
		before  []string
		takes   time.Duration // 0: it does not come up
		says    string
	}{
		"runs":           {service: runs, takes: 20 * time.Second},
		"runs, well":     {service: runs, examine: func(int) ([]string, error) { return nil, nil }, takes: 20 * time.Second},
		"bad as before":  {service: runs, examine: func(int) ([]string, error) { return []string{"printer"}, nil }, before: []string{"printer", "camera"}, takes: 20 * time.Second},
		"bad":            {service: runs, examine: func(int) ([]string, error) { return []string{"camera", "printer"}, nil }, before: []string{"printer"}, says: "camera"},
		"bad for a time": {service: runs, examine: func(s int) ([]string, error) { return map[bool][]string{true: {"camera"}}[s < 50], nil }, takes: 50 * time.Second},
		"cannot be examined": {service: runs, examine: func(int) ([]string, error) { return nil, errors.New("no such program") },
			says: "no such program"},
		"never starts":  {service: func(int) (State, error) { return State{}, nil }, says: "not active"},
		"starts late":   {service: func(s int) (State, error) { return State{s >= 40, "a"}, nil }, takes: 60 * time.Second},
		"restarts once": {service: func(s int) (State, error) { return State{true, map[bool]string{true: "a", false: "b"}[s < 15]}, nil }, takes: 35 * time.Second},
		"restarts":      {service: func(s int) (State, error) { return State{true, strings.Repeat("a", s/10)}, nil }, says: "restarts"},
		"dies":          {service: func(s int) (State, error) { return State{s%15 < 14, "a"}, nil }, says: "did not come up"},
		"nobody knows":  {service: func(int) (State, error) { return State{}, errors.New("no bus") }, says: "no bus"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := watcher(test.service, test.examine).Wait(t.Context(), test.before)
				took := time.Since(began)
				if test.takes > 0 && (err != nil || took != test.takes) {
					t.Errorf("%v after %v, want %v", err, took, test.takes)
				}
				if test.takes == 0 && (!errors.Is(err, ErrUnhealthy) || took != 2*time.Minute || !strings.Contains(err.Error(), test.says)) {
					t.Errorf("%v after %v", err, took)
				}
			})
		})
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		err := watcher(func(int) (State, error) { return State{}, nil }, nil).Wait(ctx, nil)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrUnhealthy) {
			t.Errorf("have %v", err)
		}
	})
}

func TestBefore(t *testing.T) {
	examine := func(int) ([]string, error) { return []string{"printer"}, nil }
	for name, test := range map[string]struct {
		w    Watcher
		want []string
	}{
		"runs":                {watcher(func(int) (State, error) { return State{true, "a"}, nil }, examine), []string{"printer"}},
		"does not run":        {watcher(func(int) (State, error) { return State{}, nil }, examine), nil},
		"without examination": {watcher(func(int) (State, error) { return State{true, "a"}, nil }, nil), nil},
	} {
		if have := test.w.Before(t.Context()); !slices.Equal(have, test.want) {
			t.Errorf("%s: %q", name, have)
		}
	}
}

// A doctor that ends with status 1 has found something; any other way it has failed.
func TestDoctor(t *testing.T) {
	script := func(text string) string {
		path := filepath.Join(t.TempDir(), "doctor")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lines := `cat <<'END'
{"check":"camera","title":"Camera","state":"bad","found":"No picture.","do":"Plug it in.","ms":3}
{"check":"settlement","title":"Settlement","state":"bad","found":"Not reached.","ms":9}
{"check":"printer","title":"Printer","state":"warn","found":"Little paper.","ms":9}
{"check":"token","title":"Token","state":"ok","found":"Open.","ms":1}
END
`
	bad, err := Doctor(script(lines + "exit 1"))(t.Context())
	if err != nil || !slices.Equal(bad, []string{"camera"}) {
		t.Errorf("%q, %v", bad, err)
	}
	for name, text := range map[string]string{
		"crashed":       lines + "kill -9 $$",
		"called wrong":  "exit 2",
		"silent":        "exit 0",
		"not a finding": `echo '{"check":"camera","state":"fine"}'`,
		"not JSON":      "echo usage",
		"too much":      "head -c 2000000 /dev/zero",
	} {
		if bad, err := Doctor(script(text))(t.Context()); err == nil {
			t.Errorf("%s: %q", name, bad)
		}
	}
}

func TestShow(t *testing.T) {
	for text, want := range map[string]State{
		"ActiveState=active\nInvocationID=2f\n":     {true, "2f"},
		"InvocationID=2f\nActiveState=activating\n": {false, "2f"},
		"ActiveState=inactive\nInvocationID=\n":     {false, ""},
		"ActiveState=active\n":                      {false, ""},
	} {
		if have, err := parseShow([]byte(text)); err != nil || have != want {
			t.Errorf("%q: %+v, %v", text, have, err)
		}
	}
	if _, err := parseShow([]byte("Failed to connect to bus\n")); err == nil {
		t.Error("nothing is an answer")
	}
}

func FuzzFindings(f *testing.F) {
	f.Add([]byte(`{"check":"camera","state":"bad"}`+"\n"), []byte("ActiveState=active\nInvocationID=1\n"))
	f.Fuzz(func(t *testing.T, findings, show []byte) {
		bad, err := parseFindings(findings)
		for _, name := range bad {
			if err != nil || !checkForm.MatchString(name) {
				t.Errorf("%q, %v", name, err)
			}
		}
		if s, err := parseShow(show); s.Active && (err != nil || s.Run == "") {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
