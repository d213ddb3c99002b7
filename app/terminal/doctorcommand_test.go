//go:build linux

package main

import (
	"archive/zip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/app/program/programtest"
	"countersign/app/terminal/doctor"
	"countersign/app/terminal/journal"
	"countersign/devices/contactless/virtualreader"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/printer/virtualprinter"
	"countersign/devices/serialline/virtualport"
)

// clinic is an enrolled terminal with all its devices that does not run, and the built
// programs of authority and settlement.
type clinic struct {
	t       *testing.T
	town    programtest.Town
	at      *programtest.Program
	flags   []string
	sensor  *virtualsensor.Sensor
	printer *virtualprinter.Printer
}

func openClinic(t *testing.T) *clinic {
	t.Helper()
	c := &clinic{t: t, town: programtest.Open(t), at: newTerminal(t)}
	c.at.OK("enrol", c.at.Founding("--authority", c.town.Authority.URL(), "--code-file", c.town.Code("terminal", "T-0001", "--name", shopName))...)
	dir := t.TempDir()
	var err error
	if c.sensor, err = virtualsensor.New(virtualsensor.Options{Link: filepath.Join(dir, "sensor"), Unpaced: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.sensor.Close() })
	if c.printer, err = virtualprinter.New(virtualprinter.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.printer.Close() })
	printer, err := c.printer.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	imager, err := virtualport.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { imager.Close() })
	daemon, err := virtualreader.Start(t.Context(), virtualreader.Options{Dir: filepath.Join(dir, "pcsc")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { daemon.Close() })
	c.at.Env = append(c.at.Env, daemon.Env(), "TZ=Asia/Shanghai")
	phone := newPhone(t)
	phone.camera.Show(symbol(t, "CS1T:COUNTERSIGN", 4))
	c.flags = []string{"--settlement", c.town.Settlement.URL(), "--merchant", merchant, "--camera", phone.camera.URL(), "--sensor", c.sensor.Path(),
		"--printer", "tcp:" + printer.String(), "--imager", imager.Name(), "--reader", "any"}
	return c
}

// examined is what "doctor --json" says, by the checks' names.
func (c *clinic) examined(more ...string) (findings map[string]doctor.Finding, status int) {
	c.t.Helper()
	out, errOut, status := c.at.Run("doctor", c.at.Own(append(append(c.flags, "--json"), more...)...)...)
	findings = map[string]doctor.Finding{}
	for line := range strings.Lines(out) {
		var f doctor.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			c.t.Fatalf("%v: %s%s", err, out, errOut)
		}
		findings[f.Check] = f
	}
	if len(findings) != 20 {
		c.t.Fatalf("%d checks: %s%s", len(findings), out, errOut)
	}
	return findings, status
}

// The doctor finds nothing on a terminal that is well, and what is broken; beside one that
// runs it takes nothing away.
func TestDoctor(t *testing.T) {
	c := openClinic(t)
	findings, status := c.examined()
	for name, f := range findings {
		if name == doctor.NameClock && strings.Contains(f.Found, "goes with settlement's") { // who keeps this machine's clock is not the terminal's affair
			continue
		}
		if f.State != doctor.OK {
			t.Errorf("%s: %s %s %s %v", name, f.State, f.Found, f.Do, f.Facts)
		}
	}
	if status != 0 {
		t.Errorf("status %d", status)
	}
	out, errOut, status := c.at.Run("doctor", c.at.Own(c.flags...)...)
	if status != 0 || !strings.Contains(out, "Fingerprint sensor") || !strings.Contains(out, "All 20 checks are well.") && !strings.Contains(out, "Nothing failed") {
		t.Errorf("%d\n%s%s", status, out, errOut)
	}

	held, err := journal.Open(t.Context(), filepath.Join(c.at.Data, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	findings, status = c.examined()
	for name, words := range map[string]string{doctor.NameTerminal: "A terminal runs", doctor.NamePrinter: "running terminal", doctor.NameJournal: "running terminal", doctor.NameSettlement: "answers", doctor.NameToken: "keys work"} {
		if f := findings[name]; f.State == doctor.Bad || !strings.Contains(f.Found, words) {
			t.Errorf("beside a terminal: %+v", f)
		}
	}
	if status != 0 {
		t.Errorf("beside a terminal: status %d", status)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}

	c.sensor.Unplug()
	c.printer.SetPaper(virtualprinter.Empty)
	if err := c.town.Settlement.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.at.PIN, []byte("not its PIN\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	findings, status = c.examined("--merchant", "")
	for name, words := range map[string]string{
		doctor.NameSensor: "There is none", doctor.NamePrinter: "paper", doctor.NameToken: "refuses the PIN", doctor.NameSettings: "--merchant",
	} {
		if f := findings[name]; f.State != doctor.Bad || !strings.Contains(f.Found, words) || f.Do == "" {
			t.Errorf("broken: %+v", f)
		}
	}
	if f := findings[doctor.NameCertificate]; f.State != doctor.Warning || f.Do != "See to the token first." {
		t.Errorf("without its token: %+v", f)
	}
	if status != 1 {
		t.Errorf("broken: status %d", status)
	}
	if err := os.WriteFile(c.at.PIN, []byte("terminal's pin\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if findings, status = c.examined(); status != 1 || findings[doctor.NameSettlement].State != doctor.Bad || !strings.Contains(findings[doctor.NameSettlement].Found, "cannot be connected to") ||
		!strings.Contains(findings[doctor.NameClock].Found, "the authority's") {
		t.Errorf("without settlement: %d, %+v, %+v", status, findings[doctor.NameSettlement], findings[doctor.NameClock])
	}
}

// Secrets that are in everything that a bundle is made of are not in the bundle.
func TestSupportBundle(t *testing.T) {
	c := openClinic(t)
	const account, pin, staffPIN = "6222021234567890123", "terminal's pin", "80901742"
	key, template := make([]byte, 32), make([]byte, 120)
	for n := range template {
		template[n] = byte(n*37 + 11)
		key[n%32] = byte(n*91 + 5)
	}
	quoted, err := json.Marshal(string(template))
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{
		"account": account, "pin": pin, "staff's pin": staffPIN, "key": hex.EncodeToString(key), "key in base64": base64.StdEncoding.EncodeToString(key),
		"template": hex.EncodeToString(template), "template in base64": base64.StdEncoding.EncodeToString(template), "template in numbers": fmt.Sprint(template)[1:40], "template as it is": string(template[40:60]),
		"camera's password": "s3cret", "grouped account": "6222 0212 3456 7890 123",
	}
	log := c.at.Write("log", "")
	var text strings.Builder
	fmt.Fprintf(&text, `{"time":"2026-11-22T15:04:05Z","level":"INFO","msg":"step","step":13,"ms":12.5}`+"\n")
	for name, secret := range secrets {
		fmt.Fprintf(&text, `{"level":"ERROR","msg":%q,"detail":%q}`+"\n%s: pin %s\n", name+" "+secret, secret, name, secret)
	}
	fmt.Fprintf(&text, `{"level":"ERROR","print":%s,"template":"AQID","account":"N-1"}`+"\n-----BEGIN EC PRIVATE KEY-----\n%s\n-----END EC PRIVATE KEY-----\n", quoted, secrets["key in base64"])
	if err := os.WriteFile(log, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.at.Data, "account-"+account), key, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "support.zip")
	cashier := c.at.Write("cashier-pin", staffPIN)
	out, errOut, status := c.at.Run("support-bundle", c.at.Own(append(c.flags, "--out", path, "--log", log, "--tax-number", account, "--foot-lines", hex.EncodeToString(key),
		"--camera", "http://shop:s3cret@127.0.0.1:9/stream", "--cashier", "Ann", "--cashier-pin-file", cashier)...)...)
	if status != 0 || !strings.Contains(out, `"bundle":`) {
		t.Fatalf("%d %s%s", status, out, errOut)
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(raw)
		for name, secret := range secrets {
			if strings.Contains(string(raw), secret) || strings.Contains(f.Name, secret) {
				t.Errorf("%s has the %s", f.Name, name)
			}
		}
	}
	for name, words := range map[string]string{
		"README.txt": "log.jsonl", "doctor.txt": "Fingerprint sensor", "doctor.jsonl": `"check":"token"`, "versions.txt": "countersign", "settings.jsonl": c.town.Settlement.URL(),
		"log.jsonl": `"step":13`, "journal.json": "could not be had", "files.txt": "account-[removed",
	} {
		if !strings.Contains(files[name], words) {
			t.Errorf("%s lacks %q:\n%s", name, words, files[name])
		}
	}
	if _, errOut, status := c.at.Run("support-bundle", c.at.Own(c.flags...)...); status != 2 || !strings.Contains(errOut, "--out") {
		t.Errorf("without a file: %d %s", status, errOut)
	}
}
