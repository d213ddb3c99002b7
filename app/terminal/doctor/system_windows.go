package doctor

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// What to do about the service that has the contactless readers. Windows starts it when a
// reader is plugged in, and does not have it running before.
const (
	lookForService = "Plug the reader in, then check that the service Smart Card runs: sc query SCardSvr."
	startService   = "Plug the reader in; if it is, start the service Smart Card as an administrator: sc start SCardSvr."
)

// firstOf11 is the build with which Windows 11 begins: it goes on calling itself 10.
const firstOf11 = 22000

// operatingSystem is the version of Windows, whatever version it claims to be for old
// programs, and its build.
func operatingSystem() (name, kernel string) {
	v := windows.RtlGetVersion()
	major := v.MajorVersion
	if major == 10 && v.BuildNumber >= firstOf11 {
		major = 11
	}
	name = fmt.Sprintf("Windows %d", major)
	if v.MinorVersion > 0 {
		name += fmt.Sprintf(".%d", v.MinorVersion)
	}
	return name, fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}
