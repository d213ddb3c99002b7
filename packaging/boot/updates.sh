#!/bin/sh
# updates.sh PACKAGE OUT: from a package of the terminal makes, in the folder OUT, what a
# maker with keys would have released:
#
#   countersign-terminal.deb  the same package, with the public key of this trial in it
#   present.update            its update file, which countersign-update keeps
#   next.update               a later version (…+next) with the same programs
#   worse.update              one after that (…+worse), whose terminal ends as soon as it starts
#   forged.update             the later version, signed with a key that no machine has
set -eu
export LC_ALL=C
umask 022

package=$1
out=$2
work=$(mktemp -d "${TMPDIR:-/var/tmp}/countersign-updates.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
rm -f "$out"/*.update

for key in release stranger; do
	openssl genpkey -algorithm ed25519 -out "$work/$key.key"
done
tree=$work/tree
dpkg-deb -R "$package" "$tree"
mkdir -p "$tree/usr/share/countersign/update-keys"
openssl pkey -in "$work/release.key" -pubout -out "$tree/usr/share/countersign/update-keys/present.pem"
present=$(dpkg-deb -f "$package" Version)

# release NAME VERSION KEY packs the tree as a version and signs its update file.
release() {
	sed -i "s/^Version: .*/Version: $2/" "$tree/DEBIAN/control"
	dpkg-deb -Zgzip -z1 --root-owner-group -b "$tree" "$work/$1.deb" >/dev/null
	"$tree/usr/bin/countersign-update" make --key "$work/$3.key" --out "$out/$1.update" --version "$2" --minimum "$present" \
		--released "$(date -u +%Y-%m-%d)" --expires "$(date -u -d '+1 year' +%Y-%m-%d)" --packages "$work/$1.deb"
}
release present "$present" release
release next "$present+next" release
release forged "$present+next" stranger
printf '#!/bin/sh\nexit 1\n' >"$work/ends"
install -m 755 "$work/ends" "$tree/usr/lib/countersign/terminal"
release worse "$present+worse" release
mv "$work/present.deb" "$out/countersign-terminal.deb"
