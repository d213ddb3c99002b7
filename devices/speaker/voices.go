package speaker

import (
	"context"
	"os/exec"
	"time"
)

// named are those of these programs that speak and are installed: espeak-ng, spd-say, or what takes espeak-ng's options.
func named(names []string) (list []program) {
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		p := program{name: baseName(name)}
		if p.name == "spd-say" {
			p.run = func(ctx context.Context, r request) error {
				err := command(ctx, "", path, "--wait", "--language", base(r.language), "--", r.text)
				if ctx.Err() != nil { // its server would go on speaking
					stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
					defer cancel()
					_ = command(stop, "", path, "--cancel")
				}
				return err
			}
		} else { // espeak-ng, or what takes its options
			p.writes = true
			p.run = func(ctx context.Context, r request) error {
				return command(ctx, r.text, path, "-v", voice(r.language), "-s", "150", "-w", r.file, "--stdin")
			}
		}
		list = append(list, p)
	}
	return list
}

// voice is espeak-ng's voice for a language. Its zh is an alias that not every version has.
func voice(tag string) string {
	if base(tag) == "zh" {
		return "cmn"
	}
	return base(tag)
}
