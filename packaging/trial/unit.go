package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unit is what of a service's unit file is carried out here.
type unit struct {
	name            string // countersign-terminal
	exec            []string
	user            string
	groups          []string // supplementary
	env             []string
	environmentFile string
	credentials     map[string]string // name: sealed file
	states          []string          // directories, of which the first has its data
	runtime, where  string            // directories
	restart         time.Duration
}

// readUnit reads the installed unit of a service of ours. The units have neither quotes
// nor continued lines in what is read here.
func readUnit(name string) (*unit, error) {
	file, err := os.Open("/lib/systemd/system/" + name + ".service")
	if err != nil {
		return nil, err
	}
	defer file.Close() // only read
	return parseUnit(name, file)
}

// parseUnit is readUnit of a text.
func parseUnit(name string, text io.Reader) (*unit, error) {
	u := &unit{name: name, credentials: map[string]string{}}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		key, value, found := strings.Cut(lines.Text(), "=")
		if !found || strings.HasPrefix(key, "#") {
			continue
		}
		switch key {
		case "ExecStart":
			u.exec = strings.Fields(strings.ReplaceAll(value, "%d", u.secrets()))
		case "User":
			u.user = value
		case "SupplementaryGroups":
			u.groups = strings.Fields(value)
		case "Environment":
			u.env = append(u.env, value)
		case "EnvironmentFile":
			u.environmentFile = strings.TrimPrefix(value, "-")
		case "LoadCredentialEncrypted":
			credential, sealed, _ := strings.Cut(value, ":")
			u.credentials[credential] = sealed
		case "StateDirectory":
			for _, folder := range strings.Fields(value) {
				u.states = append(u.states, "/var/lib/"+folder)
			}
		case "RuntimeDirectory":
			u.runtime = "/run/" + value
		case "WorkingDirectory":
			u.where = value
		case "RestartSec":
			seconds, err := strconv.Atoi(value)
			if err != nil {
				return nil, fmt.Errorf("%s: RestartSec: %w", name, err)
			}
			u.restart = time.Duration(seconds) * time.Second
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(u.exec) == 0 || u.user == "" || len(u.states) == 0 || u.where == "" || len(u.credentials) == 0 {
		return nil, fmt.Errorf("%s: its unit says too little: %+v", name, u)
	}
	return u, nil
}

// data is the directory with what the service keeps.
func (u *unit) data() string { return u.states[0] }

// secrets is the directory of its credentials, %d.
func (u *unit) secrets() string { return "/run/credentials/" + u.name + ".service" }

// kind is terminal, settlement or authority.
func (u *unit) kind() string { return strings.TrimPrefix(u.name, "countersign-") }

// prepare does what comes before the program is started: PINs made by the package's
// own script, credentials opened for the service alone, folders with their rights.
func (u *unit) prepare(ctx context.Context) error {
	kind := u.kind()
	if _, err := output(ctx, "/usr/lib/countersign/make-credentials-"+kind, kind); err != nil {
		return err
	}
	for _, dir := range append(slices.Clone(u.states), u.runtime, u.secrets()) {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := u.give(dir); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			return err
		}
	}
	for name, sealed := range u.credentials {
		if err := u.unseal(ctx, name, sealed); err != nil {
			return err
		}
	}
	return nil
}

// unseal opens a credential for the service's user alone.
func (u *unit) unseal(ctx context.Context, name, sealed string) error {
	clear := filepath.Join(u.secrets(), name)
	if err := os.RemoveAll(clear); err != nil {
		return err
	}
	if _, err := output(ctx, "systemd-creds", "decrypt", "--name="+name, sealed, clear); err != nil {
		return err
	}
	if err := os.Chmod(clear, 0o400); err != nil {
		return err
	}
	return u.give(clear)
}

// give makes the service's user the owner of a file.
func (u *unit) give(file string) error {
	who, err := user.Lookup(u.user)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(who.Gid)
	if err != nil {
		return err
	}
	return os.Chown(file, uid, gid)
}

// as is how a command is run as the service's user, in its folder and without rights
// beyond it.
func (u *unit) as(command ...string) []string {
	groups := "--init-groups"
	if len(u.groups) > 0 {
		groups = "--groups=" + strings.Join(u.groups, ",")
	}
	return append([]string{"--reuid", u.user, "--regid", u.user, groups, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
		"/usr/bin/env", "--chdir=" + u.where}, command...)
}

// environ is the whole environment of the service.
func (u *unit) environ(more ...string) []string {
	return append(append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG=C.UTF-8",
		"CREDENTIALS_DIRECTORY=" + u.secrets()}, u.env...), more...)
}

// command is what is started: ExecStart with the environment file's $OPTIONS as words.
func (u *unit) command() ([]string, error) {
	options := ""
	if u.environmentFile != "" {
		text, err := os.ReadFile(u.environmentFile)
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		options, _ = strings.CutPrefix(strings.TrimSpace(string(text)), "OPTIONS=")
		options = strings.Trim(options, `"`)
	}
	var words []string
	for _, word := range u.exec {
		if word == "$OPTIONS" {
			words = append(words, strings.Fields(options)...)
			continue
		}
		words = append(words, word)
	}
	return words, nil
}

// output runs a command as root; its error has what it said.
func output(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, out[max(0, len(out)-2000):])
	}
	return string(out), nil
}
