package configuration_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/app/program/configuration"
)

// kiosk declares a program with a flag of every type.
func kiosk() configuration.Declaration {
	return configuration.Declaration{
		Program: "terminal", About: "Configuration of a kiosk.",
		Sections: []configuration.Section{
			{Name: "shop", About: "Who sells.", Keys: []configuration.Key{
				{Flag: "merchant", Example: "M-0001"}, {Flag: "quick", List: ","}, {Flag: "cash"},
				{Flag: "lines", About: "The shop's address.", Example: "1 High Street|Bath", List: "|"},
			}},
			{Name: "devices", About: "What is plugged in.", Keys: []configuration.Key{
				{Flag: "camera"}, {Flag: "baud"}, {Flag: "scale"}, {Flag: "life"},
			}},
		},
		Register: func(flags *flag.FlagSet) {
			flags.String("merchant", "", "`reference` of the account to be credited")
			flags.String("quick", "10,20", "`amounts` with a key of their own")
			flags.Bool("cash", false, "take cash too")
			flags.String("lines", "", "`lines` on receipts")
			flags.String("camera", "0", "camera: number or `address`")
			flags.Uint("baud", 9600, "its speed in `bits` per second")
			flags.Float64("scale", 1, "size of text")
			flags.Duration("life", time.Minute, "`time` to live of a request")
		},
		Own: map[string][]string{"list": {"merchant"}},
	}
}

// texts are values without their places.
func texts(values map[string]configuration.Value) map[string]string {
	all := map[string]string{}
	for key, v := range values {
		all[key] = v.Text
	}
	return all
}

func TestDecode(t *testing.T) {
	for file, want := range map[string]map[string]string{
		"":                                   {},
		"# nothing\n[shop]\n[devices]\n":     {},
		"[shop]\nmerchant = \"M-0001\"\n":    {"merchant": "M-0001"},
		"\ufeff[shop]\r\nmerchant = 'M-1'":   {"merchant": "M-1"},
		"[shop]\nmerchant = \"\"":            {"merchant": ""},
		"[shop]\nquick = \"5, 7.50\"":        {"quick": "5, 7.50"},
		"[shop]\nquick = [5, \"7.50\", 100]": {"quick": "5,7.50,100"},
		"[shop]\nquick = []":                 {"quick": ""},
		"[shop]\nlines = [\n \"1 High Street\", # where\n \"Bath, Somerset\",\n]": {"lines": "1 High Street|Bath, Somerset"},
		"[shop]\n\"cash\" = true":         {"cash": "true"},
		"[devices]\nbaud = 115_200":       {"baud": "115200"},
		"[devices]\nbaud = 0x10":          {"baud": "16"},
		"[devices]\nscale = 2":            {"scale": "2"},
		"[devices]\nscale = 1.5":          {"scale": "1.5"},
		"[devices]\nlife = \"1m30s\"":     {"life": "1m30s"},
		"[devices]\ncamera = 'C:\\video'": {"camera": `C:\video`},
	} {
		values, err := kiosk().Decode("terminal.toml", []byte(file))
		if err != nil || !reflect.DeepEqual(texts(values), want) {
			t.Errorf("%q: %v, %v", file, values, err)
		}
	}
}

// Every kind of mistake, told where it is and with what would be right.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		// names
		{"[shp]\nmerchant = \"x\"", "f:1:2: unknown section [shp]; did you mean [shop]?"},
		{"[banana]\nx = 1\ny = 2", "f:1:2: unknown section [banana]; the sections are shop, devices"},
		{"[shop.till]", "f:1:2: unknown section [shop.till]; the sections are shop, devices"},
		{"[shop]\nmerchnat = \"x\"", "f:2:1: unknown key merchnat in [shop]; did you mean merchant?"},
		{"[shop]\nMerchant = \"x\"", "f:2:1: unknown key Merchant in [shop]; did you mean merchant?"},
		{"[shop]\ncamra = \"x\"", "f:2:1: unknown key camra in [shop]; did you mean camera of [devices]?"},
		{"[devices]\n\n  colour = \"x\"", "f:3:3: unknown key colour in [devices]; its keys are camera, baud, scale, life"},
		{"[shop]\ncamera = \"0\"", "f:2:1: camera does not belong in [shop] but in [devices]"},
		{"camera = \"0\"\n[shop]", "f:1:1: camera is before the first section; it belongs below [devices]"},
		{"colour = 1", "f:1:1: unknown key colour"},
		{"merchnt = 1", "f:1:1: unknown key merchnt; did you mean merchant of [shop]?"},
		{"shop.merchant = \"x\"", "f:1:1: a key has no dots: write merchant = … below [shop]"},
		{"shop = {merchant = \"x\"}", "f:1:1: a section is written as a line [shop] with its keys below"},
		{"[[shop]]\nmerchant = \"x\"", "f:1:3: a section is written with single brackets: [shop]"},
		// doubled
		{"[shop]\nmerchant = \"x\"\nmerchant = \"y\"", "f:3:1: merchant is there twice, first in line 2; take one away"},
		{"[shop]\n[devices]\n[shop]", "f:3:2: section [shop] is there twice, first in line 1; put its keys together"},
		// types
		{"[shop]\nmerchant = 12", `f:2:1: merchant takes text in quotes: "12", not the number 12`},
		{"[shop]\nmerchant = true", `f:2:1: merchant takes text in quotes: "true", not true`},
		{"[shop]\nmerchant = [\"x\"]", "f:2:1: merchant takes text in quotes, not a list"},
		{"[shop]\nmerchant = {a = 1}", "f:2:1: merchant takes text in quotes, not a table"},
		{"[shop]\nmerchant = 2026-11-22", `f:2:1: merchant takes text in quotes: "2026-11-22", not the date or time 2026-11-22`},
		{"[shop]\ncash = \"true\"", `f:2:1: cash takes true or false without quotes, not the text "true"`},
		{"[shop]\ncash = 1", "f:2:1: cash takes true or false, not the number 1"},
		{"[shop]\nquick = 10", "f:2:1: quick takes text in quotes, or [ … ] with several, not the number 10"},
		{"[shop]\nquick = [10.5]", "f:2:1: quick takes text in quotes or whole numbers between its brackets, not the number 10.5"},
		{"[shop]\nquick = [[10]]", "f:2:1: quick takes text in quotes or whole numbers between its brackets, not a list"},
		{"[shop]\nquick = [\"10,20\"]", `f:2:1: quick: an item cannot have a , in it: "10,20"`},
		{"[devices]\nbaud = \"9600\"", `f:2:1: baud takes a whole number such as 2 without quotes, not the text "9600"`},
		{"[devices]\nbaud = -1", `f:2:1: baud takes a whole number such as 2, not "-1"`},
		{"[devices]\nbaud = 1.5", "f:2:1: baud takes a whole number such as 2, not the number 1.5"},
		{"[devices]\nbaud = 99999999999999999999", `f:2:1: baud: the number "99999999999999999999" is too large`},
		{"[devices]\nscale = \"big\"", `f:2:1: scale takes a number such as 1.5 without quotes, not the text "big"`},
		{"[devices]\nlife = 30", `f:2:1: life takes a time in quotes: "30s" are 30 seconds, not the number 30`},
		{"[devices]\nlife = \"30\"", `f:2:1: life takes a time in quotes such as "30s", not "30"`},
		{"[devices]\nlife = 07:32:00", `f:2:1: life takes a time in quotes such as "30s", not the date or time 07:32:00`},
		{"[shop]\ncash = \"https://me:secret@cam/\"", `f:2:1: cash takes true or false without quotes, not the text "https://…@cam/"`},
		// no TOML
		{"[shop]\nmerchant = M-0001", `f:2:12: unexpected character U+004D 'M' at start of value; text is in quotes: merchant = "M-0001"`},
		{"[shop]\nmerchant =", "f:2:10: expected value, not end of input; leave the line away for the default"},
		{"[shop]\nmerchant", "f:2:8: expected '=' after key; a line is [section], key = value or # comment"},
		{"[shop", "f:1:5: expected ']' to close table name"},
		{"[devices]\ncamera = \"C:\\video\"", "f:2:13: invalid escape character U+0076 'v'; within \"…\" a backslash is written twice, within '…' once"},
		{"[shop]\nmerchant = \"\x00\"", "f:2:13: basic strings cannot have control characters"},
		{"[shop]\nmerchant = \"\xff\"", "f:2:13: is not UTF-8; save the file as UTF-8"},
		{"# Stra\u00dfe \xdf", "f:1:11: is not UTF-8; save the file as UTF-8"},
		{strings.Repeat("#", configuration.MaxSize+1), "f: has more than 262144 bytes, which no configuration needs"},
	} {
		values, err := kiosk().Decode("f", []byte(c.file))
		var problems configuration.Problems
		if values != nil || !errors.As(err, &problems) || err.Error() != c.want {
			t.Errorf("%.60q:\n  %v\n  not %s", c.file, err, c.want)
		}
	}
}

// All problems are told in one go, in the order of the lines, also after a line that is no TOML.
func TestAllMistakes(t *testing.T) {
	_, err := kiosk().Decode("f", []byte("cash = true\n[shop]\nmerchant = M-1\nquick = 10\ncash = tru\n[device]\nbaud = x\n[devices]\nlife = \"soon\"\n"))
	want := `7 problems in the configuration
f:1:1: cash is before the first section; it belongs below [shop]
f:3:12: unexpected character U+004D 'M' at start of value; text is in quotes: merchant = "M-1"
f:4:1: quick takes text in quotes, or [ … ] with several, not the number 10
f:5:8: expected keyword "true"; cash takes true or false
f:6:2: unknown section [device]; did you mean [devices]?
f:7:8: unexpected character U+0078 'x' at start of value; baud takes a whole number such as 2
f:9:1: life takes a time in quotes such as "30s", not "soon"`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nnot\n%s", err, want)
	}
	_, err = kiosk().Decode("f", []byte(strings.Repeat("[x\n", 5000)))
	var problems configuration.Problems
	if !errors.As(err, &problems) || len(problems) != 100 || !strings.HasSuffix(err.Error(), "f:20:3: "+problems[19].What+"\nand 80 more") {
		t.Errorf("%d problems: %.2000v", len(problems), err)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := kiosk().Read(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := kiosk().Read(dir); err == nil {
		t.Error("a directory was read")
	}
}

// What a decoder takes is TOML, says the same again, and is within the flags.
func FuzzDecode(f *testing.F) {
	d := kiosk()
	f.Add([]byte(d.Example()))
	for _, seed := range []string{
		"[shop]\nmerchant = \"M-0001\"\nquick = [10, \"20\"]\ncash = true\n[devices]\nlife = \"30s\"\nbaud = 9600\nscale = 1.5",
		"[shop]\nmerchant = '''\na'''\n[shop]", "shop.merchant = {a=1}", "[[shop]]\nx", "a=[[[[1", "\ufeff[shop", "[devices]\r\nlife = 1979-05-27T07:32:00Z",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		values, err := d.Decode("f", data)
		if err != nil {
			var problems configuration.Problems
			if values != nil || !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("%v, %v", values, err)
			}
			for _, p := range problems {
				if p.What == "" || p.Line < 0 || p.Line > strings.Count(string(data), "\n")+1 || p.Line > 0 && p.Column < 1 {
					t.Fatalf("%+v", p)
				}
			}
			return
		}
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		d.Register(flags)
		for key, v := range values {
			if err := flags.Set(key, v.Text); err != nil || v.Line < 1 || v.Column < 1 {
				t.Fatalf("%s = %+v: %v", key, v, err)
			}
		}
		if again, err := d.Decode("f", data); err != nil || !reflect.DeepEqual(values, again) {
			t.Fatalf("again: %v, %v", again, err)
		}
	})
}
