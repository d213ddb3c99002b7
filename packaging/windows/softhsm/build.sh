#!/bin/sh
# build.sh: builds, once, SoftHSM 2 for Windows from Debian 12's source packages, a PKCS#11
# library for terminals without a secure unit of their own, and prints the folder that holds
# it: softhsm2.dll, licences/ and SHA256SUMS. What is in it and why: README.md beside this.
#
# All happens in one cache folder, COUNTERSIGN_SOFTHSM_CACHE (by default below
# XDG_CACHE_HOME); nothing is installed. What was built is kept under the hash of this
# script, the sources' checksums and the tools' versions, and is used again as long as these
# stay the same. Two at once are safe: the second waits for the first. Messages and timings
# go to the standard error.
#
#   JOBS  compilers at a time: 2
set -eu
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1672531200
umask 022

say() {
	printf 'softhsm: %s\n' "$*" >&2
}

fail() {
	say "$*"
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
jobs=${JOBS:-2}
cross=x86_64-w64-mingw32-
cc=${cross}gcc-posix
cxx=${cross}g++-posix
cache=${COUNTERSIGN_SOFTHSM_CACHE:-${XDG_CACHE_HOME:-${HOME:?neither HOME nor COUNTERSIGN_SOFTHSM_CACHE is set}/.cache}/countersign/softhsm}
case "$cache" in
/*) ;;
*) fail "COUNTERSIGN_SOFTHSM_CACHE must begin with a slash: $cache" ;;
esac
case "$cache" in
*[!A-Za-z0-9/._+-]*) fail "the cache's path holds a character that compilers and linkers would take apart: $cache" ;;
esac

for tool in $cc $cxx ${cross}ar ${cross}ranlib ${cross}strip ${cross}objdump ${cross}windres cmake ninja make perl flock apt-get; do
	command -v "$tool" >/dev/null || fail "$tool is missing. Install: apt-get install g++-mingw-w64-x86-64-posix cmake ninja-build make perl"
done

versions() {
	for tool in $cc $cxx ${cross}ar cmake; do
		"$tool" --version 2>/dev/null | head -n 1
	done
	sha256sum /usr/x86_64-w64-mingw32/lib/libkernel32.a /usr/x86_64-w64-mingw32/include/windows.h
}
hash=$({ cat "$here/build.sh" "$here/sources.sha256" "$here/config.h" && versions; } | sha256sum | cut -c 1-20) || fail "cannot tell the tools' versions"
prefix=$cache/$hash
if [ -f "$prefix/SHA256SUMS" ]; then
	echo "$prefix"
	exit 0
fi

mkdir -p "$cache/sources"
exec 9>"$cache/lock"
if ! flock -n 9; then
	say "waiting for another build in $cache"
	flock 9
fi
if [ -f "$prefix/SHA256SUMS" ]; then # built while we waited
	echo "$prefix"
	exit 0
fi
rm -rf "$cache"/work.*
work=$(mktemp -d "$cache/work.XXXXXX")
log=$cache/$hash.log
: >"$log"
running=
ended() {
	if [ -n "$running" ]; then
		tail -n 30 "$log" >&2
		say "$running failed; all of its output is in $log"
	fi
	rm -rf "$work"
}
trap ended EXIT
trap 'exit 130' INT TERM HUP

# step runs a function with its output in the log, and says how long it took. It stands
# alone, so that the function ends at its first command that fails.
step() {
	running=$1
	began=$(date +%s)
	shift
	("$@") >>"$log" 2>&1 9>&- </dev/null
	say "$(printf '%-28s %4d s' "$running" $(($(date +%s) - began)))"
	running=
}

verified() {
	(cd "$cache/sources" && sha256sum --quiet --strict --check "$here/sources.sha256") >>"$log" 2>&1
}

# fetch downloads the sources' original archives from the mirrors that this machine has its
# packages from, by an apt configuration of its own. Debian's patches are not needed, and
# what counts are the checksums.
fetch() {
	mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/parts"
	apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | sort -u | while read -r mirror release; do
		case "$release" in
		bookworm | bookworm-security) echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" ;;
		esac
	done >"$work/apt/sources.list"
	[ -s "$work/apt/sources.list" ] || { echo 'this machine has no archive of Debian 12'; return 1; }
	cat >"$work/apt/apt.conf" <<-CONF
		Dir::Etc::sourcelist "$work/apt/sources.list";
		Dir::Etc::sourceparts "$work/apt/parts";
		Dir::State::lists "$work/apt/lists";
		Dir::Cache "$work/apt/cache";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	CONF
	[ "$(id -u)" -ne 0 ] || echo 'APT::Sandbox::User "root";' >>"$work/apt/apt.conf"
	apt-get -c "$work/apt/apt.conf" update
	apt-get -c "$work/apt/apt.conf" source --only-source --print-uris softhsm2=2.6.1-2.1 >"$work/uris"
	# The version of openssl that has the archive which is asked for, whatever its revision.
	archive=$(sed -n 's/.*  \(openssl_.*\.orig\.tar\.gz\)$/\1/p' "$here/sources.sha256")
	version=$(echo "$archive" | sed 's/^openssl_//; s/\.orig.*//')
	full=$(apt-cache -c "$work/apt/apt.conf" showsrc openssl | sed -n "s/^Version: \($version-.*\)/\1/p" | tail -n 1)
	[ -n "$full" ] || { echo "Debian has no openssl $version any more"; return 1; }
	apt-get -c "$work/apt/apt.conf" source --only-source --print-uris "openssl=$full" >>"$work/uris"
	while read -r sum name; do
		uri=$(tr -d "'" <"$work/uris" | awk -v name="$name" '$2 == name { print $1 }')
		[ -n "$uri" ] || { echo "Debian has no $name any more"; return 1; }
		/usr/lib/apt/apt-helper -c "$work/apt/apt.conf" download-file "$uri" "$cache/sources/$name" "SHA256:$sum"
	done <"$here/sources.sha256"
}

unpack() {
	mkdir "$work/openssl" "$work/softhsm"
	tar -x -C "$work/openssl" --strip-components=1 -f "$cache"/sources/openssl_*.orig.tar.gz
	tar -x -C "$work/softhsm" --strip-components=1 -f "$cache"/sources/softhsm2_*.orig.tar.gz
}

# openssl builds libcrypto alone. It reads no configuration and loads no module: where its
# files would be on this machine's disk, anybody might have put some there.
openssl() {
	cd "$work/openssl"
	perl Configure mingw64 --prefix=/nowhere --openssldir=/nowhere \
		no-shared no-module no-dso no-dynamic-engine no-autoload-config no-tests no-legacy no-ssl no-tls no-dtls no-sock no-ui-console \
		no-cms no-cmp no-ct no-ocsp no-ts no-srp no-comp no-idea no-seed no-camellia no-aria no-bf no-cast no-rc2 no-rc4 no-mdc2 no-md4 \
		no-whirlpool no-rmd160 no-sm2 no-sm3 no-sm4 no-gost no-blake2 no-siphash no-capieng no-padlockeng \
		-O2 -ffile-prefix-map="$work"=/softhsm CC=$cc AR=${cross}ar RANLIB=${cross}ranlib RC=${cross}windres
	make build_generated
	make -j "$jobs" libcrypto.a
}

# softhsm builds the library with what its project files for Windows compile, but by mingw.
softhsm() {
	cp "$here/config.h" "$work/softhsm/config.h"
	cat >"$work/softhsm/CMakeLists.txt" <<-'CMAKE'
		cmake_minimum_required(VERSION 3.18)
		project(softhsm2 C CXX)
		set(from ${CMAKE_SOURCE_DIR}/src/lib)
		file(GLOB sources ${from}/*.cpp ${from}/common/*.cpp ${from}/crypto/*.cpp ${from}/data_mgr/*.cpp ${from}/handle_mgr/*.cpp
			${from}/object_store/*.cpp ${from}/session_mgr/*.cpp ${from}/slot_mgr/*.cpp ${from}/win32/syslog.cpp)
		list(FILTER sources EXCLUDE REGEX "/(Botan|DB)[^/]*$")
		list(SORT sources)
		add_library(softhsm2 SHARED ${sources})
		set_target_properties(softhsm2 PROPERTIES PREFIX "" CXX_STANDARD 11)
		target_compile_definitions(softhsm2 PRIVATE CRYPTOKI_EXPORTS HAVE_CONFIG_H NOMINMAX)
		target_include_directories(softhsm2 PRIVATE ${CMAKE_SOURCE_DIR} ${from} ${from}/pkcs11 ${from}/common ${from}/crypto
			${from}/data_mgr ${from}/handle_mgr ${from}/object_store ${from}/session_mgr ${from}/slot_mgr ${from}/win32 ${OPENSSL}/include)
		target_link_libraries(softhsm2 PRIVATE ${OPENSSL}/libcrypto.a ws2_32 crypt32 bcrypt advapi32 gdi32 user32)
		target_link_options(softhsm2 PRIVATE -static -Wl,--no-insert-timestamp -Wl,--exclude-all-symbols -Wl,--dynamicbase -Wl,--nxcompat -Wl,--high-entropy-va)
	CMAKE
	cmake -G Ninja -S "$work/softhsm" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=AMD64 \
		-DCMAKE_C_COMPILER=$cc -DCMAKE_CXX_COMPILER=$cxx -DCMAKE_RC_COMPILER=${cross}windres \
		-DCMAKE_AR="$(command -v ${cross}ar)" -DCMAKE_RANLIB="$(command -v ${cross}ranlib)" \
		-DCMAKE_CXX_FLAGS="-O2 -ffile-prefix-map=$work=/softhsm -Wno-deprecated-declarations" -DOPENSSL="$work/openssl"
	ninja -C "$work/build" -j "$jobs"
}

# collect takes what a package needs, and looks at it: nothing but Windows' own libraries is
# wanted of the machine, and PKCS#11's functions are what it offers.
collect() {
	mkdir -p "$work/out/licences"
	dll=$work/out/softhsm2.dll
	cp "$work/build/softhsm2.dll" "$dll"
	${cross}strip --strip-all "$dll"
	"$here/../imports.sh" "$dll"
	${cross}objdump -p "$dll" | grep -q 'C_GetFunctionList'
	if grep -qF "$work" "$dll"; then
		echo 'the library names the folder that it was built in'
		return 1
	fi
	cp "$work/softhsm/LICENSE" "$work/out/licences/softhsm2"
	cp "$work/openssl/LICENSE.txt" "$work/out/licences/openssl"
	cd "$work/out"
	find . -type f | sort | xargs sha256sum >"$work/SHA256SUMS"
	mv "$work/SHA256SUMS" .
}

began_all=$(date +%s)
say "building in $cache; log: $log"
if ! verified; then
	step 'fetch the sources' fetch
	verified || {
		tail -n 12 "$log" >&2
		fail "the sources in $cache/sources are not those of sources.sha256"
	}
fi
step 'unpack' unpack
step 'OpenSSL' openssl
step 'SoftHSM' softhsm
step 'collect' collect
rm -rf "$prefix"
mv "$work/out" "$prefix"
say "$(printf '%-28s %4d s' 'all' $(($(date +%s) - began_all)))"
echo "$prefix"
