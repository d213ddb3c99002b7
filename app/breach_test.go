package app

import (
	"slices"
	"strings"
	"testing"
)

// file is a made-up file for the rules to judge: its folder decides, its imports
// and what stands above import "C" matter.
func file(name string, imports ...string) source {
	return source{name: name, pkg: "p", documented: true, lines: 10, imports: imports}
}

// Every rule can fail, and does not fail beside its mark: each case is a tree and
// a word of each breach that is wanted, none when the tree is sound.
func TestRules(t *testing.T) {
	with := func(s source, change func(*source)) source { change(&s); return s }
	for _, c := range []struct {
		name string
		tree []source
		want []string
	}{
		{"protocol imports itself", []source{file("protocol/a.go", "countersign/protocol/minutiae", "crypto/ecdsa", "time")}, nil},
		{"protocol imports a device", []source{file("protocol/a.go", "countersign/devices/camera")}, []string{"protocol may import itself"}},
		{"protocol's test imports a device", []source{file("protocol/a_test.go", "countersign/devices/secureunit")}, []string{"protocol may import"}},
		{"protocol's test reads a file", []source{file("protocol/a_test.go", "os")}, nil},
		{"protocol reads a file", []source{file("protocol/a.go", "os")}, []string{"pure"}},
		{"protocol dials", []source{file("protocol/minutiae/a.go", "net/http")}, []string{"pure"}},
		{"protocol uses C", []source{file("protocol/minutiae/a.go", "C")}, []string{"pure"}},
		{"protocol logs", []source{file("protocol/a.go", "log/slog")}, []string{"pure"}},
		{"the steps log to what they are handed", []source{file("protocol/steps/a.go", "log/slog")}, nil},
		{"protocol looks at the clock", []source{with(file("protocol/a.go", "time"), func(s *source) { s.clock = []string{"time.Now"} })}, []string{"no clock"}},
		{"a device looks at the clock", []source{with(file("devices/camera/a.go", "time"), func(s *source) { s.clock = []string{"time.Now"} })}, nil},
		{"a name that only begins like protocol", []source{file("devices/camera/a.go", "countersign/protocolx")}, []string{"devices/camera may import"}},

		{"a device imports protocol and itself", []source{file("devices/fingerprint/virtual/a.go", "countersign/protocol/minutiae", "countersign/devices/fingerprint")}, nil},
		{"a device imports another", []source{file("devices/camera/a.go", "countersign/devices/fingerprint")}, []string{"devices/camera may import"}},
		{"a sensor on a serial line", []source{file("devices/fingerprint/a.go", "countersign/devices/serialline")}, nil},
		{"a camera on a serial line", []source{file("devices/camera/a.go", "countersign/devices/serialline")}, []string{"devices/camera may import"}},
		{"a device imports the client", []source{file("devices/camera/a.go", "countersign/settlementclient")}, []string{"devices/camera may import"}},
		{"a device imports a program", []source{file("devices/camera/a.go", "countersign/app/terminal/sale")}, []string{"devices/camera may import"}},

		{"the client imports protocol", []source{file("settlementclient/enrolment/a.go", "countersign/protocol", "countersign/settlementclient")}, nil},
		{"the client imports a device", []source{file("settlementclient/a.go", "countersign/devices/secureunit")}, []string{"settlementclient may import"}},

		{"a program imports all that it may", []source{file("app/terminal/main.go", "countersign/protocol", "countersign/devices/camera",
			"countersign/settlementclient", "countersign/assets", "countersign/app/widgets", "countersign/app/terminal/sale")}, nil},
		{"a program imports another", []source{file("app/demo/main.go", "countersign/app/terminal/sale")}, []string{"app/demo may import"}},
		{"a program's test imports another", []source{file("app/terminal/a_test.go", "countersign/app/settlement/ledger")}, []string{"app/terminal may import"}},
		{"the widgets import a program", []source{file("app/widgets/a.go", "countersign/app/terminal/sale")}, []string{"app/widgets may import"}},
		{"the widgets import a device", []source{file("app/widgets/a.go", "countersign/devices/camera")}, []string{"app/widgets may import"}},
		{"the programs' own folder imports one", []source{file("app/a.go", "countersign/app/demo")}, []string{"app may import"}},
		{"a folder that is no part", []source{file("tools/a.go", "countersign/protocol")}, []string{"no part of the house"}},
		{"the assets import", []source{file("assets/a.go", "countersign/app/widgets")}, []string{"assets may import"}},

		{"bindings at home", []source{
			file("app/terminal/screens/a.go", "fyne.io/fyne/v2/app"), file("app/widgets/a_test.go", "fyne.io/fyne/v2/test"),
			file("devices/camera/a.go", "gocv.io/x/gocv"), file("devices/secureunit/a.go", "github.com/miekg/pkcs11"),
			file("devices/serialline/a.go", "github.com/tarm/serial"), file("devices/contactless/a.go", "github.com/ebfe/scard"),
			file("app/terminal/journal/a.go", "go.etcd.io/bbolt"), file("app/settlement/ledger/postgres/a.go", "github.com/jackc/pgx/v5"),
			file("app/authority/store/a.go", "go.etcd.io/bbolt"), file("app/demo/display/a.go", "github.com/jezek/xgb/xproto")}, nil},
		{"Fyne in main", []source{file("app/terminal/main.go", "fyne.io/fyne/v2/app")}, []string{"…/screens or …/widgets"}},
		{"GoCV in a screen", []source{file("app/terminal/screens/a.go", "gocv.io/x/gocv")}, []string{"devices/camera"}},
		{"PKCS#11 in a program", []source{file("app/wallet/main.go", "github.com/miekg/pkcs11")}, []string{"devices/secureunit"}},
		{"a serial port in the sensor", []source{file("devices/fingerprint/a.go", "github.com/tarm/serial")}, []string{"devices/serialline"}},
		{"a card reader in a program", []source{file("app/terminal/a.go", "github.com/ebfe/scard")}, []string{"devices/contactless"}},
		{"bbolt outside", []source{file("app/settlement/a.go", "go.etcd.io/bbolt")}, []string{"…/journal or …/ledger or …/store"}},
		{"PostgreSQL outside", []source{file("app/settlement/a_test.go", "github.com/jackc/pgx/v5/pgxpool")}, []string{"…/journal or"}},
		{"the X server outside", []source{file("app/terminal/a_test.go", "github.com/jezek/xgb")}, []string{"app/demo/display"}},
		{"libfprint outside", []source{with(file("app/enrol/a.go", "C"), func(s *source) { s.cgo = "#cgo pkg-config: libfprint-2" })}, []string{"links libfprint"}},
		{"libfprint at home", []source{with(file("devices/fingerprint/a.go", "C"), func(s *source) { s.cgo = "#cgo pkg-config: libfprint-2" })}, nil},

		{"a sale imports protocol", []source{file("app/terminal/sale/a.go", "countersign/protocol")}, nil},
		{"a sale imports a driver", []source{file("app/terminal/sale/a.go", "countersign/devices/camera")}, []string{"a sale knows no"}},
		{"a sale's test imports a driver", []source{file("app/terminal/sale/a_test.go", "countersign/devices/secureunit")}, []string{"a sale knows no"}},
		{"a sale imports a screen", []source{file("app/terminal/sale/a.go", "countersign/app/terminal/screens")}, []string{"a sale knows no"}},
		{"a sale's database", []source{file("app/terminal/sale/journal/a.go", "go.etcd.io/bbolt")}, []string{"a sale knows no"}},

		{"settlement links the sensor", []source{
			file("app/settlement/main.go", "countersign/app/settlement/verify"), file("app/settlement/verify/a.go", "countersign/devices/fingerprint"),
			with(file("devices/fingerprint/extract.go", "C"), func(s *source) { s.cgo = "#cgo pkg-config: libfprint-2" }),
		}, []string{"app/settlement links libfprint by devices/fingerprint/extract.go, imported by app/settlement/verify, imported by app/settlement"}},
		{"authority links a window", []source{
			file("app/authority/main.go", "countersign/app/widgets"), file("app/widgets/a.go", "fyne.io/fyne/v2"),
		}, []string{"app/authority links fyne"}},
		{"a second program of settlement links the camera", []source{
			with(file("app/settlement/proof/main.go", "countersign/devices/camera"), func(s *source) { s.pkg = "main" }),
			file("devices/camera/a.go", "gocv.io/x/gocv"),
		}, []string{"app/settlement links gocv"}},
		{"settlement's test uses the sensor", []source{
			file("app/settlement/a_test.go", "countersign/devices/fingerprint"),
			with(file("devices/fingerprint/a.go", "C"), func(s *source) { s.cgo = "libfprint" }),
		}, nil},
		{"enrol links the sensor", []source{
			file("app/enrol/main.go", "countersign/devices/fingerprint"),
			with(file("devices/fingerprint/a.go", "C"), func(s *source) { s.cgo = "libfprint" }),
		}, nil},

		{"a folder named util", []source{file("app/terminal/util/a.go")}, []string{"says nothing"}},
		{"a package named helpers", []source{with(file("app/terminal/x/a.go"), func(s *source) { s.pkg = "helpers" })}, []string{"says nothing"}},
		{"no package comment", []source{with(file("app/wallet/client/a.go"), func(s *source) { s.documented = false })}, []string{"app/wallet/client: package p has no package comment"}},
		{"one file with a package comment is enough", []source{file("app/wallet/client/a.go"), with(file("app/wallet/client/b.go"), func(s *source) { s.documented = false })}, nil},
		{"a comment in a test is not enough", []source{file("devices/camera/a_test.go"), with(file("devices/camera/b.go"), func(s *source) { s.documented = false })}, []string{"no package comment"}},
		{"a long main", []source{with(file("app/terminal/main.go"), func(s *source) { s.lines = mainLines + 1 })}, []string{"main wires"}},
		{"a main of the allowed length", []source{with(file("app/terminal/main.go"), func(s *source) { s.lines = mainLines })}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := broken(c.tree)
			for _, want := range c.want {
				if !slices.ContainsFunc(got, func(g string) bool { return strings.Contains(g, want) }) {
					t.Errorf("no word of %q in %q", want, got)
				}
			}
			if len(c.want) == 0 && len(got) > 0 {
				t.Errorf("a sound tree: %q", got)
			}
		})
	}
}

func TestReadSource(t *testing.T) {
	got, err := readSource("devices/x/a.go", []byte(`// Package x is for tests.
package x

// #cgo pkg-config: libfprint-2
import "C"

import (
	"os"
	clock "time"
)

func f() { clock.Now(); _ = clock.Second; os.Exit(0) }
func g(time interface{ Now() int }) { time.Now() }
`))
	if err != nil {
		t.Fatal(err)
	}
	if !got.documented || got.pkg != "x" || got.lines != 13 ||
		!slices.Equal(got.imports, []string{"C", "os", "time"}) ||
		!strings.Contains(got.cgo, "libfprint-2") || !slices.Equal(got.clock, []string{"time.Now"}) {
		t.Errorf("read as %+v", got)
	}
	if got, err := readSource("a.go", []byte("package x\n")); err != nil || got.documented {
		t.Errorf("read as %+v, %v", got, err)
	}
	if _, err := readSource("a.go", []byte("nonsense")); err == nil {
		t.Error("nonsense was read")
	}
}

func TestStrangers(t *testing.T) {
	got := strangers([]string{"app", "bin", "go.mod", ".ci", "utils", "camera.test", "notes.txt"}, "/bin/\n*.test\n")
	if want := []string{"utils", "notes.txt"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
