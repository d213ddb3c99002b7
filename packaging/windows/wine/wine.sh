#!/bin/sh
# wine.sh FOLDER: makes a Windows of Wine's in FOLDER, which must not be there: a prefix
# without anything of this machine's person, and with what Go programs need that Wine 8
# lacks. Whoever runs programs in it sets WINEPREFIX=FOLDER and WINEDEBUG=-all.
#
# It is Wine and no Windows: rights, tasks, accounts and signatures are not enforced there.
set -eu

fail() {
	printf 'wine: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 1 ] || {
	echo "usage: $0 FOLDER" >&2
	exit 2
}
here=$(cd "$(dirname "$0")" && pwd)
[ ! -e "$1" ] || fail "$1 is there already"
for tool in wine wineboot wineserver x86_64-w64-mingw32-gcc; do
	command -v "$tool" >/dev/null || [ -x "/usr/lib/wine/$tool" ] ||
		fail "$tool is missing. Install: apt-get install wine wine64 gcc-mingw-w64-x86-64"
done
mkdir -p "$1"
WINEPREFIX=$(cd "$1" && pwd)
# Neither browser engine nor .NET is fetched, nothing is associated with this desktop's files.
export WINEPREFIX WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
timeout 300 wineboot --init >/dev/null 2>&1 || fail 'Wine does not start'
# It calls itself Windows 7 unless it is told.
timeout 60 winecfg -v win10 >/dev/null 2>&1 || fail 'Wine does not become Windows 10'
timeout 60 wineserver -w
# Nothing of whoever runs this: documents and desktop are the prefix's own.
find "$WINEPREFIX/drive_c/users" -type l | while read -r link; do
	rm "$link"
	mkdir "$link"
done
x86_64-w64-mingw32-gcc -shared -O2 -s -Wall -Werror -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
	"$here/bcryptprimitives.c" -ladvapi32
