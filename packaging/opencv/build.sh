#!/bin/sh
# build.sh linux|windows: builds, once, the few OpenCV libraries that the terminal links in
# its releases, from Debian 12's source packages, and prints the folder that holds them:
# include/, lib/, licences/ and SHA256SUMS. What is in them and why: README.md beside this.
#
# All happens in one cache folder, COUNTERSIGN_OPENCV_CACHE (by default below
# XDG_CACHE_HOME), where what was built is kept under the hash of this script, the sources'
# checksums and the tools' versions, and is used again as long as these stay the same.
# Messages and timings go to the standard error.
#
#   COUNTERSIGN_DEBIAN_MIRROR  where the sources come from (packaging/once.sh)
#   JOBS                       compilers at a time: 2
set -eu

here=$(cd "$(dirname "$0")" && pwd)
subject=opencv
. "$here/../once.sh"

case "${1-}" in
linux) cc=gcc cxx=g++ tools= ;;
windows) cc=x86_64-w64-mingw32-gcc-posix cxx=x86_64-w64-mingw32-g++-posix tools=x86_64-w64-mingw32- ;;
*)
	echo "usage: $0 linux|windows" >&2
	exit 2
	;;
esac
system=$1
jobs=${JOBS:-2}
cached opencv "${COUNTERSIGN_OPENCV_CACHE-}"

for tool in $cc $cxx ${tools}ar ${tools}ranlib ${tools}strip cmake ninja nasm dpkg-source flock; do
	command -v "$tool" >/dev/null || fail "$tool is missing. Install: apt-get install g++ cmake ninja-build nasm dpkg-dev zlib1g-dev$([ "$system" = linux ] || echo ' g++-mingw-w64-x86-64-posix libz-mingw-w64-dev')"
done

versions() {
	for tool in $cc $cxx ${tools}ar cmake ninja nasm; do
		"$tool" --version 2>/dev/null | head -n 1 || :
	done
	$cxx -dumpmachine
	# zlib's header is compiled in; on Windows its library is linked in too.
	if [ "$system" = windows ]; then
		sha256sum /usr/x86_64-w64-mingw32/include/zlib.h /usr/x86_64-w64-mingw32/lib/libz.a
	else
		sha256sum /usr/include/zlib.h
	fi
}
hash=$({ cat "$here/build.sh" "$here/sources.sha256" && versions; } | sha256sum | cut -c 1-20) || fail "cannot tell the tools' versions"
once "$system-$hash"

unpack() {
	cd "$work"
	for package in opencv libpng1.6 libjpeg-turbo; do
		dpkg-source --no-check -x "$cache/sources/${package}"_*.dsc "$package"
	done
}

# configure SOURCE BUILD OPTION…: what all three are configured with. The folder they are
# built in is hidden from the compilers' output; the prefix is one that no machine has, and
# is only ever used below DESTDIR.
configure() {
	source=$1 build=$2
	shift 2
	hide="-ffile-prefix-map=$work=/opencv"
	if [ "$system" = windows ]; then
		set -- "$@" -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=AMD64 -DCMAKE_RC_COMPILER=${tools}windres \
			-DCMAKE_FIND_ROOT_PATH="$work/stage/opencv;/usr/x86_64-w64-mingw32" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER \
			-DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
			-DZLIB_INCLUDE_DIR=/usr/x86_64-w64-mingw32/include -DZLIB_LIBRARY=/usr/x86_64-w64-mingw32/lib/libz.a
		harden=
	else
		harden=' -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2'
	fi
	cmake -G Ninja -S "$work/$source" -B "$work/$build" \
		-DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/opencv -DCMAKE_INSTALL_LIBDIR:STRING=lib -DBUILD_SHARED_LIBS=OFF \
		-DCMAKE_C_COMPILER=$cc -DCMAKE_CXX_COMPILER=$cxx -DCMAKE_AR="$(command -v ${tools}ar)" -DCMAKE_RANLIB="$(command -v ${tools}ranlib)" \
		-DCMAKE_C_FLAGS="$hide$harden" -DCMAKE_CXX_FLAGS="$hide$harden" -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
		-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF -DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON "$@"
}

# make_and_stage BUILD: compiles, and installs into the stage.
make_and_stage() {
	ninja -C "$work/$1" -j "$jobs"
	DESTDIR="$work/stage" ninja -C "$work/$1" install
}

jpeg() {
	configure libjpeg-turbo build-jpeg -DENABLE_SHARED=OFF -DENABLE_STATIC=ON -DWITH_TURBOJPEG=OFF -DREQUIRE_SIMD=ON
	make_and_stage build-jpeg
	test -f "$work/stage/opencv/lib/libjpeg.a" # or OpenCV would be configured without
}

png() {
	configure libpng1.6 build-png -DPNG_SHARED=OFF -DPNG_STATIC=ON -DPNG_TESTS=OFF -DPNG_EXECUTABLES=OFF
	make_and_stage build-png
	test -f "$work/stage/opencv/lib/libpng16.a"
}

# off prints an option that turns each of these off.
off() {
	for option; do printf -- '-D%s=OFF ' "$option"; done
}

opencv() {
	if [ "$system" = windows ]; then
		# int64_t: mingw's atomics of OpenCV's default need a library. HAVE_PTHREAD: or its
		# loops run on one thread. Media Foundation does not compile with mingw.
		set -- -DOPENCV_INCLUDE_INSTALL_PATH=include/opencv4 -DWITH_DSHOW=ON -DWITH_MSMF=OFF -DHAVE_PTHREAD=1 -DOPENCV_ALLOCATOR_STATS_COUNTER_TYPE=int64_t
	else
		set -- -DWITH_V4L=ON
	fi
	case "$($cxx -dumpmachine)" in
	# What every PC since 2009 has. One set of instructions: no second and third copy of each
	# function for newer ones; and AVX, whose wide stores mingw aligns wrongly, stays out.
	x86_64-*) set -- "$@" -DCPU_BASELINE=SSE4_2 -DCPU_DISPATCH= ;;
	esac
	# shellcheck disable=SC2046 # one argument an option
	configure opencv build-opencv "$@" \
		-DBUILD_LIST=core,imgproc,imgcodecs,videoio -DOPENCV_DOWNLOAD_TRIES_LIST= \
		-DWITH_JPEG=ON -DJPEG_INCLUDE_DIR="$work/stage/opencv/include" -DJPEG_LIBRARY="$work/stage/opencv/lib/libjpeg.a" \
		-DWITH_PNG=ON -DPNG_PNG_INCLUDE_DIR="$work/stage/opencv/include" -DPNG_LIBRARY="$work/stage/opencv/lib/libpng16.a" \
		-DBUILD_INFO_SKIP_TIMESTAMP=ON -DBUILD_INFO_SKIP_SYSTEM_VERSION=ON -DBUILD_INFO_SKIP_EXTRA_MODULES=ON -DOPENCV_VCSVERSION=4.6.0 \
		-DENABLE_PRECOMPILED_HEADERS=OFF \
		$(off BUILD_TESTS BUILD_PERF_TESTS BUILD_EXAMPLES BUILD_DOCS BUILD_opencv_apps BUILD_JAVA BUILD_ZLIB BUILD_PNG BUILD_JPEG BUILD_ITT \
			BUILD_opencv_python2 BUILD_opencv_python3 BUILD_opencv_python_bindings_generator BUILD_opencv_js_bindings_generator \
			BUILD_opencv_objc_bindings_generator BUILD_opencv_java_bindings_generator OPENCV_GENERATE_PKGCONFIG ENABLE_CCACHE CV_TRACE \
			VIDEOIO_ENABLE_PLUGINS PARALLEL_ENABLE_PLUGINS OPENCV_ENABLE_NONFREE \
			WITH_FFMPEG WITH_GSTREAMER WITH_1394 WITH_GPHOTO2 WITH_ARAVIS WITH_XINE WITH_UEYE WITH_XIMEA WITH_PVAPI WITH_OPENNI WITH_OPENNI2 \
			WITH_LIBREALSENSE WITH_MFX WITH_VA WITH_VA_INTEL WITH_ANDROID_MEDIANDK \
			WITH_TIFF WITH_WEBP WITH_OPENJPEG WITH_JASPER WITH_OPENEXR WITH_GDAL WITH_GDCM WITH_IMGCODEC_HDR WITH_IMGCODEC_SUNRASTER \
			WITH_IMGCODEC_PXM WITH_IMGCODEC_PFM \
			WITH_GTK WITH_GTK_2_X WITH_QT WITH_WIN32UI WITH_OPENGL WITH_VTK WITH_OPENCL WITH_OPENCL_SVM WITH_DIRECTX WITH_OPENCLAMDFFT \
			WITH_OPENCLAMDBLAS WITH_CUDA WITH_VULKAN WITH_HALIDE WITH_TBB WITH_OPENMP WITH_HPX WITH_IPP WITH_ITT WITH_LAPACK WITH_EIGEN \
			WITH_PROTOBUF WITH_ADE WITH_QUIRC WITH_TENGINE WITH_ONNX WITH_FREETYPE WITH_TESSERACT)
	# What OpenCV says of its own build names the folder that it was built in, and the Python
	# that its configuration found on the machine.
	sed -i -e "s#$work#/opencv#g" -e 's#\(Python (for build): *\)/[^\\]*#\1python3#' "$work/build-opencv/modules/core/version_string.inc"
	make_and_stage build-opencv
}

# wechat builds the QR reader of OpenCV's contributions: its decoder alone, without its two
# neural networks, which would bring OpenCV's dnn and protobuf, and whose weights Debian's
# source does not hold.
wechat() {
	from=$work/opencv/contrib/modules/wechat_qrcode/src
	mkdir -p "$work/build-wechat" "$work/stage/opencv/lib" "$work/stage/opencv/include/wechat_qrcode"
	cp -R "$from/zxing" "$from"/binarizermgr.?pp "$from"/decodermgr.?pp "$from"/imgsource.?pp "$from/precomp.hpp" "$work/build-wechat/"
	cat >"$work/build-wechat/CMakeLists.txt" <<-'CMAKE'
		cmake_minimum_required(VERSION 3.18)
		project(wechat_qrcode CXX)
		file(GLOB_RECURSE sources ${CMAKE_SOURCE_DIR}/*.cpp)
		list(SORT sources)
		add_library(wechat_qrcode STATIC ${sources})
		target_compile_features(wechat_qrcode PRIVATE cxx_std_11)
		target_compile_definitions(wechat_qrcode PRIVATE NO_ICONV=1)
		target_include_directories(wechat_qrcode PRIVATE ${CMAKE_SOURCE_DIR} ${OPENCV_INCLUDE})
		install(TARGETS wechat_qrcode DESTINATION lib)
	CMAKE
	configure build-wechat build-wechat/out -DOPENCV_INCLUDE="$work/stage/opencv/include/opencv4"
	make_and_stage build-wechat/out
	(cd "$work/build-wechat" && find . -name '*.hpp' | while read -r header; do
		install -D -m 644 "$header" "$work/stage/opencv/include/wechat_qrcode/$header"
	done)
}

# collect takes from the stage what a Go build needs, without debugging symbols (which name
# the folder) and with empty times and owners in the archives.
collect() {
	mkdir -p "$work/out/lib" "$work/out/licences"
	cp -R "$work/stage/opencv/include" "$work/out/include"
	for name in opencv_core opencv_imgproc opencv_imgcodecs opencv_videoio png16 jpeg wechat_qrcode; do
		found=$(find "$work/stage/opencv" -name "lib$name.a" -o -name "lib${name}460.a" | head -n 1)
		[ -n "$found" ] || fail "lib$name.a was not built"
		cp "$found" "$work/out/lib/lib$name.a"
		${tools}strip --strip-debug --enable-deterministic-archives "$work/out/lib/lib$name.a"
	done
	cp "$work/opencv/LICENSE" "$work/out/licences/opencv"
	cp "$work/opencv/debian/copyright" "$work/out/licences/opencv.copyright"
	cp "$work/opencv/contrib/LICENSE" "$work/out/licences/wechat_qrcode"
	cp "$work/libpng1.6/debian/copyright" "$work/out/licences/libpng.copyright"
	cp "$work/libjpeg-turbo/debian/copyright" "$work/out/licences/libjpeg-turbo.copyright"
	cd "$work/out"
	if grep -rqF "$work" .; then
		grep -rlF "$work" .
		fail "these files name the folder that they were built in"
	fi
}

sources "$here/sources.sha256" opencv=4.6.0+dfsg-12 libpng1.6=1.6.39-2+deb12u5 libjpeg-turbo=1:2.1.5-2
step 'unpack' unpack
step 'libjpeg-turbo' jpeg
step 'libpng' png
step 'OpenCV' opencv
step 'WeChat QR code' wechat
step 'collect' collect
built
