// Package debian installs Debian packages with dpkg, and says what is installed.
//
// # Limits
//
// Only what is in the given files is installed: what they depend on must be there. A
// configuration file that somebody changed stays as it is. dpkg is not interrupted, but
// ended after a time; being killed in the middle leaves a package half installed, which
// Installed does not take for installed and another Install puts right.
package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNotInstalled says that a package is not installed, or not whole.
var ErrNotInstalled = errors.New("the package is not installed")

// Dpkg installs packages. The zero value installs into the running system.
type Dpkg struct {
	// Root is the directory of the system that is changed; "" is the running one.
	Root string
	// Limit is how long an installation may take; 15 minutes when 0.
	Limit time.Duration
}

// said is how much of dpkg's words an error has at most, its last ones.
const said = 2000

// Installed returns the version of a package; ErrNotInstalled where dpkg does not say
// that it is installed and configured.
func (d Dpkg) Installed(ctx context.Context, name string) (string, error) {
	out, err := d.run(ctx, time.Minute, "dpkg-query", "--admindir="+filepath.Join("/", d.Root, "var/lib/dpkg"),
		"--show", "--showformat=${db:Status-Status} ${db:Status-Eflag} ${Version}", "--", name)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return "", fmt.Errorf("%w: %s", ErrNotInstalled, name)
	}
	if err != nil {
		return "", err
	}
	version, whole := strings.CutPrefix(out, "installed ok ")
	if !whole || version == "" {
		return "", fmt.Errorf("%w: %s is %.100q", ErrNotInstalled, name, out)
	}
	return version, nil
}

// Examine reads what a package's file says about itself.
func (d Dpkg) Examine(ctx context.Context, path string) (name, version, architecture string, err error) {
	for field, to := range map[string]*string{"Package": &name, "Version": &version, "Architecture": &architecture} {
		out, err := d.run(ctx, time.Minute, "dpkg-deb", "--field", path, field)
		if err != nil {
			return "", "", "", fmt.Errorf("examine %s: %w", filepath.Base(path), err)
		}
		*to = strings.TrimSuffix(out, "\n")
	}
	return name, version, architecture, nil
}

// Install installs packages together, also older ones than are there. It does not end
// with ctx, because half an installation is worse than none.
func (d Dpkg) Install(ctx context.Context, paths []string) error {
	limit := d.Limit
	if limit == 0 {
		limit = 15 * time.Minute
	}
	args := []string{"--force-confdef", "--force-confold", "--install"}
	if d.Root != "" {
		args = append([]string{"--root=" + d.Root}, args...)
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer stop()
	for {
		_, err := d.run(ctx, limit, "dpkg", append(args, paths...)...)
		if err == nil {
			return nil
		}
		if !strings.Contains(err.Error(), "locked by another process") {
			return fmt.Errorf("install packages: %w", err)
		}
		// Somebody else installs, perhaps what a killed program of this kind has begun.
		again := time.NewTimer(time.Second)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return fmt.Errorf("install packages: %w", err)
		}
	}
}

// run runs one of dpkg's programs and returns what it says.
func (d Dpkg) run(ctx context.Context, limit time.Duration, name string, args ...string) (string, error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	c.WaitDelay = time.Second
	var out, wrong bytes.Buffer
	c.Stdout, c.Stderr = &out, &wrong
	if err := c.Run(); err != nil {
		words := strings.TrimSpace(wrong.String())
		return "", fmt.Errorf("%s: %w: %s", name, err, words[max(0, len(words)-said):])
	}
	return out.String(), nil
}
