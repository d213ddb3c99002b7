package shop

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/app/demo/chronicle"
	"countersign/app/program/subprocess"
	"countersign/devices/secureunit/virtualtoken"
)

// party is one who takes part: its program, its directory and its secure unit.
type party struct {
	name, program string
	home          string // for its data, codes and secure unit
	env           []string
	pin, soPIN    string // files
	log           string
	chronicle     *chronicle.Chronicle
}

// newParty makes a party's directory and what its secure unit needs.
func (s *Shop) newParty(name, programName string) (*party, error) {
	p := &party{name: name, program: filepath.Join(s.options.Bin, programName), home: filepath.Join(s.dir, name),
		log: filepath.Join(s.options.Logs, name+".log"), chronicle: s.options.Chronicle}
	units, err := virtualtoken.Make(filepath.Join(p.home, "unit"))
	if err != nil {
		return nil, fmt.Errorf("set up %s: %w", name, err)
	}
	p.pin, p.soPIN = units.PINFile(name), units.PINFile(name+".so")
	for _, file := range []string{p.pin, p.soPIN} {
		var pin [8]byte
		rand.Read(pin[:])
		if err := os.WriteFile(file, []byte(hex.EncodeToString(pin[:])+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("set up %s: %w", name, err)
		}
	}
	p.env = environment(os.Environ(), p.home, units.Environ(), s.options.Env)
	return p, nil
}

// environment is that of the person, with a home, a secure unit and a display of
// the party's own. No party reads a configuration: what an installed terminal on this
// machine is set to, by its file or by variables, is not for the one that is played.
func environment(persons []string, home, unit string, display []string) []string {
	own := append([]string{"HOME=" + home, unit, "FYNE_SCALE=1",
		"XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "XDG_CACHE_HOME=" + filepath.Join(home, ".cache")}, display...)
	for _, program := range configurable() {
		own = append(own, "COUNTERSIGN_"+program+"_CONFIG=")
	}
	var persona string
	env := slices.DeleteFunc(slices.Clone(persons), func(v string) bool {
		name, value, _ := strings.Cut(v, "=")
		if name == "HOME" {
			persona = value
		}
		return settingOfProgram(name) || slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(o, name+"=") })
	})
	// X11's cookies are found by HOME unless they are named.
	named := func(v string) bool { return strings.HasPrefix(v, "XAUTHORITY=") }
	if persona != "" && !slices.ContainsFunc(own, named) && !slices.ContainsFunc(env, named) {
		env = append(env, "XAUTHORITY="+filepath.Join(persona, ".Xauthority"))
	}
	return append(env, own...)
}

// configurable are the programs that take a configuration, as variables name them.
func configurable() []string { return []string{"TERMINAL", "SETTLEMENT", "AUTHORITY"} }

// settingOfProgram says whether a variable sets something of a program.
func settingOfProgram(name string) bool {
	for _, program := range configurable() {
		if strings.HasPrefix(name, "COUNTERSIGN_"+program+"_") {
			return true
		}
	}
	return false
}

// data are the flags that name the party's data directory.
func (p *party) data() []string { return []string{"--data", filepath.Join(p.home, "data")} }

// unit are those that open its secure unit as well.
func (p *party) unit() []string {
	return append(p.data(), "--token", p.name, "--pin-file", p.pin)
}

// newUnit are those that make the secure unit.
func (p *party) newUnit() []string {
	return append(p.unit(), "--init-token", "--so-pin-file", p.soPIN)
}

// file writes something that was handed to the party, such as an enrolment code.
func (p *party) file(name, text string) (string, error) {
	path := filepath.Join(p.home, name)
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("hand %s to %s: %w", name, p.name, err)
	}
	return path, nil
}

// command is one of the party's program. Its log lines go to the chronicle.
func (p *party) command(words string, flags ...[]string) subprocess.Command {
	return subprocess.Command{
		Name: p.name + " " + words, Path: p.program, Args: slices.Concat(strings.Fields(words), slices.Concat(flags...)),
		Env: p.env, Log: p.log, Stderr: func(line []byte) { p.chronicle.Logged(p.name, line) },
	}
}

// run carries out a command and returns what it printed.
func (p *party) run(ctx context.Context, words string, flags ...[]string) (string, error) {
	return subprocess.Run(ctx, p.command(words, flags...))
}
