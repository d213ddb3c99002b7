//go:build !windows

package speaker

import (
	"context"
	"os/exec"
	"syscall"
)

// players are the programs that play and are installed: PipeWire's, PulseAudio's, ALSA's.
func players(names []string) (list []program) {
	if len(names) == 0 {
		names = []string{"pw-play", "paplay", "aplay"}
	}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		p := program{name: baseName(name)}
		var options []string
		if p.name == "aplay" {
			options = []string{"--quiet"}
		}
		p.run = func(ctx context.Context, r request) error {
			return command(ctx, "", path, append(options[:len(options):len(options)], r.file)...)
		}
		list = append(list, p)
	}
	return list
}

// apart gives a program a group of its own, which is killed whole.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
