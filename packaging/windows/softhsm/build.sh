#!/bin/sh
# build.sh: builds, once, SoftHSM 2 for Windows from Debian 12's source packages, a PKCS#11
# library for terminals without a secure unit of their own, and prints the folder that holds
# it: softhsm2.dll, licences/ and SHA256SUMS. What is in it and why: README.md beside this.
#
# All happens in one cache folder, COUNTERSIGN_SOFTHSM_CACHE (by default below
# XDG_CACHE_HOME), where what was built is kept under the hash of this script, the sources'
# checksums and the tools' versions, and is used again as long as these stay the same.
# Messages and timings go to the standard error.
#
#   COUNTERSIGN_DEBIAN_MIRROR  where the sources come from (packaging/once.sh)
#   JOBS                       compilers at a time: 2
set -eu

here=$(cd "$(dirname "$0")" && pwd)
subject=softhsm
. "$here/../../once.sh"

jobs=${JOBS:-2}
cross=x86_64-w64-mingw32-
cc=${cross}gcc-posix
cxx=${cross}g++-posix
cached softhsm "${COUNTERSIGN_SOFTHSM_CACHE-}"

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
once "$hash"

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
}

# Of openssl the revision does not matter: the archive is the original one.
sources "$here/sources.sha256" softhsm2=2.6.1-2.1 'openssl=3.0.22-*'
step 'unpack' unpack
step 'OpenSSL' openssl
step 'SoftHSM' softhsm
step 'collect' collect
built
