package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"countersign/app/terminal/doctor"
	"countersign/app/terminal/health"
	"countersign/devices/camera"
	"countersign/devices/contactless"
	"countersign/devices/fingerprint"
	"countersign/devices/printer"
)

// service is the terminal's unit where systemd runs it.
const service = "countersign-terminal.service"

// examine looks at the whole terminal from outside, with the flags of run, and says what
// is not as it should be. It fails where something is bad.
func examine(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var asJSON bool
	err := s.parse("doctor", args, errOut, s.common, s.kiosk, func(flags *flag.FlagSet) {
		flags.BoolVar(&asJSON, "json", false, "tell it as JSON, an object a line for each check")
	})
	if err != nil {
		return err
	}
	findings := s.examined(ctx)
	if asJSON {
		err = writeJSON(out, findings)
	} else {
		err = doctor.Table(out, findings, doctor.Width(out))
	}
	if err == nil && !doctor.Well(findings) {
		err = errUnwell
	}
	return err
}

// errUnwell ends the command with status 1.
var errUnwell = errors.New("not all is well")

func writeJSON(out io.Writer, findings []doctor.Finding) error {
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, f := range findings {
		if err := lines.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// examined has every check look.
func (s *settings) examined(ctx context.Context) []doctor.Finding {
	enrolled := doctor.NewEnrolled()
	defer enrolled.Close() // it has told what is wrong with the token
	return doctor.Run(ctx, s.checks(enrolled))
}

// checks are in the order in which somebody mends: what others need comes first.
func (s *settings) checks(enrolled *doctor.Enrolled) []doctor.Check {
	wrong := s.checkKiosk()
	running := doctor.Running(s.journalFile())
	return append([]doctor.Check{
		{Name: doctor.NameSettings, Title: "Settings", Look: doctor.Settings(wrong)},
		{Name: doctor.NameVersions, Title: "Versions", Look: doctor.Versions(version())},
		{Name: doctor.NameTerminal, Title: "Terminal", Look: doctor.Terminal(running, serviceState)},
		{Name: doctor.NameDataFolder, Title: "Data folder", Look: doctor.DataFolder(s.Data)},
		{Name: doctor.NameDisk, Title: "Disk", Look: doctor.Disk(s.Data)},
		{Name: doctor.NameJournal, Title: "Journal", Limit: time.Minute, Look: doctor.Journal(s.journalFile())},
		{Name: doctor.NameTimeZone, Title: "Time zone", Look: doctor.TimeZone(time.Local, os.Getenv("TZ"), time.Now)},
		{Name: doctor.NameToken, Title: "Token", Look: enrolled.Token(s.SecureUnit(), s.PINFile)},
		{Name: doctor.NameClock, Title: "Clock", Look: enrolled.Clock(s.settlement, s.authority, time.Now, health.SystemClock)},
		{Name: doctor.NameCertificate, Title: "Certificate", Look: enrolled.Certificate(time.Now)},
		{Name: doctor.NameTLSCertificate, Title: "Certificate for TLS", Look: enrolled.TLSCertificate(time.Now)},
		{Name: doctor.NameRevocationList, Title: "Revocation list", Look: enrolled.RevocationList(time.Now)},
		{Name: doctor.NameSettlementCertificate, Title: "Settlement's certificate", Look: enrolled.SettlementCertificate(time.Now)},
		{Name: doctor.NameAuthority, Title: "Authority", Look: enrolled.Authority(s.authority, time.Now)},
	}, s.partChecks(enrolled, running)...)
}

// partChecks are of what a sale needs around the terminal.
func (s *settings) partChecks(enrolled *doctor.Enrolled, running bool) []doctor.Check {
	pattern := s.reader
	if strings.EqualFold(pattern, anyReader) {
		pattern = ""
	}
	paper := printer.Settings{Address: s.printerAddress, DrawerPin: s.profile.DrawerPin, DrawerOpenLow: s.profile.DrawerOpenLow}
	return []doctor.Check{
		{Name: doctor.NameSettlement, Title: "Settlement", Look: enrolled.Settlement(s.settlement, time.Now)},
		{Name: doctor.NameCamera, Title: "Camera", Look: doctor.Camera(camera.Settings{Address: s.camera}, running)},
		{Name: doctor.NameSensor, Title: "Fingerprint sensor", Look: doctor.Sensor(fingerprint.Settings{Port: s.sensor}, running)},
		{Name: doctor.NameReader, Title: "Contactless reader", Look: doctor.Reader(contactless.Options{Reader: pattern}, s.reader != "")},
		{Name: doctor.NamePrinter, Title: "Receipt printer", Look: doctor.Printer(paper, running)},
		{Name: doctor.NameImager, Title: "Hand-held imager", Look: doctor.Imager(s.imager, running)},
	}
}

// booted says whether systemd runs the machine (sd_booted(3)).
func booted() bool {
	_, err := os.Stat("/run/systemd/system")
	return err == nil
}

// serviceState is what systemd knows of the terminal's unit, nothing where it does not run
// or has none of that name.
func serviceState(ctx context.Context) (state, said string) {
	if !booted() {
		return "", ""
	}
	text, err := exec.CommandContext(ctx, "systemctl", "show", "--property=LoadState,ActiveState,StatusText", service).Output()
	if err != nil {
		return "", ""
	}
	said, state, loaded := "", "", ""
	for line := range strings.Lines(string(text)) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), "="); name {
		case "LoadState":
			loaded = value
		case "ActiveState":
			state = value
		case "StatusText":
			said = value
		}
	}
	if loaded != "loaded" {
		return "", ""
	}
	return state, said
}
