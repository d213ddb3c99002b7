package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/doctor"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/supportbundle"
)

// bundle is the command "support-bundle": what somebody needs who mends this terminal from
// far away, in one file without secrets. Its flags are those of run, and the file's name.
type bundle struct {
	settings
	flags *flag.FlagSet
	out   string
}

// supportBundle packs it, also while the terminal runs.
func supportBundle(ctx context.Context, args []string, out, errOut io.Writer) error {
	var b bundle
	err := b.parse("support-bundle", args, errOut, b.common, b.kiosk, func(flags *flag.FlagSet) {
		flags.StringVar(&b.out, "out", "", "`file` to be made, a ZIP")
		b.flags = flags
	})
	if err != nil {
		return err
	}
	if b.out == "" {
		return program.Usagef("support-bundle needs --out")
	}
	removed, err := supportbundle.Save(ctx, b.out, b.parts(b.examined(ctx)), supportbundle.NewScrubber(b.secrets()...), time.Now())
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{"bundle": b.out, "removed": removed})
}

// maxSecret bounds what is read of a file with a secret, bytes.
const maxSecret = 4 << 10

// secrets are what stands in the files that hold one, the token's PIN and a cashier's, and
// the passwords in addresses.
func (b *bundle) secrets() (list [][]byte) {
	b.flags.VisitAll(func(f *flag.Flag) {
		if address, err := url.Parse(f.Value.String()); err == nil && address.User != nil {
			if password, is := address.User.Password(); is {
				list = append(list, []byte(password))
			}
		}
		if f.Value.String() == "" || !strings.HasSuffix(f.Name, "pin-file") {
			return
		}
		file, err := os.Open(f.Value.String())
		if err != nil {
			return // the doctor tells, and nothing of it can be in the bundle by this program
		}
		defer file.Close()
		if secret, err := io.ReadAll(io.LimitReader(file, maxSecret)); err == nil {
			list = append(list, secret)
		}
	})
	return list
}

// parts are what goes into the bundle.
func (b *bundle) parts(findings []doctor.Finding) []supportbundle.Part {
	parts := []supportbundle.Part{
		{Name: "doctor.txt", About: "what is well and what is not, for people", Write: func(_ context.Context, w io.Writer) error { return doctor.Table(w, findings, 100) }},
		{Name: "doctor.jsonl", About: "the same for programs", Write: func(_ context.Context, w io.Writer) error { return writeJSON(w, findings) }},
		{Name: "versions.txt", About: "what the program was built from", Own: true, Write: writeBuild},
		{Name: "settings.jsonl", About: "the settings", Write: b.writeSettings},
		{Name: "journal.json", About: "the journal's verification", Write: b.writeVerification},
		{Name: "files.txt", About: "the data folder's files, by size and rights", Write: b.writeFiles},
	}
	if b.Log != "" {
		parts = append(parts, supportbundle.Part{Name: "log.jsonl", About: "the end of the log", Write: supportbundle.Tail(b.Log)})
	}
	if booted() {
		parts = append(parts,
			supportbundle.Part{Name: "service.txt", About: "what systemd knows of the service", Write: supportbundle.Command("systemctl", "status", "--no-pager", "--full", "--lines=0", service)},
			supportbundle.Part{Name: "journald.txt", About: "the end of what the service said", Write: supportbundle.Command("journalctl", "--no-pager", "--output=short-iso", "--lines=4000", "--unit="+service)},
			supportbundle.Part{Name: "kernel.txt", About: "the kernel's warnings", Write: supportbundle.Command("journalctl", "--no-pager", "--output=short-iso", "--dmesg", "--priority=warning", "--lines=1000")},
		)
	}
	return parts
}

func writeBuild(_ context.Context, w io.Writer) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("it was built without")
	}
	_, err := io.WriteString(w, info.String())
	return err
}

// writeSettings tells every flag of run, an object a line.
func (b *bundle) writeSettings(_ context.Context, w io.Writer) (err error) {
	lines := json.NewEncoder(w)
	for _, setting := range configured().Settings(b.flags, b.origins) {
		err = errors.Join(err, lines.Encode(setting))
	}
	return err
}

// writeVerification is "journal verify", or what the copy says while a terminal runs.
func (b *bundle) writeVerification(ctx context.Context, w io.Writer) error {
	lines := json.NewEncoder(w)
	i, err := journal.Inspect(ctx, b.journalFile())
	if errors.Is(err, journal.ErrInUse) {
		return lines.Encode(doctor.Journal(b.journalFile())(ctx))
	}
	if err != nil {
		return err
	}
	return lines.Encode(verdict(i))
}

// writeFiles lists the data folder.
func (b *bundle) writeFiles(_ context.Context, w io.Writer) error {
	return filepath.WalkDir(b.Data, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			_, err = fmt.Fprintln(w, err)
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, os.ErrNotExist) { // a file of the moment
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(b.Data, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%v %10d %s %s\n", info.Mode(), info.Size(), info.ModTime().Format(time.RFC3339), name)
		return err
	})
}
