#!/bin/sh
# try.sh [FOLDER]: tries the setup.exe and the .msi in FOLDER (dist) under Wine, on a display
# of its own, and says of each what was tried. It is Wine and no Windows: what it cannot
# show is in packaging/windows/README.md.
#
#   BIN        folder of the programs built for this machine, for the sale: bin
#   PICTURES   folder for pictures of the windows; without it they are looked at and removed
#   COUNTERSIGN_SIGN_CA  PEM file of the root of the signatures; without it the certificate
#              for tests beside the packages
#
# It takes some minutes and 2 GB below TMPDIR, which it removes.
set -eu
export LC_ALL=C.UTF-8

say() { printf 'windows (Wine): %s\n' "$*"; }

fail() {
	say "FAILED: $*"
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ -z "${COUNTERSIGN_WINE_DISPLAY-}" ]; then
	COUNTERSIGN_WINE_DISPLAY=1 exec "$here/../with-display.sh" "$0" "$@"
fi
dist=$(cd "${1:-$root/dist}" && pwd)
bin=${BIN:-$root/bin}
for tool in wine wineserver osslsigncode import identify; do
	command -v "$tool" >/dev/null || fail "$tool is missing. Install: packaging/setup.sh test"
done

# only PATTERN: the one file of that name.
only() {
	set -- "$dist"/$1
	[ $# -eq 1 ] && [ -f "$1" ] || fail "in $dist there is not one ${1##*/}"
	printf '%s' "$1"
}
setup=$(only 'countersign-terminal_*_x64-setup.exe')
msi=$(only 'countersign-terminal_*_x64.msi')

[ -z "${PICTURES-}" ] || mkdir -p "$PICTURES"
work=$(mktemp -d "${TMPDIR:-/tmp}/countersign-wine.XXXXXX")
export WINEPREFIX="$work/prefix" WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
ended() {
	status=$?
	trap - EXIT
	if [ $status -ne 0 ]; then
		for log in "$data"/logs/*.log; do
			[ ! -f "$log" ] || { say "the end of ${log##*/}:"; tail -n 15 "$log"; }
		done
	fi
	wineserver -k 2>/dev/null || :
	timeout 30 wineserver -w 2>/dev/null || :
	rm -rf "$work"
	exit $status
}
c=$WINEPREFIX/drive_c
programs="$c/Program Files/Countersign"
data=$c/ProgramData/Countersign
trap ended EXIT
trap 'exit 130' INT TERM HUP

# windows COMMAND…: runs a program there, and waits until it has ended.
windows() { timeout 240 wine "$@" </dev/null; }

# status WANTED COMMAND…: what a program is to end with.
status() {
	wanted=$1
	shift
	got=0
	windows "$@" >"$work/said" 2>&1 || got=$?
	[ "$got" -eq "$wanted" ] || fail "$(basename "$1") ended with $got, not $wanted: $(tail -n 5 "$work/said")"
}

# listed FOLDER: every file below it, without Wine's own that come and go.
listed() { (cd "$1" && find . -type f ! -path './windows/*' ! -name '*.tmp' ! -path './users/*/Temp/*' | sort); }

# until SECONDS WHAT COMMAND…: waits for something to be so.
until_so() {
	left=$(($1 * 5)) what=$2
	shift 2
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || fail "$what"
		sleep 0.2
	done
}

# ---- signatures
above=${COUNTERSIGN_SIGN_CA:-}
[ -n "$above" ] || above=$(ls "$dist"/countersign-terminal_*-TEST-CERTIFICATE.pem 2>/dev/null) || above=/etc/ssl/certs/ca-certificates.crt
for file in "$setup" "$msi"; do
	osslsigncode verify -CAfile "$above" -TSA-CAfile "$above" -in "$file" >"$work/said" 2>&1 || fail "the signature of ${file##*/}: $(tail -n 3 "$work/said")"
done
say 'setup.exe and .msi are signed, and the signatures hold'

# ---- a Windows
began=$(date +%s)
"$here/wine/wine.sh" "$WINEPREFIX"
listed "$c" >"$work/before"
say "a fresh Windows of $(wine --version 2>/dev/null), which calls itself $(windows cmd /c ver 2>/dev/null | tr -d '\r\n') ($(($(date +%s) - began)) s)"

# ---- setup.exe
status 2 "$setup" /S /ACCOUNT=nobody-of-that-name
[ ! -e "$programs" ] || fail 'setup left programs for an account that there is not'
rm -rf "$data"
began=$(date +%s)
status 0 "$setup" /S
took=$(($(date +%s) - began))
for file in terminal.exe countersign-kiosk.exe uninstall.exe README.txt licences/notices.txt; do
	[ -f "$programs/$file" ] || fail "setup did not install $file"
done
for file in terminal.toml softhsm2.conf secrets/pin secrets/so-pin logs/setup.log; do
	[ -s "$data/$file" ] || fail "setup did not make $file"
done
[ "$(wc -c <"$data/secrets/pin")" -eq 32 ] && ! cmp -s "$data/secrets/pin" "$data/secrets/so-pin" || fail 'the PINs are not two of 32 digits'
! grep -rqF "$(cat "$data/secrets/pin")" "$data/logs" "$data/terminal.toml" || fail 'the PIN is in a log or the configuration'
for file in terminal.exe countersign-kiosk.exe uninstall.exe; do
	osslsigncode verify -CAfile "$above" -TSA-CAfile "$above" -in "$programs/$file" >"$work/said" 2>&1 || fail "the signature of $file: $(tail -n 3 "$work/said")"
done
"$here/imports.sh" "$programs/terminal.exe" "$programs/countersign-kiosk.exe" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
say "setup /S installed $(du -sm --apparent-size "$programs" | cut -f 1) MB in $took s; programs are signed and load Windows' own libraries alone"

sum=$(sha256sum <"$data/secrets/pin")
status 0 "$setup" /S
[ "$sum" = "$(sha256sum <"$data/secrets/pin")" ] || fail 'setup again made the PIN anew: its token is lost'
say 'setup again over it keeps PINs and configuration'

# ---- what the terminal says
terminal="$programs/terminal.exe"
status 0 "$terminal" help
grep -q '^usage: terminal' "$work/said" || fail 'terminal help does not help'
status 0 "$terminal" config check
status 1 "$terminal" doctor --json
grep '^{' "$work/said" >"$work/findings" || fail "the doctor found nothing: $(tail -n 5 "$work/said")"
[ "$(wc -l <"$work/findings")" -ge 10 ] || fail "the doctor told $(wc -l <"$work/findings") findings"
say "terminal help, config check and doctor --json ran ($(wc -l <"$work/findings") findings)"

# ---- the window, and the keeper
# look NAME COLOURS: takes a picture of the screen, and wants it to have so many.
look() { import -window root "$work/$1.png" 2>/dev/null && [ "$(identify -format %k "$work/$1.png")" -ge "$2" ]; }
# tills lists the processes of terminals that have a window or will have one.
tills() { ps -eo pid=,args= | awk '$2 !~ /^\/bin\/|awk/ && /Countersign\\terminal\.exe"? run/ { print $1 }'; }
none() { [ -z "$(tills)" ]; }
another() { [ -n "$(tills)" ] && [ "$(tills)" != "$before" ]; }
began=$(date +%s)
windows "$programs/countersign-kiosk.exe" keep >"$work/kept" 2>&1 &
keeper=$!
until_so 120 'the terminal showed no window' look first-run 64
say "the terminal's window opened in $(($(date +%s) - began)) s: $(identify -format '%wx%h, %k colours' "$work/first-run.png")"
status 0 "$programs/countersign-kiosk.exe" keep # a second one leaves it to the first
before=$(tills)
[ "$(printf '%s\n' "$before" | wc -l)" -eq 1 ] || fail "not one terminal runs but: $before"
kill -KILL "$before"
began=$(date +%s%3N)
until_so 30 'the terminal that was killed did not come back' another
say "the terminal that was killed was there again after $(($(date +%s%3N) - began)) ms"
until_so 60 'the terminal that came back showed no window' look again 64
status 0 "$programs/countersign-kiosk.exe" stop
until_so 20 'the terminal was told to end and runs' none
wait "$keeper" || fail "the keeper ended with $?"
grep -q '"terminal ended"' "$data/logs/terminal.log" || fail 'the log does not tell that the terminal was killed'
say 'keeper and terminal ended when they were told to'

# ---- a machine whose driver cannot draw the window
if [ -f "$programs/graphics/opengl32.dll" ]; then
	status 0 "$programs/countersign-kiosk.exe" graphics
	version=$(tr -d '\r' <"$work/said")
	usual=$WINEDLLOVERRIDES
	export WINEDLLOVERRIDES="$usual;opengl32=n" # Wine's own is taken away: Windows would have 1.1
	status 1 "$programs/countersign-kiosk.exe" graphics
	drawn() { ps -eo args= | grep -v grep | grep -qF 'Countersign\graphics\terminal.exe'; }
	began=$(date +%s)
	windows "$programs/countersign-kiosk.exe" keep >"$work/kept" 2>&1 &
	keeper=$!
	until_so 60 'without OpenGL the keeper does not start the terminal that draws in software' drawn
	until_so 120 'the terminal that draws in software showed no window' look software 64
	say "OpenGL is $version; without it the window is drawn in software: there after $(($(date +%s) - began)) s, $(identify -format '%k colours' "$work/software.png")"
	grep -q 'drawn in software' "$data/logs/terminal.log" || fail 'the log does not tell that there is no driver'
	status 0 "$programs/countersign-kiosk.exe" stop
	drawn_no_more() { ! drawn; }
	until_so 20 'the terminal that draws in software was told to end and runs' drawn_no_more
	wait "$keeper" || fail "the keeper ended with $?"
	[ -z "${PICTURES-}" ] || cp "$work/software.png" "$PICTURES/windows-software-graphics.png"
	WINEDLLOVERRIDES=$usual
fi

# ---- a sale
if [ -f "$programs/softhsm2.dll" ]; then
	for one in demo authority settlement enrol wallet trustedapplication hardwareenvironment; do
		[ -x "$bin/$one" ] || fail "$bin/$one is missing: make build"
	done
	# The demonstration's shop, whose terminal is the installed one: it takes the flags that
	# the shop gives it, and for the sensor's port a COM port that leads there. The finger is
	# taken by the phone: Wine's reads from a port do not end when they should, so that the
	# sensor is found and no more.
	mkdir "$work/shop" "$work/sale"
	ln -s "$bin"/* "$work/shop/"
	rm -f "$work/shop/terminal" "$work/shop/demo"
	cp "$bin/demo" "$work/shop/"
	cat >"$work/shop/terminal" <<-TERMINAL
		#!/bin/sh
		n=\$# last=
		while [ \$n -gt 0 ]; do
			a=\$1
			shift
			if [ "\$last" = --sensor ]; then
				ln -sfn "\$a" "$work/sensor"
				a=COM5
			fi
			last=\$a n=\$((n - 1))
			set -- "\$@" "\$a"
		done
		exec wine "$programs/terminal.exe" "\$@" --config=
	TERMINAL
	chmod +x "$work/shop/terminal"
	windows reg add 'HKLM\Software\Wine\Ports' /v COM5 /t REG_SZ /d "$work/sensor" /f >/dev/null 2>&1 || fail 'no COM port'
	wineserver -k # ports are made when it starts, and the demonstration has a display of its own
	timeout 30 wineserver -w || :
	began=$(date +%s)
	if ! AUTO=1 FINGER=phone timeout 400 "$work/shop/demo" --out "$work/sale" >"$work/said" 2>&1 </dev/null; then
		[ -z "${PICTURES-}" ] || cp -R "$work/sale" "$PICTURES/windows-sale-failed"
		fail "no sale: $(tail -n 20 "$work/said")"
	fi
	tail -n 1 "$work/said" | grep -q '^sale approved: 1$' || fail "the sale ended otherwise: $(tail -n 3 "$work/said")"
	say "a sale by scan through the installed terminal, $(($(date +%s) - began)) s with its setting up: $(tail -n 1 "$work/said")"
	if [ -n "${PICTURES-}" ]; then
		for picture in "$work"/sale/*-terminal-*.png; do
			cp "$picture" "$PICTURES/windows-${picture##*/*-terminal-}"
		done
	fi
else
	say 'no sale: softhsm2.dll is not among the programs'
fi

# ---- uninstall
echo 'sold' >"$data/terminal/journal.db"
sum=$(sha256sum "$data/terminal/journal.db" "$data/secrets/pin")
status 0 "$programs/uninstall.exe" /S
until_so 30 'the uninstaller did not end' test ! -e "$programs"
timeout 60 wineserver -w
[ "$sum" = "$(sha256sum "$data/terminal/journal.db" "$data/secrets/pin")" ] || fail 'uninstalling touched the journal or the PIN'
listed "$c" | grep -v '^./ProgramData/Countersign/' | grep -vxF -f "$work/before" >"$work/left" || :
[ ! -s "$work/left" ] || fail "uninstalling left: $(cat "$work/left")"
! grep -q 'Software\\\\Countersign\]\|Uninstall\\\\Countersign\]' "$WINEPREFIX/system.reg" || fail 'uninstalling left keys in the registry'
say 'uninstall.exe /S left nothing but the data'

# ---- .msi
status 0 msiexec /i "$msi" /qn
[ -f "$programs/terminal.exe" ] || fail 'the .msi did not install the terminal'
[ "$sum" = "$(sha256sum "$data/terminal/journal.db" "$data/secrets/pin")" ] || fail 'the .msi touched the journal or the PIN'
status 0 "$terminal" help
status 2 "$setup" /S # not over the other
status 0 msiexec /x "$msi" /qn
[ ! -e "$programs" ] || fail 'the .msi left its programs'
timeout 60 wineserver -w
rm "$data/logs/setup.log"
status 0 msiexec /i "$msi" /qn AUTHORITY=https://127.0.0.1:9 CODEFILE='C:\no-such-code' AUTOSTART=no
grep -q 'no-such-code' "$data/logs/setup.log" || fail 'the .msi does not pass on what it is given'
status 0 "$programs/countersign-kiosk.exe" remove --everything
[ ! -e "$data" ] || fail "not everything was removed: $(listed "$data")"
status 0 msiexec /x "$msi" /qn
timeout 60 wineserver -w
listed "$c" | grep -vxF -f "$work/before" >"$work/left" || :
[ ! -s "$work/left" ] || fail "the .msi left: $(cat "$work/left")"
say 'msiexec /qn installs, keeps the data of the other setup, and removes'
[ -z "${PICTURES-}" ] || cp "$work/first-run.png" "$PICTURES/windows-first-run.png"
say 'all of it passed; it was Wine and no Windows'
