#!/bin/sh
# setup.sh build|package|packages|boot|windows|run|test|demo: installs the Debian packages that building, packaging,
# running, testing or demonstrating Countersign needs and this machine lacks. It says what and
# why first, uses sudo when not root, and does and prints nothing when all is there.
#
# Beforehand a machine needs Go, git and make; a missing or too old one is named. On a
# system that is not Debian 12 the wanted packages are named and nothing is installed;
# COUNTERSIGN_SETUP=skip goes on without looking, for whoever has brought them.
set -eu

needed_go=1.26

# For which uses a package is wanted, the package, and what for. The versions in the
# names are Debian 12's. "run" is what a machine needs that only runs the programs.
packages() {
	cat <<'LIST'
build ca-certificates       to fetch Go modules over HTTPS
build gcc                   compiles the parts in C
build g++                   compiles the parts in C++
build pkg-config            finds the C libraries
build libopencv-dev         camera pictures
build libzxing-dev          QR decoding
build libpcsclite-dev       contactless readers
build libfprint-2-dev       fingerprint minutiae
build libglib2.0-dev        libfprint's event loop
build libgl-dev             windows (OpenGL)
build libx11-dev            windows (X11)
build libxcursor-dev        windows (X11 pointers)
build libxi-dev             windows (X11 touch input)
build libxinerama-dev       windows (X11 monitors)
build libxrandr-dev         windows (X11 resolutions)
build libxxf86vm-dev        windows (X11 video modes)
package dpkg-dev        what a package's programs load
package cmake           OpenCV for releases (packaging/opencv)
package ninja-build     OpenCV for releases
package nasm            its libjpeg's fast parts
package zlib1g-dev      its libpng
package openssl         update keys, certificates for tests
package g++-mingw-w64-x86-64-posix  the terminal for Windows
package libz-mingw-w64-dev          the terminal for Windows
trial debootstrap      a fresh Debian to install packages on
trial util-linux       name spaces for it (unshare)
trial lintian          what Debian says of packages
trial piuparts         what they leave behind
boot qemu-system-x86    a machine to boot packages on
boot ovmf               its firmware (UEFI)
boot swtpm              its TPM
boot debootstrap        the Debian on it
boot e2fsprogs          its disk
package meson           an OpenGL for Windows without a graphics driver
package python3-mako    writes its sources
package bison           writes its sources
package flex            writes its sources
package nsis            Windows' setup.exe
package wixl            Windows' .msi
package msitools        Windows' .msi
package osslsigncode    signatures for Windows
wine wine64             a Windows to try its packages on
wine wine               starts it
wine imagemagick        pictures of its windows
wine xauth              keeps their display private
run libopencv-core406       camera pictures
run libopencv-imgproc406    camera pictures
run libopencv-imgcodecs406  camera pictures
run libopencv-videoio406    camera capture
run libzxing2               QR decoding
run libpcsclite1            contactless readers
run libfprint-2-2           fingerprint minutiae
run libstdc++6              the parts in C++
run libgl1                  windows (OpenGL)
run libgl1-mesa-dri         windows (OpenGL without a graphics card)
run libx11-6                windows (X11)
run libxcursor1             windows (X11 pointers)
run libxi6                  windows (X11 touch input)
run libxinerama1            windows (X11 monitors)
run libxrandr2              windows (X11 resolutions)
run libxxf86vm1             windows (X11 video modes)
run libsofthsm2             secure unit in software (PKCS#11)
display xvfb                a display for windows where there is no screen
test xauth                  keeps that display private
test softhsm2               looks into the secure unit from outside
test chromium           a browser for the store's page
test alsa-utils         plays the terminal's sounds
test espeak-ng          speaks the terminal's prompts
test poppler-utils      reads the PDFs that are written
run alsa-utils          plays the terminal's sounds
run espeak-ng           speaks to customers who cannot see the screen
radio pcscd                 contactless readers
radio vsmartcard-vpcd       a contactless reader in software
test postgresql-15          settlement's larger store, and pgbench to measure it against
LIST
}

fail() {
	printf 'setup: %s\n' "$*" >&2
	exit 1
}

# check_tools names what must be there beforehand.
check_tools() {
	for tool in git make; do
		command -v "$tool" >/dev/null || fail "$tool is missing. Install it: apt-get install $tool"
	done
	if ! command -v go >/dev/null; then
		if [ -x /usr/local/go/bin/go ]; then
			fail "Go is in /usr/local/go but not on the path. Run: export PATH=\$PATH:/usr/local/go/bin"
		fi
		fail "Go is missing. Install Go $needed_go or later from https://go.dev/dl/ (Debian 12's own is too old)."
	fi
	# From / and without fetching another: what is installed here.
	have=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
	version=${have#go}
	major=${version%%.*}
	minor=${version#*.}
	minor=${minor%%[!0-9]*}
	case "$major.$minor" in
	[0-9]*.[0-9]*) ;;
	*) return 0 ;; # a development version of Go: it knows what it does
	esac
	if [ "$major" -lt "${needed_go%.*}" ] || { [ "$major" -eq "${needed_go%.*}" ] && [ "$minor" -lt "${needed_go#*.}" ]; }; then
		fail "$have is too old. Install Go $needed_go or later from https://go.dev/dl/ (now: $(command -v go))."
	fi
}

# missing lists the wanted packages that are not installed, one a line, with reasons.
missing() {
	wanted=$(packages | awk -v uses="$uses" 'index(" " uses " ", " " $1 " ") { print $2 }')
	if command -v dpkg-query >/dev/null; then
		# shellcheck disable=SC2086 # one argument a package
		installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null | awk '$1 == "ii" { print $2 }') || :
	else
		installed=
	fi
	packages | awk -v uses="$uses" -v installed="$(echo $installed)" '
		index(" " uses " ", " " $1 " ") && !index(" " installed " ", " " $2 " ") {
			name = $2; $1 = ""; $2 = ""; sub(/^ +/, ""); printf "  %-24s %s\n", name, $0
		}'
}

# as_root runs a command as root. It takes no input but from a person at a terminal,
# whom sudo asks for the password.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
	fi
}

# no_database keeps PostgreSQL's package from making and starting a database of its
# own at installation: tests start theirs. Where PostgreSQL's settings are there
# already, they stay as they are.
no_database() {
	settings=/etc/postgresql-common/createcluster.conf
	[ ! -e $settings ] || return 0
	as_root mkdir -p /etc/postgresql-common
	as_root sh -c "printf '%s\\n' '# Tests start their own servers (packaging/setup.sh of Countersign).' 'create_main_cluster = false' >$settings"
}

case "${1-}" in
build) uses="build" what="build Countersign" ;;
run) uses="run" what="run Countersign" ;;
package) uses="build package" what="package Countersign" ;;
packages) uses="build package trial" what="try Countersign's packages" ;;
boot) uses="build package boot" what="boot Countersign's packages" ;;
windows) uses="build package run display wine" what="try Countersign's packages for Windows" ;;
demo) uses="build run display radio" what="build and demonstrate Countersign" ;;
test) uses="build run display radio test" what="build and test Countersign" ;;
*)
	echo "usage: $0 build|package|packages|boot|windows|run|test|demo" >&2
	exit 2
	;;
esac

[ "$1" = run ] || check_tools
[ "${COUNTERSIGN_SETUP-}" != skip ] || exit 0

lacking=$(missing)
[ -n "$lacking" ] || exit 0
names=$(printf '%s\n' "$lacking" | awk '{ print $1 }')
command="apt-get install --no-install-recommends $(echo $names)"

printf 'To %s, these packages are needed and not installed:\n%s\n' "$what" "$lacking"

system=$(. /etc/os-release 2>/dev/null && echo "${ID-} ${VERSION_ID-}") || system=unknown
if [ "$system" != "debian 12" ] || ! command -v apt-get >/dev/null; then
	fail "this is not Debian 12 but ${system:-unknown}: install what your system calls these packages, then run this again with COUNTERSIGN_SETUP=skip."
fi
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
	fail "not root, and there is no sudo. Have someone with the right run: $command"
fi

echo "Installing them with apt-get."
as_root apt-get update -qq || fail "apt-get update failed. Check the network and /etc/apt/sources.list, then run this again."
case " $(echo $names) " in *" postgresql-15 "*) no_database ;; esac
# shellcheck disable=SC2086 # one argument a package
as_root apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 $names ||
	fail "apt-get could not install them. As root, try: $command"
lacking=$(missing)
[ -z "$lacking" ] || fail "still not installed: $(printf '%s\n' "$lacking" | awk '{ printf "%s ", $1 }')"
