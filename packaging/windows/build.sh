#!/bin/sh
# build.sh [FOLDER]: makes the terminal's setup.exe and .msi for Windows into FOLDER (dist),
# signed, with checksums and a bill of materials.
#
#   PROGRAMS   a folder with terminal.exe, and softhsm2.dll, graphics/ and licences/ where
#              there are any; without it packaging/windows/build-programs.sh builds them
#   VERSION    of the packages; without it what git says of the source
#   COUNTERSIGN_SIGN…  the certificate and its key: packaging/windows/sign.sh
#
# Without a certificate everything is signed with one that is made for this build alone, says
# in its name that it is for tests, and is left beside the packages; its key is thrown away.
# Programs are signed before they are packed, because kiosks admit programs by their signer.
#
# setup.exe is the same, byte for byte, for the same source, version and tools, in whichever
# folder it is built, as long as it is unsigned or signed with the same RSA key and without a
# timestamp. The .msi never is: wixl gives it new codes and times.
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
out=${1:-$root/dist}
mkdir -p "$out"
rm -f "$out"/countersign-terminal_*_x64-* "$out"/countersign-terminal_*_x64.*
out=$(cd "$out" && pwd)
cd "$root"
for tool in git go makensis wixl msibuild msiinfo osslsigncode openssl sha256sum; do
	command -v "$tool" >/dev/null || fail "$tool is missing. Install: apt-get install nsis wixl msitools osslsigncode openssl"
done

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
commit=$(git log -1 --format=%h --abbrev=12)
if [ -z "${VERSION-}" ]; then
	VERSION=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null | sed 's/^v//; s/-/~/') || :
	[ -n "$VERSION" ] || VERSION=0.0.0~$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).$commit
fi
# Windows counts versions by three numbers below 65536; before any tag the commits count.
numbers=$(printf '%s\n' "$VERSION" | sed -n 's/^\([0-9]\{1,3\}\.[0-9]\{1,3\}\.[0-9]\{1,5\}\).*/\1/p')
case "$numbers" in '' | 0.0.0) numbers=0.0.$(($(git rev-list --count HEAD) % 65536)) ;; esac
name=countersign-terminal_$(printf '%s' "$VERSION" | tr '~' '-')_x64

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/licences"

say "version $VERSION ($numbers)"
if [ -z "${PROGRAMS-}" ]; then
	PROGRAMS=$work/programs
	"$here/build-programs.sh" "$PROGRAMS"
fi
cp "$PROGRAMS/terminal.exe" "$tree/"
for one in softhsm2.dll graphics; do
	[ ! -e "$PROGRAMS/$one" ] || cp -R "$PROGRAMS/$one" "$tree/"
done
if [ -d "$PROGRAMS/licences" ]; then
	(cd "$PROGRAMS/licences" && find . -type f | sort) | while read -r file; do
		file=${file#./}
		cp "$PROGRAMS/licences/$file" "$tree/licences/$(printf '%s' "$file" | tr '/ ' '--').txt"
	done
fi
say 'keeper, icon, licences'
GOOS=windows GOARCH=amd64 GOAMD64=v1 CGO_ENABLED=0 GOFLAGS= go build -mod=readonly -trimpath -buildvcs=true \
	-ldflags='-s -w -H=windowsgui' -o "$tree/countersign-kiosk.exe" ./packaging/windows/kiosk
GOFLAGS= go run ./packaging/windows/icon "$tree/countersign.ico"
GOFLAGS= go build -o "$work/inventory" ./packaging/linux/inventory
cat "$root"/packaging/opencv/sources.sha256 "$here"/softhsm/sources.sha256 "$here"/mesa/sources.sha256 >"$work/sources" 2>/dev/null || :
mkdir "$work/bill"
"$work/inventory" --name countersign-terminal-windows --version "$VERSION" --out "$work/bill" --sources "$work/sources" \
	--licence "$root/assets/fonts/OFL.txt" $([ ! -d "$PROGRAMS/licences" ] || echo --licence "$PROGRAMS/licences") \
	"$tree/terminal.exe" "$tree/countersign-kiosk.exe"
# For people on Windows: its line ends.
crlf() { sed 's/\r*$/\r/' "$1" >"$2"; }
crlf "$work/bill/notices" "$tree/licences/notices.txt"
crlf "$root/LICENSE" "$tree/LICENSE.txt"
crlf "$root/packaging/config/terminal.toml" "$tree/terminal.toml"
crlf "$here/README.md" "$tree/README.txt"
crlf "$root/app/terminal/USER-GUIDE.md" "$tree/USER-GUIDE.txt"
crlf "$root/app/terminal/INSTALLING-DEVICES.md" "$tree/INSTALLING-DEVICES.txt"

if [ "${COUNTERSIGN_SIGN-}" = no ]; then
	say 'nothing is signed'
elif [ -z "${COUNTERSIGN_SIGN_CERT-}" ]; then
	"$here/test-certificate.sh" "$work"
	export COUNTERSIGN_SIGN_CERT="$work/test.pem" COUNTERSIGN_SIGN_KEY="$work/test.key" COUNTERSIGN_SIGN_CA="$work/test.pem"
	cp "$work/test.pem" "$out/$name-TEST-CERTIFICATE.pem"
	say 'warning: signed with a certificate for tests, which no Windows trusts'
fi
for file in "$tree"/*.exe "$tree"/*.dll "$tree"/graphics/*.dll; do
	[ ! -e "$file" ] || "$here/sign.sh" "$file"
done

# What is installed, as both setups want it told, in an order that does not depend on the disk.
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
(cd "$tree" && find . -type f | sort | sed 's|^\./||') >"$work/list"
while read -r file; do
	folder=
	case "$file" in */*) folder=\\${file%/*} ;; esac
	printf 'SetOutPath "$INSTDIR%s"\nFile "%s"\n' "$folder" "$tree/$file" >>"$work/install.nsh"
	printf 'Delete "$INSTDIR%s\\%s"\n' "$folder" "${file##*/}" >>"$work/uninstall.nsh"
done <"$work/list"
sed -n 's|/[^/]*$||p' "$work/list" | sort -u | while read -r folder; do
	printf 'RMDir "$INSTDIR\\%s"\n' "$folder"
done >>"$work/uninstall.nsh"

say 'setup.exe'
makensis -V2 -WX -NOCD -DTREE="$tree" -DOUT="$work/$name-setup.exe" -DVERSION="$VERSION" -DNUMBERS="$numbers.0" \
	-DKILOBYTES="$(du -sk --apparent-size "$tree" | cut -f 1)" -DSIGN="$here/sign.sh" "-X!cd $here" "$here/setup.nsi" >&2
"$here/sign.sh" "$work/$name-setup.exe"
mv "$work/$name-setup.exe" "$out/"

say '.msi'
# component FILE: as the package's table of files has it. The code of a component is made of
# its path, so that it is the same in each version.
component() {
	id=$(printf '%s' "$1" | tr -c 'A-Za-z0-9._\n' _)
	code=$(printf 'countersign terminal windows %s' "$1" | sha1sum | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*/\1-\2-5\3-8\4-\5/')
	printf '<Component Id="c_%s" Guid="%s" Win64="yes"><File Id="%s" Name="%s" Source="tree/%s" KeyPath="yes"/></Component>\n' \
		"$id" "$code" "$(printf '%s' "$id" | tr - _)" "${1##*/}" "$1"
	printf '<ComponentRef Id="c_%s"/>\n' "$id" >>"$work/references"
}
grep -v / "$work/list" | while read -r file; do component "$file"; done >"$work/files"
sed -n 's|/[^/]*$||p' "$work/list" | sort -u | while read -r folder; do
	printf '<Directory Id="%s" Name="%s">\n' "$folder" "$folder"
	grep "^$folder/" "$work/list" | while read -r file; do component "$file"; done
	printf '</Directory>\n'
done >>"$work/files"
sed -e "s|@VERSION@|$VERSION|g; s|@NUMBERS@|$numbers|g; s|@TREE@|tree|g" \
	-e "/^@FILES@/{r $work/files" -e 'd}' -e "/^@REFERENCES@/{r $work/references" -e 'd}' "$here/terminal.wxs" >"$work/terminal.wxs"
(cd "$work" && wixl --arch x64 -o terminal.msi terminal.wxs) >&2
# What a person gives reaches the service that installs only by this list, to which wixl can
# add nothing.
msibuild "$work/terminal.msi" -q "UPDATE Property SET Value='WIX_UPGRADE_DETECTED;WIX_DOWNGRADE_DETECTED;ACCOUNT;AUTHORITY;CODEFILE;CONFIG;AUTOSTART' WHERE Property='SecureCustomProperties'"
# The old version goes first, and ends its terminal, before the new one is laid out and started.
msibuild "$work/terminal.msi" -q "UPDATE InstallExecuteSequence SET Sequence=1510 WHERE Action='RemoveExistingProducts'"
msiinfo export "$work/terminal.msi" Property | grep -q 'SecureCustomProperties.*;ACCOUNT;' || fail 'the .msi does not take what it is given'
"$here/sign.sh" "$work/terminal.msi"
mv "$work/terminal.msi" "$out/$name.msi"
cp "$work/bill/sbom.cdx.json" "$out/$name.cdx.json"
(cd "$out" && sha256sum "$name"* >SHA256SUMS.windows)
ls -l "$out/$name"* >&2
