package confinement

import (
	"os"
	"path/filepath"
)

// Libraries lets a program load shared libraries, a PKCS#11 module among them, and
// use what the C library reads: its caches, time zones and random numbers.
func Libraries() Profile {
	return Profile{
		ReadOnly: []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/ld.so.preload",
			"/usr/share/zoneinfo", "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/zero", "/sys/devices/system/cpu", "/proc/self", "/proc/meminfo", "/proc/cpuinfo"},
		Devices: []string{"/dev/null"},
	}
}

// Window lets a program open windows on the X server that its environment names,
// drawn in software: fonts, Mesa's and X's data, the server's socket and the
// authority file. A window can see what other windows of the server show, and
// be typed into by them: that wall is X's, and it has none.
func Window() Profile {
	p := Profile{
		Unix: true,
		ReadOnly: []string{"/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig",
			"/usr/share/X11", "/usr/share/drirc.d", "/etc/drirc", "/usr/share/glvnd", "/etc/glvnd", "/usr/share/libdrm", "/usr/share/icons",
			"/usr/share/locale", "/usr/share/mime", "/tmp/.X11-unix"},
	}
	authority := os.Getenv("XAUTHORITY")
	home, err := os.UserHomeDir()
	if authority == "" && err == nil {
		authority = filepath.Join(home, ".Xauthority")
	}
	if authority != "" {
		p.ReadOnly = append(p.ReadOnly, authority)
	}
	return p
}
