#!/bin/sh
# build.sh [FOLDER]: builds the packages of this source into FOLDER (dist), with checksums
# and a bill of materials for each: Debian's, and Windows' where packaging/windows is there
# and mingw's compilers are installed. The programs are release builds: -trimpath,
# position-independent, with the minimal static OpenCV of packaging/opencv. The same source
# on the same system gives the same bytes, in whichever folder it lies.
#
#   VERSION   of the packages; without it what git says of the source
#   JOBS      compilers at a time
#   PROGRAMS  a folder of programs that are packed as they are; without it they are built
#   WINDOWS   no: Debian's packages alone; yes: fail where Windows' cannot be built
#
# With a key it makes the terminal's update file too (packaging/updates.md):
#
#   UPDATE_KEY      private key that signs it; its public half goes into the package
#   UPDATE_KEYS     folder of further public keys for the package, *.pem: the next one
#   UPDATE_MINIMUM  oldest version that may be installed beforehand; without it any
#   UPDATE_EXPIRES  day from which it is refused; without it a year after the commit
#
# build.sh --twice [FOLDER] builds the last commit in two fresh folders, compares what came
# out byte for byte, and puts it into FOLDER when it is the same. COLD=1 gives each its own
# cache of Go's, so that the compilers are compared too and not only linker and packager.
#
# What a build needs installed: packaging/setup.sh package.
set -eu
export LC_ALL=C TZ=UTC
umask 022

# nfpm writes the packages; later ones want modules that not every proxy has.
nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4

say() {
	printf 'package: %s\n' "$*" >&2
}

fail() {
	say "$*"
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
cd "$root"

# twice FOLDER: see above. What is there that is not the same is named. Without a certificate
# for Windows both are signed with one for tests. A timestamp is another each time: with one
# the .exe is not compared. The .msi never is: its tool gives it new codes and times
# (packaging/windows).
twice() {
	[ -z "$(git status --porcelain --untracked-files=no)" ] || say 'warning: what is not committed is not built'
	both=$(mktemp -d)
	trap 'rm -rf "$both"' EXIT
	if [ -z "${COUNTERSIGN_SIGN-}${COUNTERSIGN_SIGN_CERT-}" ] && [ "${WINDOWS-}" != no ]; then
		"$here/windows/test-certificate.sh" "$both"
		export COUNTERSIGN_SIGN_CERT="$both/test.pem" COUNTERSIGN_SIGN_KEY="$both/test.key" COUNTERSIGN_SIGN_CA="$both/test.pem"
	fi
	for folder in first second/further/down; do
		git clone -q "$root" "$both/$folder"
		say "$folder"
		[ -z "${COLD-}" ] || {
			GOCACHE=$both/cache/$folder
			export GOCACHE
		}
		"$both/$folder/packaging/build.sh" "$both/out/$folder"
	done
	cd "$both/out/first"
	differs=0
	for file in *; do
		[ -f "$file" ] || continue
		case "$file" in
		SHA256SUMS* | *.msi | *.pem) continue ;;
		*.exe) [ -z "${COUNTERSIGN_SIGN_TIMESTAMP-}" ] || continue ;;
		esac
		if cmp "$file" "$both/out/second/further/down/$file" >&2; then
			say "the same twice: $file"
		else
			differs=1
		fi
	done
	[ "$differs" -eq 0 ] || fail 'two builds of one source differ'
	mkdir -p "$1"
	cp -R . "$1/"
	if [ -e "$both/test.pem" ]; then
		for file in *-setup.exe; do # none, where Windows' packages cannot be built
			[ ! -e "$file" ] || cp "$both/test.pem" "$1/${file%-setup.exe}-TEST-CERTIFICATE.pem"
		done
	fi
}

if [ "${1-}" = --twice ]; then
	shift
	out=${1:-$root/dist}
	case "$out" in /*) ;; *) out=$root/$out ;; esac
	twice "$out"
	exit 0
fi
out=${1:-dist}
mkdir -p "$out"
out=$(cd "$out" && pwd)
for tool in git go dpkg-deb dpkg-shlibdeps dpkg-query gzip openssl sha256sum; do
	command -v "$tool" >/dev/null || fail "$tool is missing. Install what is needed: packaging/setup.sh package"
done
[ "$(dpkg --print-architecture)" = amd64 ] || fail 'packages are built for amd64 alone'

day() {
	date -u -d "@$1" +%Y-%m-%d
}

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
commit=$(git log -1 --format=%h --abbrev=12)
if [ -z "${VERSION-}" ]; then
	# As Go counts versions: a tag, or the commit's time and name before any tag.
	VERSION=$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null | sed 's/^v//; s/-/~/') || :
	[ -n "$VERSION" ] || VERSION=0.0.0~$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).$commit
fi
export VERSION
# As Go looks, whose programs say of themselves that they were built so.
[ -z "$(git status --porcelain)" ] || say 'warning: the source has changes or files that are not committed'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin=$work/bin
made=$work/made
mkdir -p "$bin" "$made"

# compile TAGS PROGRAM…: as released. What git says of the source goes in, as the version
# that a program tells; Go's own mark of a build (-buildid) does not, because it is made of
# all flags, and these name where OpenCV lies.
# The linker drops what of OpenCV nobody calls, and packs addresses (glibc of Debian 12
# understands that): 4 MB less.
compile() {
	tags=x11,migrated_fynedo,no_emoji,$1
	shift
	GOFLAGS= CGO_ENABLED=1 GOAMD64=v1 go build -p "${JOBS:-2}" -mod=readonly -trimpath -buildmode=pie -buildvcs=true \
		-ldflags='-buildid= -s -w -linkmode=external -extldflags=-Wl,-z,relro,-z,now,--as-needed,--gc-sections,-z,pack-relative-relocs' -tags="$tags" -o "$bin/" "$@"
}

say "version $VERSION"
statically=
if [ -n "${PROGRAMS-}" ]; then
	for one in terminal settlement authority demo enrol wallet trustedapplication hardwareenvironment updater; do
		cp "$PROGRAMS/$one" "$bin/"
	done
else
	say 'programs: servers'
	compile gocv_specific_modules,gocv_videoio ./app/settlement ./app/authority ./app/updater ./app/wallet/tee/hardwareenvironment
	say 'programs: with windows'
	settings=$("$here/opencv/env.sh" linux)
	(
		eval "$settings"
		compile "$OPENCV_TAGS" ./app/terminal ./app/wallet ./app/enrol ./app/wallet/trusted/trustedapplication ./app/demo
	)
	statically=$("$here/opencv/build.sh" linux)
fi
# The devices by the names that the package's rules give them.
"$bin/terminal" config example |
	sed -e 's|^#camera = .*|camera = "/dev/countersign/camera"|' -e 's|^#sensor = .*|sensor = "/dev/countersign/sensor"|' >"$made/terminal.toml"
[ "$(grep -c '^[a-z-]* = "/dev/countersign/' "$made/terminal.toml")" -eq 2 ] || fail 'the example of a configuration has no camera or no sensor'

# The public keys of updates.
if [ -n "${UPDATE_KEY-}${UPDATE_KEYS-}" ]; then
	mkdir -p "$made/update-keys"
	[ -z "${UPDATE_KEYS-}" ] || cp "$UPDATE_KEYS"/*.pem "$made/update-keys/"
	[ -z "${UPDATE_KEY-}" ] || openssl pkey -in "$UPDATE_KEY" -pubout -out "$made/update-keys/present.pem"
else
	say 'no UPDATE_KEY and no UPDATE_KEYS: the terminal will take no updates but by apt'
fi

# manual NAME SECTION PROGRAM: a manual page of what a program says of itself.
manual() {
	case "$2" in 8) text=$("$3" --help) ;; *) text=$("$3" help 2>&1 || :) ;; esac
	[ -n "$text" ] || fail "$3 says nothing of its use"
	printf '.TH %s %s "%s" "Countersign"\n.SH NAME\n%s \\- part of the Countersign point of sale\n.SH USAGE\n.nf\n' \
		"$(echo "$1" | tr a-z A-Z)" "$2" "$(day "$SOURCE_DATE_EPOCH")" "$1"
	printf '%s\n' "$text" | sed 's/\\/\\e/g; s/-/\\-/g; s/^\./\\\&./; s/^'"'"'/\\\&'"'"'/'
	printf '.fi\n'
}

# stage PACKAGE: lays out a package's files as the list of contents says.
stage() {
	tree=$work/$1/tree
	conf=$work/$1/conf
	doc=$tree/usr/share/doc/countersign-$1
	mkdir -p "$doc" "$conf"
	grep "^$1 " "$here/linux/contents" >"$work/$1/list"
	while read -r _ mode from to; do
		case "$from" in
		bin/* | made/*) source=$work/$from ;;
		*) source=$here/linux/$from ;;
		esac
		case "$mode" in
		link)
			mkdir -p "$tree$(dirname "$to")"
			ln -s "$from" "$tree$to"
			;;
		conf) install -D -m 644 "$source" "$conf$to" ;;
		tree)
			[ ! -d "$source" ] || for one in "$source"/*; do
				install -D -m 644 "$one" "$tree$to/${one##*/}"
			done
			;;
		man)
			name=countersign-${from#countersign-}
			[ "$from" != updater ] || name=countersign-update
			program=$here/linux/$from
			[ "$to" != 1 ] || program=$bin/$from
			mkdir -p "$tree/usr/share/man/man$to"
			manual "$name" "$to" "$program" | gzip -9n >"$tree/usr/share/man/man$to/$name.$to.gz"
			;;
		*) install -D -m "$mode" "$source" "$tree$to" ;;
		esac
	done <"$work/$1/list"
	programs=$(awk -v bin="$bin/" '$3 ~ /^bin\// { sub(/^bin\//, "", $3); print bin $3 }' "$work/$1/list")
	install -m 644 "$here/linux/copyright" "$doc/copyright"
	printf 'countersign-%s (%s) bookworm; urgency=medium\n\n  * Built from commit %s.\n\n -- %s  %s\n' "$1" "$VERSION" "$commit" \
		'Countersign maintainers <maintainers@countersign.example>' "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.gz"
	set --
	case "$doc" in
	*-terminal | *-demo)
		[ -z "$statically" ] || set -- --sources "$here/opencv/sources.sha256" --licence "$statically/licences"
		;;
	esac
	# shellcheck disable=SC2086 # one argument a program
	"$work/inventory" --name "countersign-${doc##*countersign-}" --version "$VERSION" --out "$doc" \
		--licence "$root/assets/fonts/OFL.txt" "$@" $programs
	gzip -9n "$doc/notices" "$doc/sbom.cdx.json"
}

# libraries PROGRAM…: what the programs load, as a list of dependencies.
libraries() {
	mkdir -p "$work/shlibs/debian"
	printf 'Source: countersign\n\nPackage: countersign\nArchitecture: amd64\n' >"$work/shlibs/debian/control"
	(cd "$work/shlibs" && dpkg-shlibdeps -O --warnings=0 "$@" 2>"$work/shlibs/said") >"$work/shlibs/depends" || {
		cat "$work/shlibs/said" >&2
		fail 'cannot tell what the programs load'
	}
	sed 's/^shlibs:Depends=//; s/, /\n/g' "$work/shlibs/depends" | sed 's/.*/  - "&"/'
}

# package PACKAGE: writes one .deb.
package() {
	say "countersign-$1"
	stage "$1"
	mkdir -p "$work/$1/scripts"
	for script in postinst prerm postrm templates config; do
		case "$1" in
		settlement | authority) from=$here/linux/scripts/server.$script ;;
		*) from=$here/linux/scripts/$1.$script ;;
		esac
		[ ! -e "$from" ] || sed "s/@NAME@/$1/g" "$from" >"$work/$1/scripts/$1.$script"
	done
	# shellcheck disable=SC2086 # one argument a program
	libraries $programs >"$work/$1/libraries"
	sed -e "s|@VERSION@|$VERSION|; s|@TIME@|$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)|" \
		-e "s|@TREE@|$work/$1/tree|; s|@CONF@|$work/$1/conf|; s|@SCRIPTS@|$work/$1/scripts|" \
		-e "/^@LIBRARIES@/{r $work/$1/libraries" -e 'd}' "$here/linux/packages/$1.yaml" >"$work/$1/nfpm.yaml"
	rm -f "$out/countersign-$1"_*
	"$work/nfpm" package --config "$work/$1/nfpm.yaml" --packager deb --target "$out/" >/dev/null
	gunzip -c "$work/$1/tree/usr/share/doc/countersign-$1/sbom.cdx.json.gz" >"$out/countersign-$1_$VERSION.cdx.json"
}

say 'tools'
GOFLAGS= go build -o "$work/inventory" ./packaging/linux/inventory
(cd "$work" && GOFLAGS= GOBIN=$work go install "$nfpm")
for one in terminal settlement authority demo; do
	package "$one"
done

# The update file of the terminal, with its package alone: what else it needs is Debian's.
rm -f "$out"/countersign-terminal_*.update
if [ -n "${UPDATE_KEY-}" ]; then
	update=$out/countersign-terminal_${VERSION}_amd64.update
	"$bin/updater" make --key "$UPDATE_KEY" --out "$update" --version "$VERSION" --minimum "${UPDATE_MINIMUM:-0}" \
		--released "$(day "$SOURCE_DATE_EPOCH")" --expires "${UPDATE_EXPIRES:-$(day $((SOURCE_DATE_EPOCH + 365 * 24 * 3600)))}" \
		--packages "$out/countersign-terminal_${VERSION}_amd64.deb"
	"$bin/updater" verify --keys "$made/update-keys" --file "$update" >/dev/null
fi

# Windows' packages, where they can be built here.
case "${WINDOWS-}" in
no) ;;
*)
	able=${PROGRAMS:+no} # PROGRAMS are Linux'
	for tool in x86_64-w64-mingw32-g++-posix makensis wixl osslsigncode; do
		command -v "$tool" >/dev/null || able=no
	done
	if [ -z "$able" ]; then
		"$here/windows/build.sh" "$out"
	elif [ "${WINDOWS-}" = yes ]; then
		fail "Windows' packages cannot be built here: packaging/setup.sh package installs what they need"
	else
		say "without mingw's compilers and the makers of setups no packages for Windows"
	fi
	;;
esac
(cd "$out" && for one in *; do
	case "$one" in SHA256SUMS*) ;; *) [ ! -f "$one" ] || echo "$one" ;; esac
done | xargs sha256sum >SHA256SUMS)
ls -l "$out" >&2
