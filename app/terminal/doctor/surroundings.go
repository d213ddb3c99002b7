package doctor

import (
	"context"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"countersign/app/program"
)

// Settings says what is wrong with the settings, or that nothing is.
func Settings(wrong error) func(context.Context) Finding {
	return func(context.Context) Finding {
		if wrong == nil {
			return finding{}.ok("They fit together.").done()
		}
		text := strings.TrimPrefix(wrong.Error(), program.ErrUsage.Error()+": ")
		return finding{}.fact("error", text).bad(sentence(text), "Correct them: the terminal does not start as they are.").done()
	}
}

// Versions says what runs here.
func Versions(program string) func(context.Context) Finding {
	return func(context.Context) Finding {
		f := finding{}.fact("terminal", program).fact("go", runtime.Version()).fact("platform", runtime.GOOS+"/"+runtime.GOARCH)
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
					f = f.fact(strings.ReplaceAll(s.Key, ".", "_"), s.Value)
				}
			}
		}
		system, kernel := operatingSystem()
		f = f.fact("system", system)
		if kernel != "" {
			f = f.fact("kernel", kernel)
		}
		return f.ok("Terminal " + program + ", built with " + runtime.Version() + ", on " + system + ".").done()
	}
}

// TimeZone looks at the zone that receipts and reports are dated in. asked is the
// environment's TZ, empty where the machine's zone counts.
func TimeZone(zone *time.Location, asked string, now func() time.Time) func(context.Context) Finding {
	return func(context.Context) Finding {
		name, offset := now().In(zone).Zone()
		hours := now().In(zone).Format("-07:00")
		f := finding{}.fact("zone", zone.String()).fact("abbreviation", name).fact("offset_seconds", offset)
		if asked != "" {
			if _, err := time.LoadLocation(strings.TrimPrefix(asked, ":")); err != nil {
				return f.fact("error", err.Error()).warn("The time zone "+asked+" is not known here, so UTC is used.", "Set TZ to a zone that the machine has, or install tzdata.").done()
			}
		}
		if offset == 0 && (name == "UTC" || name == "") {
			return f.warn("Receipts and reports are dated in UTC.", "If the shop is elsewhere, set its time zone: timedatectl set-timezone Asia/Shanghai.").done()
		}
		return f.ok("Receipts and reports are dated in " + name + " (UTC" + hours + ").").done()
	}
}
