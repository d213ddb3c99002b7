#!/bin/sh
# with-display.sh COMMAND…: runs a command with a private X display of its own, which
# ends with it, and ends with the command's exit status. The display is Xvfb on the
# first free number, without TCP, behind a cookie.
set -eu

[ $# -gt 0 ] || { echo "usage: $0 COMMAND…" >&2; exit 2; }
command -v Xvfb >/dev/null || { echo "$0: no Xvfb: install xvfb" >&2; exit 1; }

dir=$(mktemp -d)
server=
finish() {
	status=$?
	trap - EXIT
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || :
		wait "$server" 2>/dev/null || :
	fi
	rm -rf "$dir"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

# The cookie goes in under a made-up number, for the server, and under the true one
# once the server has named it.
cookie=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
XAUTHORITY=$dir/Xauthority
export XAUTHORITY
touch "$XAUTHORITY"
xauth -q add :0 . "$cookie"

mkfifo "$dir/number"
Xvfb -displayfd 3 -screen 0 2000x1400x24 -nolisten tcp -noreset -auth "$XAUTHORITY" \
	3>"$dir/number" >"$dir/log" 2>&1 </dev/null &
server=$!
if ! read -r number <"$dir/number"; then
	echo "$0: Xvfb did not start:" >&2
	cat "$dir/log" >&2
	exit 1
fi
xauth -q add ":$number" . "$cookie"

DISPLAY=:$number
export DISPLAY
unset WAYLAND_DISPLAY
status=0
"$@" || status=$?
exit "$status"
