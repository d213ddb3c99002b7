package app

import (
	"fmt"
	"os"
	"path"
	"slices"
	"sort"
	"strings"
	"testing"
)

const module = "countersign"

// The arrows: what each part of the module may import of the module itself,
// besides its own folder. A part is a folder and all below it; the longest that
// holds a package decides. Tests are bound as the code is.
//
// No app/X imports an app/Y but app/widgets, what windows share, and app/program,
// what commands and servers share: the demonstration starts the others as
// programs. No device imports another, but those on a serial line use the one
// package that opens serial ports.
var arrows = map[string][]string{
	"protocol":         {},
	"assets":           {},
	"settlementclient": {"protocol"},
	"devices/*":        {"protocol"},
	"app":              {},
	"app/*":            {"protocol", "devices", "settlementclient", "assets", "app/widgets", "app/program"},
	"app/program":      {"protocol", "devices/secureunit", "settlementclient"},
	"app/widgets":      {"protocol", "assets"},
	"packaging":        {},                                                // it knows the programs from outside
	"packaging/trial":  {"app/demo", "app/program/subprocess", "devices"}, // it plays the demonstration with what was installed
}

var alsoAllowed = map[string][]string{
	"devices/fingerprint": {"devices/serialline"},
	"devices/printer":     {"devices/serialline"},
	"devices/imager":      {"devices/serialline"},
}

// The bindings: where each third-party binding may be imported, as a folder from
// the root ("devices/camera") or as a folder's name anywhere ("…/journal").
var bindings = map[string][]string{
	"fyne.io/fyne/v2":         {"…/screens", "…/widgets"},
	"gocv.io/x/gocv":          {"devices/camera"},
	"github.com/miekg/pkcs11": {"devices/secureunit"},
	"github.com/tarm/serial":  {"devices/serialline"},
	"github.com/ebfe/scard":   {"devices/contactless"},
	"go.etcd.io/bbolt":        {"…/journal", "…/ledger", "…/store"},
	"github.com/jackc/pgx":    {"…/journal", "…/ledger", "…/store"},
	"github.com/jezek/xgb":    {"app/demo/display"},

	"github.com/moov-io/iso8583":          {"app/settlement/acquirer"},
	"github.com/prometheus/client_golang": {"app/program/metrics"},
	"github.com/hanwen/go-fuse":           {"app/chaos/powercut"},
	"github.com/go-analyze/charts":        {"app/terminal/chart"},
	"codeberg.org/go-pdf/fpdf":            {"app/terminal/paper"},
	"github.com/pelletier/go-toml/v2":     {"app/program/configuration"},
	"github.com/chromedp/chromedp":        {"app/settlement/storepage"},
}

// The C libraries: the same, for what a file's cgo lines name.
var libraries = map[string][]string{
	"libfprint": {"devices/fingerprint"},
	"opencv":    {"devices/camera"},
	"zxing":     {"devices/camera"},
}

// The servers link no window, no camera and no sensor: they run on machines that
// have none, and what is not there cannot be attacked. Neither does what updates a
// machine: it works where a window does not come up.
var (
	servers    = []string{"app/settlement", "app/authority", "app/updater"}
	notServers = []string{"fyne.io/fyne/v2", "gocv.io/x/gocv", "github.com/go-gl", "libfprint", "opencv", "zxing"}
)

// What may not be known to protocol, which does no I/O and has no clock, and to a
// sale, which knows no screen, no driver and no database.
var (
	notPure = []string{"C", "os", "net", "syscall", "log", "unsafe", "golang.org/x/sys", "database/sql"}
	notSale = []string{"fyne.io/fyne/v2", "go.etcd.io/bbolt", "github.com/jackc/pgx", "database/sql",
		module + "/devices", module + "/settlementclient", module + "/app/widgets", module + "/app/terminal/screens"}
)

// Names that say nothing of what is inside.
var empty = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared"}

// mainLines is the most that a program's main.go may have: it wires, nothing else.
const mainLines = 150

// broken lists every breach of the rules above, in words, sorted.
func broken(tree []source) []string {
	var said []string
	say := func(format string, a ...any) { said = append(said, fmt.Sprintf(format, a...)) }
	documented := make(map[string]bool) // by folder and package
	for _, s := range tree {
		key := s.dir() + " " + s.pkg
		if !s.test() {
			documented[key] = documented[key] || s.documented
		}
		if slices.Contains(empty, s.pkg) || slices.Contains(empty, path.Base(s.dir())) {
			say("%s: a package named %s says nothing of what is inside", s.name, path.Base(s.dir()))
		}
		if path.Base(s.name) == "main.go" && s.lines > mainLines {
			say("%s: %d lines, more than %d: main wires, nothing else", s.name, s.lines, mainLines)
		}
		for _, imported := range s.imports {
			if why := mayImport(s, imported); why != "" {
				say("%s: imports %s: %s", s.name, imported, why)
			}
		}
		for library, where := range libraries {
			if strings.Contains(s.cgo, library) && !inside(s.dir(), where) {
				say("%s: links %s, which belongs in %s", s.name, library, strings.Join(where, " or "))
			}
		}
		if below(s.dir(), "protocol") && !s.test() {
			for _, call := range s.clock {
				say("%s: calls %s: protocol has no clock of its own", s.name, call)
			}
		}
	}
	for key, has := range documented {
		if !has {
			dir, pkg, _ := strings.Cut(key, " ")
			say("%s: package %s has no package comment", dir, pkg)
		}
	}
	for _, server := range servers {
		said = append(said, linked(tree, server)...)
	}
	sort.Strings(said)
	return slices.Compact(said)
}

// mayImport says why a file may not import a path, or nothing when it may.
func mayImport(s source, imported string) string {
	for binding, where := range bindings {
		if below(imported, binding) && !inside(s.dir(), where) {
			return "it belongs in " + strings.Join(where, " or ")
		}
	}
	logs := imported == "log/slog" && s.dir() == "protocol/steps" // to a logger that it is handed
	if below(s.dir(), "protocol") && !s.test() && belowAny(imported, notPure) && !logs {
		return "protocol is pure"
	}
	if slices.Contains(strings.Split(s.dir(), "/"), "sale") && belowAny(imported, notSale) {
		return "a sale knows no screen, no driver and no database"
	}
	if !below(imported, module) {
		return ""
	}
	target := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
	part, may := partOf(s.dir())
	if part == "" {
		return s.dir() + " is no part of the house"
	}
	if part != "app" && below(target, part) || belowAny(target, may) {
		return ""
	}
	return fmt.Sprintf("%s may import %s", part, strings.Join(append(may, "itself"), ", "))
}

// partOf is the part of the house that a folder belongs to, and what that part
// may import besides itself.
func partOf(dir string) (part string, may []string) {
	names := strings.Split(dir, "/")
	if len(names) >= 2 {
		part = names[0] + "/" + names[1]
		for _, rule := range []string{part, names[0] + "/*"} {
			if may, ok := arrows[rule]; ok {
				return part, append(slices.Clone(may), alsoAllowed[part]...)
			}
		}
	}
	may, ok := arrows[names[0]]
	if !ok {
		return "", nil
	}
	return names[0], may
}

// linked follows a program's imports through the module, tests apart, and says
// what it links that servers must not.
func linked(tree []source, program string) []string {
	var said []string
	seen := make(map[string]string) // folder: the one that imported it
	todo := []string{program}
	for _, s := range tree { // the program's folder and those below it
		if below(s.dir(), program) && s.pkg == "main" && !slices.Contains(todo, s.dir()) {
			todo = append(todo, s.dir())
		}
	}
	for len(todo) > 0 {
		dir := todo[0]
		todo = todo[1:]
		for _, s := range tree {
			if s.dir() != dir || s.test() {
				continue
			}
			for _, unwanted := range notServers {
				if belowAny(unwanted, s.imports) || slices.ContainsFunc(s.imports, func(i string) bool { return below(i, unwanted) }) ||
					strings.Contains(s.cgo, unwanted) {
					said = append(said, fmt.Sprintf("%s links %s by %s%s", program, unwanted, s.name, way(seen, dir)))
				}
			}
			for _, imported := range s.imports {
				target := strings.TrimPrefix(imported, module+"/")
				if _, been := seen[target]; target != imported && !been && target != program {
					seen[target] = dir
					todo = append(todo, target)
				}
			}
		}
	}
	return said
}

// way is how a folder was reached, for the message.
func way(seen map[string]string, dir string) string {
	var text string
	for from, ok := seen[dir]; ok; from, ok = seen[from] {
		text += ", imported by " + from
	}
	return text
}

// below tells whether a path is the given one or lies below it.
func below(p, top string) bool { return p == top || strings.HasPrefix(p, top+"/") }

func belowAny(p string, tops []string) bool {
	return slices.ContainsFunc(tops, func(top string) bool { return below(p, top) })
}

// inside tells whether a folder is one of those that a rule names.
func inside(dir string, where []string) bool {
	return slices.ContainsFunc(where, func(w string) bool {
		if name, ok := strings.CutPrefix(w, "…/"); ok {
			return slices.Contains(strings.Split(dir, "/"), name)
		}
		return below(dir, w)
	})
}

// The module's top level: what the house has, and what every Go repository has.
var topLevel = []string{"app", "devices", "protocol", "settlementclient", "assets", "packaging", "go.mod", "README.md",
	"go.sum", "LICENSE", "Makefile"}

// strangers are the names that do not belong at the top level. Dot files do, and
// what .gitignore keeps out of the repository.
func strangers(names []string, gitignore string) []string {
	var found []string
	for _, name := range names {
		if strings.HasPrefix(name, ".") || slices.Contains(topLevel, name) {
			continue
		}
		ignored := slices.ContainsFunc(strings.Fields(gitignore), func(pattern string) bool {
			match, err := path.Match(strings.Trim(pattern, "/"), name)
			return err == nil && match
		})
		if !ignored {
			found = append(found, name)
		}
	}
	return found
}

// The house stands: no file of the module breaks a rule.
func TestHouse(t *testing.T) {
	tree, err := readTree("..")
	if err != nil {
		t.Fatal(err)
	}
	if len(tree) < 10 || !slices.ContainsFunc(tree, func(s source) bool { return s.name == "app/house_test.go" }) {
		t.Fatalf("only %d files were read: this is not the module", len(tree))
	}
	for _, breach := range broken(tree) {
		t.Error(breach)
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	gitignore, err := os.ReadFile("../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strangers(names, string(gitignore)) {
		t.Errorf("%s does not belong at the top level", name)
	}
}
