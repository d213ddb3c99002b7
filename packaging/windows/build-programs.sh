#!/bin/sh
# build-programs.sh [FOLDER]: builds what runs on Windows into FOLDER (dist/windows):
# terminal.exe, the same program as Linux', softhsm2.dll, for terminals without a secure
# unit of their own, and graphics/, an OpenGL for machines without a graphics driver; with the
# licences of what is linked in, and checksums.
#
# They are built by Debian 12's mingw and want nothing of the machine but Windows' own
# libraries. The same source on the same system gives the same bytes, in whichever folder it
# lies. terminal.exe is a program of the console, so that its commands can be waited for and
# write where they are called; who starts the window starts it without a console.
#
#   VERSION  of the program; without it what git says of the source
#   JOBS     compilers at a time
#
# Needed: what packaging/opencv, packaging/windows/softhsm and packaging/windows/mesa name.
set -eu
export LC_ALL=C TZ=UTC
umask 022

say() {
	printf 'windows: %s\n' "$*" >&2
}

fail() {
	say "$*"
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
out=${1:-dist/windows}
cross=x86_64-w64-mingw32-
for tool in git go ${cross}windres ${cross}objdump flock sha256sum; do
	command -v "$tool" >/dev/null || fail "$tool is missing. Install: apt-get install g++-mingw-w64-x86-64-posix"
done
commit=$(git log -1 --format=%h --abbrev=12)
if [ -z "${VERSION-}" ]; then
	VERSION=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null | sed 's/^v//; s/-/~/') || :
	[ -n "$VERSION" ] || VERSION=0.0.0~$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S).$commit
fi
# Windows counts versions by three numbers below 65536; before any tag the commits count.
numbers=$(printf '%s\n' "$VERSION" | sed -n 's/^\([0-9]\{1,3\}\.[0-9]\{1,3\}\.[0-9]\{1,5\}\).*/\1/p')
case "$numbers" in '' | 0.0.0) numbers=0.0.$(($(git rev-list --count HEAD) % 65536)) ;; esac

work=$(mktemp -d)
resources=$root/app/terminal/resources_windows_amd64.syso
ended() { rm -rf "$work"; }
trap ended EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$work/out/licences" "$work/resources"

say 'SoftHSM'
softhsm=$("$here/softhsm/build.sh")
cp "$softhsm/softhsm2.dll" "$work/out/"
cp "$softhsm"/licences/* "$work/out/licences/"

say 'Mesa'
mesa=$("$here/mesa/build.sh")
mkdir "$work/out/graphics"
cp "$mesa"/*.dll "$work/out/graphics/"
cp "$mesa"/licences/* "$work/out/licences/"

say 'OpenCV'
settings=$("$root/packaging/opencv/env.sh" windows)
opencv=$("$root/packaging/opencv/build.sh" windows)
cp "$opencv"/licences/* "$work/out/licences/"
# What of mingw is linked in: its run-time library, zlib, and GCC's run-time libraries.
for package in mingw-w64-common gcc-mingw-w64-base libz-mingw-w64-dev; do
	[ -r "/usr/share/doc/$package/copyright" ] || fail "the licences of $package are not on this machine"
	cp "/usr/share/doc/$package/copyright" "$work/out/licences/$package.copyright"
done

# Icon, version and manifest: a file that the go command links in where it lies beside the
# source, and that no other platform's build looks at.
say "terminal $VERSION ($numbers)"
exec 9<"$root/app/terminal"
flock 9 # another build's may lie there
ended() { rm -rf "$work" "$resources"; }
GOFLAGS= go run ./packaging/windows/icon "$work/resources/countersign.ico"
for file in terminal.rc terminal.manifest; do
	sed -e "s/@VERSION@/$VERSION/g; s/@NUMBERS@/$numbers/g; s/@COMMAS@/$(echo "$numbers" | tr . ,)/g" "$here/$file" >"$work/resources/$file"
done
(cd "$work/resources" && ${cross}windres --target=pe-x86-64 -i terminal.rc -o "$resources")
(
	eval "$settings"
	GOFLAGS= GOAMD64=v1 go build -p "${JOBS:-2}" -mod=readonly -trimpath -buildvcs=true \
		-ldflags='-s -w -buildid= -linkmode=external -extldflags=-Wl,--no-insert-timestamp' \
		-tags "migrated_fynedo,no_emoji,$OPENCV_TAGS" -o "$work/out/terminal.exe" ./app/terminal
)

# What was built is looked at before anybody gets it.
"$here/imports.sh" "$work/out/terminal.exe" "$work/out/softhsm2.dll"
for file in "$work/out/terminal.exe" "$work/out/softhsm2.dll" "$work/out/graphics"/*.dll; do
	for folder in "$root/" "$work" "$opencv" "$softhsm" "$mesa"; do
		! grep -qF "$folder" "$file" || fail "${file##*/} names a folder of this machine: $folder"
	done
	# Addresses that differ at each start, and data that is never run.
	${cross}objdump -p "$file" >"$work/headers"
	for bit in HIGH_ENTROPY_VA DYNAMIC_BASE NX_COMPAT; do
		grep -q "$bit" "$work/headers" || fail "${file##*/} is not linked with $bit"
	done
done
(cd "$work/out" && find . -type f | sort | sed 's|^\./||' | xargs sha256sum >SHA256SUMS)
mkdir -p "$out"
cp -R "$work/out/." "$out/"
ls -l "$out" >&2
