#!/bin/sh
# run.sh [PACKAGES] [PICTURES]: boots Debian 12 with the packages of the folder PACKAGES
# (dist) in an emulated machine and tries what needs one: see README.md. Pictures of the
# screen go to the folder PICTURES (dist/boot). PARTS=ends,devices tries these alone after
# the start. Prints TAP; fails when a check does.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
packages=${1:-$root/dist}
pictures=${2:-$root/dist/boot}

[ "$(id -u)" -eq 0 ] || {
	echo 'boot: needs root, to make the image' >&2
	exit 1
}
lacking=
for pair in qemu-system-x86_64:qemu-system-x86 swtpm:swtpm debootstrap:debootstrap mkfs.ext4:e2fsprogs /usr/share/OVMF/OVMF_CODE_4M.fd:ovmf; do
	[ -e "${pair%%:*}" ] || command -v "${pair%%:*}" >/dev/null || lacking="$lacking ${pair##*:}"
done
[ -z "$lacking" ] || {
	echo "boot: install first: apt-get install --no-install-recommends$lacking" >&2
	exit 1
}
ls "$packages"/countersign-terminal_*.deb >/dev/null || {
	echo "boot: no packages in $packages: run make package first" >&2
	exit 1
}

work=$(mktemp -d "${TMPDIR:-/var/tmp}/countersign-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$here/image.sh" "$packages" "$work"
cd "$root"
CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -o "$work/boot" ./packaging/boot
"$work/boot" -image "$work" -pictures "$pictures" -parts "${PARTS:-}"
