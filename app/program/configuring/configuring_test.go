package configuring_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/program/configuring"
)

// shop declares a small program, which does not take a camera 13.
func shop() configuring.Commands {
	d := configuration.Declaration{
		Program: "shop", About: "A shop.",
		Sections: []configuration.Section{{Name: "camera", About: "What looks.", Keys: []configuration.Key{{Flag: "camera"}, {Flag: "light"}}}},
		Register: func(flags *flag.FlagSet) {
			flags.String("camera", "0", "camera's `address`")
			flags.Bool("light", false, "light it")
		},
	}
	return configuring.Commands{Declaration: d, Check: func(args []string, errOut io.Writer) error {
		flags := program.NewFlags("shop open", errOut)
		d.Register(flags)
		origins, err := program.ParseConfigured(flags, args, d)
		if err == nil && flags.Lookup("camera").Value.String() == "13" {
			err = program.Placed(program.Usagef("--camera takes no 13"), origins)
		}
		return err
	}}
}

// run runs a command of the program.
func run(t *testing.T, args ...string) (out, errOut string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	status = program.Program{Usage: "usage: shop\n", Commands: shop().In(nil)}.Run(t.Context(), args, &o, &e)
	return o.String(), e.String(), status
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
}

func TestCommands(t *testing.T) {
	dir := t.TempDir()
	good, bad, odd := filepath.Join(dir, "good"), filepath.Join(dir, "bad"), filepath.Join(dir, "odd")
	write(t, good, "[camera]\ncamera = \"http://me:secret@cam/?pwd=secret\"", 0o600)
	write(t, bad, "[camera]\ncamra = 1\nlight = 2", 0o600)
	write(t, odd, "[camera]\n  camera = \"13\"", 0o600)
	t.Setenv("COUNTERSIGN_SHOP_LIGHT", "true")
	for _, c := range []struct {
		args     string
		status   int
		out, err string
	}{
		{"config check --config " + good, 0, good + ": 1 keys, 1 by environment; nothing is wrong\n", ""},
		{"config check", 0, "no file, 1 by environment; nothing is wrong\n", ""},
		{"config check --config " + bad, 1, "", "error: 2 problems in the configuration\n" + bad + ":2:1: unknown key camra in [camera]; did you mean camera?\n" +
			bad + ":3:1: light takes true or false, not the number 2\nhint: Correct what is named; "},
		{"config check --config " + odd, 1, "", "error: " + odd + ":2:3: --camera takes no 13\nhint: Correct what is named; "},
		{"config check --camera 13", 2, "", "error: wrong usage: --camera takes no 13\n"},
		{"config check --config /no/such", 1, "", "error: open the configuration file: open /no/such"},
		{"config show --config " + good, 0, "[camera]\n" +
			"camera  http://…@cam/?…  " + good + ":2:1\nlight   true             COUNTERSIGN_SHOP_LIGHT\n", ""},
		{"config show --json --camera=1", 0, `{"section":"camera","key":"camera","value":"1","from":"command line"}` + "\n" +
			`{"section":"camera","key":"light","value":"true","from":"environment","at":"COUNTERSIGN_SHOP_LIGHT"}` + "\n", ""},
		{"config show --config " + bad, 1, "", "error: 2 problems"},
		{"config example", 0, shop().Declaration.Example(), ""},
		{"config example now", 2, "", `unexpected "now"`},
		{"config fetch", 2, "", "needs --url"},
		{"config fetch --url http://localhost/x --config " + good, 2, "", "needs --url with an address https://"},
		{"config fetch --url https://localhost/x", 2, "", "needs --config"},
		{"config fetch --url https://localhost/x --sha256 abc --config " + good, 2, "", "--sha256 takes 64 hex digits"},
		{"config fetch --url https://localhost/x --sha256 abcd --config " + good, 2, "", "--sha256 takes 64 hex digits"},
	} {
		out, errOut, status := run(t, strings.Fields(c.args)...)
		if status != c.status || out != c.out || !strings.Contains(errOut, c.err) || (c.err == "") != (errOut == "") || strings.Contains(out+errOut, "secret") {
			t.Errorf("%s: status %d\n%s%s", c.args, status, out, errOut)
		}
	}
}

// server is a provisioning server. It returns its address and its certificate's file.
func server(t *testing.T, answer http.HandlerFunc) (address, ca string) {
	t.Helper()
	s := httptest.NewUnstartedServer(answer)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})), 0o600)
	return s.URL, ca
}

func TestFetch(t *testing.T) {
	const before, next = "[camera]\ncamera = \"1\"\n", "[camera]\ncamera = \"2\"\n"
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, next) }))
	t.Cleanup(plain.Close)
	address, ca := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/next", "/moved/next":
			fmt.Fprint(w, next)
		case "/same":
			fmt.Fprint(w, before)
		case "/bad":
			fmt.Fprint(w, "[camera]\ncamra = 1\n")
		case "/odd":
			fmt.Fprint(w, "[camera]\ncamera = \"13\"\n")
		case "/page":
			fmt.Fprint(w, "<html>Sign in to this network</html>")
		case "/long":
			for range configuration.MaxSize / 8 {
				fmt.Fprint(w, "#1234567\n")
			}
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, next)
		case "/moved":
			http.Redirect(w, r, "/moved/next", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/plain":
			http.Redirect(w, r, plain.URL, http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	})
	right := fmt.Sprintf("%x", sha256.Sum256([]byte(next)))
	wrong := strings.Repeat("00", sha256.Size)
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string // on standard output, or error
		after  string // the file
	}{
		"next":           {[]string{"--url", address + "/next", "--ca", ca}, 0, `"changed":true`, next},
		"with its sum":   {[]string{"--url", address + "/next", "--ca", ca, "--sha256", strings.ToUpper(right)}, 0, right, next},
		"moved":          {[]string{"--url", address + "/moved", "--ca", ca}, 0, `"changed":true`, next},
		"same":           {[]string{"--url", address + "/same", "--ca", ca}, 0, `"changed":false`, before},
		"another sum":    {[]string{"--url", address + "/next", "--ca", ca, "--sha256", wrong}, 1, "has SHA-256 " + right + ", not the one that was told: nothing was changed", before},
		"wrong key":      {[]string{"--url", address + "/bad?code=secret", "--ca", ca}, 1, address + "/bad?…:2:1: unknown key camra in [camera]; did you mean camera?", before},
		"wrong value":    {[]string{"--url", address + "/odd", "--ca", ca}, 1, "what " + address + "/odd has cannot be: " + address + "/odd:2:1: --camera takes no 13", before},
		"a portal":       {[]string{"--url", address + "/page", "--ca", ca}, 1, address + "/page:1:1: ", before},
		"too long":       {[]string{"--url", address + "/long", "--ca", ca}, 1, "has more than 262144 bytes", before},
		"cut":            {[]string{"--url", address + "/cut", "--ca", ca}, 1, "unexpected EOF", before},
		"round":          {[]string{"--url", address + "/round", "--ca", ca}, 1, "on and on", before},
		"without TLS":    {[]string{"--url", address + "/plain?code=secret", "--ca", ca}, 1, "without TLS", before},
		"not there":      {[]string{"--url", address + "/none?code=secret", "--ca", ca}, 1, "404", before},
		"unknown server": {[]string{"--url", address + "/next"}, 1, "certificate", before},
		"no certificate": {[]string{"--url", address + "/next", "--ca", os.DevNull}, 1, "has no certificate in it", before},
		"nobody":         {[]string{"--url", "https://me:secret@127.0.0.1:1/x?code=secret", "--ca", ca}, 1, "fetch the configuration", before},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "shop.toml")
			write(t, file, before, 0o640)
			out, errOut, status := run(t, append([]string{"config", "fetch", "--config", file}, c.args...)...)
			if status != c.status || !strings.Contains(out+errOut, c.says) || strings.Contains(errOut, "secret") {
				t.Errorf("status %d\n%s%s", status, out, errOut)
			}
			have, err := os.ReadFile(file)
			if err != nil || string(have) != c.after {
				t.Errorf("%s, %v", have, err)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
			old, err := os.ReadFile(file + ".old")
			if c.after == before && !errors.Is(err, os.ErrNotExist) || c.after != before && string(old) != before {
				t.Errorf("old: %s, %v", old, err)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 2 {
				t.Errorf("left: %v, %v", entries, err)
			}
		})
	}
	// The first file of a machine.
	file := filepath.Join(t.TempDir(), "shop.toml")
	t.Setenv("COUNTERSIGN_SHOP_CONFIG", file)
	if out, errOut, status := run(t, "config", "fetch", "--url", address+"/next", "--ca", ca); status != 0 {
		t.Errorf("%s%s", out, errOut)
	}
	if have, err := os.ReadFile(file); err != nil || string(have) != next {
		t.Errorf("%s, %v", have, err)
	}
	if _, err := os.Stat(file + ".old"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
