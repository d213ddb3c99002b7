package assets

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is a Go file of the programs, tests apart.
type source struct {
	path string
	file *ast.File
}

// sources reads every Go file of the project that is no test.
func sources(t *testing.T) (all []source) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != ".." && strings.HasPrefix(entry.Name(), "."), entry.IsDir() && entry.Name() == "testdata":
			return fs.SkipDir
		case entry.IsDir(), !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, path, text, 0)
		if err != nil {
			return err
		}
		all = append(all, source{path, file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d sources", len(all))
	}
	return all
}

// literals calls visit with every string literal of a file and the calls that it stands in, the innermost last.
func literals(file *ast.File, visit func(text string, calls []string)) {
	var stack []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false // not pushed: Inspect calls no end for it
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if n.Kind != token.STRING || err != nil {
				break
			}
			if field, is := stack[len(stack)-1].(*ast.Field); is && field.Tag == n {
				break
			}
			var calls []string
			for _, above := range stack {
				if call, is := above.(*ast.CallExpr); is {
					switch f := call.Fun.(type) {
					case *ast.SelectorExpr:
						calls = append(calls, f.Sel.Name)
					case *ast.Ident:
						calls = append(calls, f.Name)
					}
				}
			}
			visit(text, calls)
		}
		stack = append(stack, n)
		return true
	})
}

// keyPattern is what a key looks like: its first word is the name of a file of phrases.
func keyPattern(t *testing.T) *regexp.Regexp {
	t.Helper()
	names, err := fs.Glob(files, "translations/en/*.json")
	if err != nil || len(names) < 5 {
		t.Fatalf("files of phrases %v: %v", names, err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(filepath.Base(name), ".json")
	}
	return regexp.MustCompile(`^(` + strings.Join(names, "|") + `)(\.[a-z0-9-]+)+$`)
}

// TestProgramsAndPhrasesAgree: a key that a program names has its phrase, and a phrase is named by some program. Programs name a
// key whole, or put it together from a beginning that ends in a dot and the last words, which stand in a source as they are.
func TestProgramsAndPhrasesAgree(t *testing.T) {
	english := book(t, English)
	key := keyPattern(t)
	said := map[string]bool{} // every literal of the programs
	formats := []*regexp.Regexp{}
	for _, s := range sources(t) {
		if strings.Contains(filepath.ToSlash(s.path), "/app/settlement/") {
			continue // whose page has words of its own
		}
		literals(s.file, func(text string, calls []string) {
			said[text] = true
			if strings.Contains(text, ".%") && key.MatchString(strings.NewReplacer("%d", "0", "%s", "x", "%v", "x").Replace(text)) {
				pattern := strings.NewReplacer("%d", `[0-9]+`, "%s", `[a-z0-9.-]+`, "%v", `[a-z0-9.-]+`).Replace(regexp.QuoteMeta(text))
				formats = append(formats, regexp.MustCompile("^"+pattern+"$"))
			}
			if len(calls) == 0 || !slices.Contains([]string{"Say", "Notice", "say", "notice"}, calls[len(calls)-1]) || !key.MatchString(text) {
				return
			}
			if !english.Has(text) && !english.Has(text+".heading") && !english.Has(text+".text") {
				t.Errorf("%s says %q, which no phrasebook has", s.path, text)
			}
		})
	}
	named := func(key string) bool {
		for _, pattern := range formats {
			if pattern.MatchString(key) {
				return true
			}
		}
		return composed(key, said)
	}
	for _, key := range english.Keys() {
		stem := strings.TrimSuffix(strings.TrimSuffix(key, ".heading"), ".text")
		if !named(key) && !named(stem) {
			t.Errorf("no program says %q", key)
		}
	}
}

// composed says whether a key is one of these texts, or some of them one behind the other, each but the last ending in a dot or a
// hyphen.
func composed(key string, said map[string]bool) bool {
	if said[key] {
		return true
	}
	for at := range key {
		if (key[at] == '.' || key[at] == '-') && said[key[:at+1]] && composed(key[at+1:], said) {
			return true
		}
		if key[at] == '.' && said[key[:at]] && said[key[at:]] {
			return true
		}
	}
	return false
}

// words is what a person would read: two words, a word with a capital, or anything that is not ASCII but for signs.
var words = regexp.MustCompile(`\p{L}{2,}[,.!?]? +\p{L}|^\P{L}*\p{Lu}\p{Ll}|\p{Han}|[äöüß]`)

// TestScreensHoldNoWords: what a screen shows comes from the phrasebooks. In the folders named screens no string has words, but for
// those that go into errors, which nobody sees on a screen, and drawings in SVG.
func TestScreensHoldNoWords(t *testing.T) {
	internal := []string{"Errorf", "New", "panic", "Fprintf", "Info", "Warn", "Error"} // of fmt, errors and slog
	allowed := map[string]string{
		"Countersign terminal":        "a window's name, which the window manager lists",
		"Countersign wallet":          "a window's name",
		"Countersign secure screen":   "a window's name",
		"Countersign enrolment desk":  "a window's name",
		"Countersign customer screen": "a window's name",
	}
	seen := 0
	for _, s := range sources(t) {
		if !strings.Contains(filepath.ToSlash(s.path), "/screens/") {
			continue
		}
		seen++
		literals(s.file, func(text string, calls []string) {
			if !words.MatchString(text) || allowed[text] != "" || strings.HasPrefix(text, "<") { // a drawing's markup
				return
			}
			for _, call := range calls {
				if slices.Contains(internal, call) {
					return
				}
			}
			t.Errorf("%s has the words %q in its source", s.path, text)
		})
	}
	if seen < 10 {
		t.Errorf("only %d sources of screens", seen)
	}
	for _, text := range []string{"Paid", "hold still", "请稍候", "schließen", "Done."} {
		if !words.MatchString(text) {
			t.Errorf("%q counts as no words", text)
		}
	}
	for _, text := range []string{"key.7", "charge", "15:04", "…", "%s · %s", "P"} {
		if words.MatchString(text) {
			t.Errorf("%q counts as words", text)
		}
	}
}
