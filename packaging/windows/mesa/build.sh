#!/bin/sh
# build.sh: builds, once, Mesa's OpenGL for Windows from Debian 12's source package, which
# draws without a graphics driver, and prints the folder that holds it: opengl32.dll,
# libgallium_wgl.dll, licences/ and SHA256SUMS. What is in it and why: README.md beside this.
#
# All happens in one cache folder, COUNTERSIGN_MESA_CACHE (by default below XDG_CACHE_HOME),
# where what was built is kept under the hash of this script, the sources' checksums and the
# tools' versions, and is used again as long as these stay the same. Messages and timings go
# to the standard error.
#
#   COUNTERSIGN_DEBIAN_MIRROR  where the sources come from (packaging/once.sh)
#   JOBS                       compilers at a time: 2
set -eu

here=$(cd "$(dirname "$0")" && pwd)
subject=mesa
. "$here/../../once.sh"

jobs=${JOBS:-2}
cross=x86_64-w64-mingw32-
# Debian's Python, which has the module that Mesa writes its sources with.
export PATH="/usr/sbin:/usr/bin:/sbin:/bin"
cached mesa "${COUNTERSIGN_MESA_CACHE-}"

for tool in ${cross}gcc-posix ${cross}g++-posix ${cross}ar ${cross}strip ${cross}objdump gcc meson ninja bison flex python3 dpkg-source patch flock; do
	command -v "$tool" >/dev/null || fail "$tool is missing. Install: apt-get install g++-mingw-w64-x86-64-posix meson ninja-build bison flex python3-mako dpkg-dev"
done

versions() {
	for tool in ${cross}gcc-posix ${cross}ar meson bison flex; do
		"$tool" --version 2>/dev/null | head -n 1
	done
	sha256sum /usr/x86_64-w64-mingw32/lib/libkernel32.a /usr/x86_64-w64-mingw32/include/windows.h
}
hash=$({ cat "$here/build.sh" "$here/sources.sha256" && versions; } | sha256sum | cut -c 1-20) || fail "cannot tell the tools' versions"
once "$hash"

unpack() {
	cd "$work"
	dpkg-source --no-check -x "$cache"/sources/mesa_*.dsc mesa
	cd mesa
	grep -v '^#' debian/patches/series | while read -r name; do
		patch -p 1 -s <"debian/patches/$name"
	done
}

# mesa builds Windows' OpenGL on Mesa's simple software renderer. The faster one compiles
# what it draws with, by LLVM, which Debian has not for mingw.
mesa() {
	cat >"$work/cross" <<-CROSS
		[binaries]
		c = '${cross}gcc-posix'
		cpp = '${cross}g++-posix'
		ar = '${cross}ar'
		strip = '${cross}strip'
		windres = '${cross}windres'
		[host_machine]
		system = 'windows'
		cpu_family = 'x86_64'
		cpu = 'x86_64'
		endian = 'little'
	CROSS
	hide="'-ffile-prefix-map=$work=/mesa', '-msse4.2'"
	link="'-static', '-Wl,--no-insert-timestamp', '-Wl,--dynamicbase', '-Wl,--nxcompat', '-Wl,--high-entropy-va'"
	meson setup "$work/build" "$work/mesa" --cross-file "$work/cross" --prefix=/mesa --buildtype=release -Db_ndebug=true \
		-Dc_args="[$hide]" -Dcpp_args="[$hide]" -Dc_link_args="[$link]" -Dcpp_link_args="[$link]" \
		-Dplatforms=windows -Dgallium-drivers=swrast -Dvulkan-drivers= -Dvideo-codecs= -Dllvm=disabled -Dopengl=true -Dshared-glapi=disabled \
		-Dgles1=disabled -Dgles2=disabled -Degl=disabled -Dglx=disabled -Dosmesa=false -Dshader-cache=disabled -Dzstd=disabled -Dbuild-tests=false
	ninja -C "$work/build" -j "$jobs"
}

# collect takes what a package needs, and looks at it: nothing but Windows' own libraries is
# wanted of the machine.
collect() {
	mkdir -p "$work/out/licences"
	for dll in opengl32.dll libgallium_wgl.dll; do
		found=$(find "$work/build/src" -name "$dll")
		cp "$found" "$work/out/$dll"
		${cross}strip --strip-all "$work/out/$dll"
		if grep -qF "$work" "$work/out/$dll"; then
			echo "$dll names the folder that it was built in"
			return 1
		fi
	done
	"$here/../imports.sh" "$work/out/libgallium_wgl.dll"
	${cross}objdump -p "$work/out/opengl32.dll" | grep -q wglCreateContext
	cp "$work/mesa/debian/copyright" "$work/out/licences/mesa.copyright"
}

sources "$here/sources.sha256" mesa=22.3.6-1+deb12u2
step 'unpack' unpack
step 'Mesa' mesa
step 'collect' collect
built
