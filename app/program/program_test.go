package program_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/app/program"
	"countersign/protocol/problem"
)

// advised is an error that knows what a person can do.
type advised struct{}

func (advised) Error() string { return "it is not plugged in" }
func (advised) Hint() string  { return "Plug it in." }

func TestRun(t *testing.T) {
	errOwn := errors.New("of the program's own")
	ends := func(err error) program.Command {
		return func(context.Context, []string, io.Writer, io.Writer) error { return err }
	}
	p := program.Program{
		Usage: "usage: shop <command>\n",
		Hint: func(err error) string {
			if errors.Is(err, errOwn) {
				return "Do it yourself."
			}
			return ""
		},
		Commands: map[string]program.Command{
			"open": ends(nil), "wait": ends(errors.New("nobody came")), "plug": ends(fmt.Errorf("open: %w", advised{})),
			"ask": ends(problem.New(503, problem.Busy, "", "Come back.")), "own": ends(errOwn), "lock": ends(program.Usagef("--key is needed")),
			"door close": func(_ context.Context, args []string, out, errOut io.Writer) error {
				flags := program.NewFlags("shop door close", errOut)
				softly := flags.Bool("softly", false, "no noise")
				name := flags.String("name", "", "whose door")
				if err := program.Parse(flags, args); err != nil {
					return err
				}
				if err := program.Need(flags, "name"); err != nil {
					return err
				}
				_, err := fmt.Fprintln(out, *name, *softly)
				return err
			},
		},
	}
	for _, c := range []struct {
		args     string
		status   int
		out, err string // what each must have; "" is nothing at all
	}{
		{"", 2, "", "usage: shop"},
		{"door", 2, "", "usage: shop"},
		{"help", 0, "usage: shop", ""},
		{"--help", 0, "usage: shop", ""},
		{"open", 0, "", ""},
		{"wait", 1, "", "error: nobody came\n"},
		{"plug", 1, "", "error: open: it is not plugged in\nhint: Plug it in.\n"},
		{"ask", 1, "", "hint: Come back.\n"},
		{"own", 1, "", "hint: Do it yourself.\n"},
		{"lock", 2, "", "error: wrong usage: --key is needed\n\nusage: shop"},
		{"door close --name front --softly", 0, "front true\n", ""},
		{"door close", 2, "", "needs --name"},
		{"door close --name=", 2, "", "needs --name"},
		{"door close --name front now", 2, "", `unexpected "now"`},
		{"door close --nme front", 2, "", "nme"},
		{"door close --help", 0, "", "whose door"},
	} {
		var out, errOut bytes.Buffer
		status := p.Run(t.Context(), strings.Fields(c.args), &out, &errOut)
		if status != c.status || !said(out.String(), c.out) || !said(errOut.String(), c.err) {
			t.Errorf("%q: status %d, out %q, err %q", c.args, status, out.String(), errOut.String())
		}
	}
}

func said(have, want string) bool {
	return (have == "") == (want == "") && strings.Contains(have, want)
}

func TestList(t *testing.T) {
	for text, want := range map[string][]string{"": nil, " , ": nil, "a": {"a"}, "a, b,,c ": {"a", "b", "c"}} {
		if have := program.List(text); !slices.Equal(have, want) {
			t.Errorf("%q: %q", text, have)
		}
	}
}

// The log is added to, and only its owner reads it.
func TestLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	for _, line := range []string{"first", "second"} {
		log, closeLog, err := program.OpenLog(file, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		log.Info(line, slog.Int("n", 1))
		if err := closeLog(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), `"msg":"second","n":1}`) {
		t.Errorf("%v, %s", err, text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	var errOut bytes.Buffer
	log, closeLog, err := program.OpenLog("", &errOut)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("said")
	if closeLog() != nil || !strings.Contains(errOut.String(), `"msg":"said"`) {
		t.Errorf("%s", errOut.String())
	}
	if _, _, err := program.OpenLog(filepath.Join(file, "below a file"), io.Discard); err == nil {
		t.Error("a log where none can be")
	}
}
