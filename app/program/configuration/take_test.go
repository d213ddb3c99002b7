package configuration_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/app/program/configuration"
)

// command are the parsed flags of a command.
func command(t *testing.T, name string, args ...string) *flag.FlagSet {
	t.Helper()
	flags := flag.NewFlagSet("terminal "+name, flag.ContinueOnError)
	d := kiosk()
	d.Register(flags)
	d.RegisterFile(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return flags
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "terminal.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Each value is from the first place that has it, and it is told from which.
func TestPrecedence(t *testing.T) {
	file := write(t, "[shop]\nmerchant = \"file\"\nquick = [1, 2]\ncash = true\n[devices]\nbaud = 1200\ncamera = \"file\"\n")
	flags := command(t, "run", "--config", file, "--camera", "flag", "--merchant=flag")
	origins, err := kiosk().Take(flags, configuration.Surroundings{
		Environ: []string{"COUNTERSIGN_TERMINAL_MERCHANT=environment", "COUNTERSIGN_TERMINAL_QUICK=3", "COUNTERSIGN_TERMINAL_LINES=", "COUNTERSIGN_OTHER=x",
			"COUNTERSIGN_TERMINAL_CONFIG=/no/such", "PATH=/bin", "COUNTERSIGN_TERMINAL_QUICK=4,5"},
		Standard: "/no/such/either",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []configuration.Setting{
		{Section: "shop", Key: "merchant", Value: "flag", From: "command line"},
		{Section: "shop", Key: "quick", Value: "4,5", From: "environment", At: "COUNTERSIGN_TERMINAL_QUICK"},
		{Section: "shop", Key: "cash", Value: "true", From: "file", At: file + ":4:1"},
		{Section: "shop", Key: "lines", Value: "", From: "environment", At: "COUNTERSIGN_TERMINAL_LINES"},
		{Section: "devices", Key: "camera", Value: "flag", From: "command line"},
		{Section: "devices", Key: "baud", Value: "1200", From: "file", At: file + ":6:1"},
		{Section: "devices", Key: "scale", Value: "1", From: "default"},
		{Section: "devices", Key: "life", Value: "1m0s", From: "default"},
	}
	if have := kiosk().Settings(flags, origins); !slices.Equal(have, want) {
		t.Errorf("%+v", have)
	}
	if at := origins.Places("--baud and --scale are not --quick"); !slices.Equal(at, []string{file + ":6:1", "COUNTERSIGN_TERMINAL_QUICK"}) {
		t.Errorf("places %q", at)
	}
	given := 0
	flags.Visit(func(*flag.Flag) { given++ })
	if given != 7 { // --config and six keys: what is configured counts as given
		t.Errorf("%d flags count as given", given)
	}
}

// What a program keeps or found is taken where nothing else gives a value, and what it
// keeps is written as it is read.
func TestBeside(t *testing.T) {
	d := kiosk()
	kept := d.File("Kept.\nBy the kiosk.", map[string]string{"merchant": "kept \"x\"", "quick": "1,2.50", "cash": "true", "life": "30s", "camera": "kept"})
	if want := "# Kept.\n# By the kiosk.\n\n[shop]\nmerchant = \"kept \\\"x\\\"\"\nquick = [1, \"2.50\"]\ncash = true\n\n[devices]\ncamera = \"kept\"\nlife = \"30s\"\n"; kept != want {
		t.Errorf("%s\nnot\n%s", kept, want)
	}
	name, fails := write(t, kept), error(nil)
	d.Beside = func(flags *flag.FlagSet) (map[string]configuration.Given, error) {
		if flags.Lookup("cash").Value.String() != "false" {
			t.Error("asked before the file is taken")
		}
		values, err := d.Read(name)
		given := map[string]configuration.Given{"scale": {Text: "2", Origin: configuration.Origin{From: configuration.Found, At: "/dev/scale"}}}
		for key, v := range values {
			given[key] = configuration.Given{Text: v.Text, Origin: configuration.Origin{From: configuration.Kept, At: v.At()}}
		}
		return given, errors.Join(err, fails)
	}
	file := write(t, "[shop]\ncash = false\n[devices]\ncamera = \"file\"\n")
	flags := command(t, "run", "--config", file, "--merchant", "flag")
	origins, err := d.Take(flags, configuration.Surroundings{Environ: []string{"COUNTERSIGN_TERMINAL_LIFE=9s"}})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][2]string{"merchant": {"flag", "command line"}, "life": {"9s", "environment"}, "cash": {"false", "file"}, "camera": {"file", "file"},
		"quick": {"1,2.50", "kept"}, "scale": {"2", "found"}, "baud": {"9600", "default"}} {
		if have := [2]string{flags.Lookup(key).Value.String(), string(origins[key].From)}; have != want {
			t.Errorf("%s is %q, not %q", key, have, want)
		}
	}
	if at := origins.Places("--quick, --scale"); !slices.Equal(at, []string{name + ":6:1", "/dev/scale"}) {
		t.Errorf("places %q", at)
	}
	fails = errors.New("unreadable")
	if _, err := d.Take(command(t, "run"), configuration.Surroundings{}); !errors.Is(err, fails) {
		t.Errorf("%v", err)
	}
	fails = nil
	d.Beside = func(*flag.FlagSet) (map[string]configuration.Given, error) {
		return map[string]configuration.Given{"baud": {Text: "fast", Origin: configuration.Origin{From: configuration.Kept, At: "kept:1:1"}}}, nil
	}
	var wrong configuration.Problems
	if _, err := d.Take(command(t, "run"), configuration.Surroundings{}); !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "kept:1:1: baud: ") {
		t.Errorf("%v", err)
	}
}

// A command's own flag is not filled by the key of the same name.
func TestOwn(t *testing.T) {
	around := configuration.Surroundings{Standard: write(t, "[shop]\nmerchant = \"file\"\ncash = true\n")}
	flags := command(t, "list")
	origins, err := kiosk().Take(flags, around)
	if _, known := origins["merchant"]; err != nil || known || flags.Lookup("merchant").Value.String() != "" || flags.Lookup("cash").Value.String() != "true" {
		t.Errorf("%v, %v, %s", origins, err, flags.Lookup("merchant").Value)
	}
	few := flag.NewFlagSet("terminal few", flag.ContinueOnError)
	cash := few.Bool("cash", false, "")
	if origins, err := kiosk().Take(few, around); err != nil || !*cash || len(origins) != 1 {
		t.Errorf("%v, %v", origins, err)
	}
}

func TestWhichFile(t *testing.T) {
	good, bad := write(t, "[shop]\nmerchant = \"good\""), write(t, "[shop]\nmerchant = 1")
	const variable = "COUNTERSIGN_TERMINAL_CONFIG="
	for name, c := range map[string]struct {
		args     []string
		environ  string
		standard string
		merchant string
		says     string
	}{
		"none":                        {},
		"flag":                        {args: []string{"--config", good}, environ: variable + bad, standard: bad, merchant: "good"},
		"environment":                 {environ: variable + good, standard: bad, merchant: "good"},
		"standard":                    {standard: good, merchant: "good"},
		"standard not there":          {standard: "/no/such.toml"},
		"none by flag":                {args: []string{"--config="}, environ: variable + bad, standard: bad},
		"none by environment":         {environ: variable, standard: bad},
		"flag's is not there":         {args: []string{"--config", "/no/such.toml"}, says: "open the configuration file: open /no/such.toml"},
		"environment's is not there":  {environ: variable + "/no/such.toml", standard: good, says: "open the configuration file: open /no/such.toml"},
		"bad though the flag is told": {args: []string{"--config", bad, "--merchant", "x"}, says: bad + ":2:1: merchant takes"},
		"bad standard":                {standard: bad, says: bad + ":2:1: merchant takes"},
	} {
		flags := command(t, "run", c.args...)
		_, err := kiosk().Take(flags, configuration.Surroundings{Environ: []string{c.environ}, Standard: c.standard})
		if (err == nil) != (c.says == "") || err != nil && !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if merchant := flags.Lookup("merchant").Value.String(); err == nil && merchant != c.merchant {
			t.Errorf("%s: %q", name, merchant)
		}
	}
}

// What is wrong in the environment and in the file is told together.
func TestEnvironmentMistakes(t *testing.T) {
	bad := write(t, "[shop]\ncash = 1")
	_, err := kiosk().Take(command(t, "run", "--config", bad), configuration.Surroundings{Environ: []string{
		"COUNTERSIGN_TERMINAL_CAMRA=0", "COUNTERSIGN_TERMINAL_CASH=", "COUNTERSIGN_TERMINAL_LIFE=30", "COUNTERSIGN_TERMINAL_SOMETHING_ELSE=1",
		"COUNTERSIGN_TERMINAL_BAUD=fast", "COUNTERSIGN_TERMINAL_CONFG=x",
	}})
	want := `7 problems in the configuration
COUNTERSIGN_TERMINAL_BAUD: takes a whole number such as 2, not "fast"
COUNTERSIGN_TERMINAL_CAMRA: unknown variable; did you mean COUNTERSIGN_TERMINAL_CAMERA?
COUNTERSIGN_TERMINAL_CASH: takes true or false, not ""
COUNTERSIGN_TERMINAL_CONFG: unknown variable; did you mean COUNTERSIGN_TERMINAL_CONFIG?
COUNTERSIGN_TERMINAL_LIFE: takes a time such as "30s", not "30"
COUNTERSIGN_TERMINAL_SOMETHING_ELSE: unknown variable
` + bad + `:2:1: cash takes true or false, not the number 1`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nnot\n%s", err, want)
	}
	var hint interface{ Hint() string }
	if !errors.As(err, &hint) || !strings.Contains(hint.Hint(), "config check") {
		t.Error("no hint")
	}
}

func TestStandardFile(t *testing.T) {
	windows := map[string]string{"ProgramFiles": `C:\Program Files`, "ProgramData": `C:\ProgramData`}
	for _, c := range []struct{ system, executable, want string }{
		{"linux", "/usr/bin/terminal", "/etc/countersign/terminal.toml"},
		{"linux", "/opt/countersign/terminal", "/etc/countersign/terminal.toml"},
		{"linux", "/home/me/countersign/bin/terminal", ""},
		{"linux", "", ""},
		{"windows", `c:\program files\Countersign\terminal.exe`, `C:\ProgramData\Countersign\terminal.toml`},
		{"windows", `C:\Users\me\terminal.exe`, ""},
		{"windows", `C:\Program Files of mine\terminal.exe`, ""},
	} {
		if have := kiosk().StandardFile(c.system, c.executable, func(name string) string { return windows[name] }); have != c.want {
			t.Errorf("%+v: %q", c, have)
		}
	}
	if have := kiosk().StandardFile("windows", `\terminal.exe`, func(string) string { return "" }); have != "" {
		t.Errorf("%q", have)
	}
}

// An example file changes nothing, and with every # taken away it is taken whole.
func TestExample(t *testing.T) {
	example := kiosk().Example()
	want := `# Configuration of a kiosk.
#
# Take away the # before a key to set it. A flag of the same name goes before what is here, and
# so does the environment: COUNTERSIGN_TERMINAL_MERCHANT for the first key below. Secrets do not
# belong here: files that are named here have them. terminal config check tells what is wrong.

[shop]
# Who sells.

# Reference of the account to be credited. For example:
#merchant = "M-0001"

# Amounts with a key of their own. By default:
#quick = [10, 20]

# Take cash too. By default:
#cash = false

# The shop's address. For example:
#lines = ["1 High Street", "Bath"]

[devices]
# What is plugged in.

# Camera: number or address. By default:
#camera = "0"

# Its speed in bits per second. By default:
#baud = 9600

# Size of text. By default:
#scale = 1

# Time to live of a request. By default:
#life = "1m"
`
	if example != want {
		t.Errorf("%s\nnot\n%s", example, want)
	}
	if values, err := kiosk().Decode("f", []byte(example)); err != nil || len(values) != 0 {
		t.Errorf("%v, %v", values, err)
	}
	all := regexp.MustCompile(`(?m)^#(\S)`).ReplaceAll([]byte(example), []byte("$1"))
	values, err := kiosk().Decode("f", all)
	if want := map[string]string{"merchant": "M-0001", "quick": "10,20", "cash": "false", "lines": "1 High Street|Bath", "camera": "0",
		"baud": "9600", "scale": "1", "life": "1m"}; err != nil || !reflect.DeepEqual(texts(values), want) {
		t.Errorf("%v, %v", values, err)
	}
}

func TestRedacted(t *testing.T) {
	for value, want := range map[string]string{
		"":                               "",
		"serial:/dev/ttyS0?baud=9600":    "serial:/dev/ttyS0?baud=9600",
		"https://settle.example:8443/":   "https://settle.example:8443/",
		"http://me:pass@cam/video":       "http://…@cam/video",
		"http://me:p/a@ss@cam":           "http://…@cam",
		"http://cam/video?user=a&pwd=b":  "http://cam/video?…",
		"rtsp://a:b@cam?c=d@e://f":       "rtsp://…@cam?…",
		"postgres://u:secret@db/ledger?": "postgres://…@db/ledger?…",
	} {
		if have := configuration.Redacted(value); have != want {
			t.Errorf("%q: %q, not %q", value, have, want)
		}
	}
	if bytes.Contains([]byte(configuration.Redacted("http://u:secret@h/?secret")), []byte("secret")) {
		t.Error("secret")
	}
}
