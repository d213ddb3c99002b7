#!/bin/sh
# env.sh linux|windows: prints, for a shell to evaluate, what makes `go build` link the
# OpenCV of build.sh (which it builds first where that was not done) in place of Debian's:
#
#   eval "$(packaging/opencv/env.sh linux)"
#   go build -trimpath -tags "x11,migrated_fynedo,no_emoji,$OPENCV_TAGS" ./app/terminal
#
# For Windows it also says which compilers Go shall use.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=$("$here/build.sh" "$@")

# WeChat's reader: Windows' camera needs it, and elsewhere its tests with -tags wechat_qrcode.
include="-I$prefix/include/opencv4 -I$prefix/include/wechat_qrcode"

# The order is that of who needs whom.
libraries='-lopencv_videoio -lopencv_imgcodecs -lopencv_imgproc -lopencv_core -ljpeg -lpng16'
case "$1" in
windows)
	cat <<-'SHELL'
		export GOOS=windows GOARCH=amd64 CGO_ENABLED=1
		export CC=x86_64-w64-mingw32-gcc-posix CXX=x86_64-w64-mingw32-g++-posix
	SHELL
	libraries="-static $libraries -l:libz.a -lole32 -loleaut32 -lstrmiids -luuid -lgdi32 -lws2_32"
	;;
*)
	# What is linked statically is not offered to the shared libraries: one of them may use
	# another libpng or libjpeg.
	libraries="$libraries -lz -ldl -lpthread -lm -Wl,--exclude-libs,ALL"
	;;
esac

# Names of headers get into programs by OpenCV's checks: they must not name this machine.
# -DNDEBUG and the standard are what GoCV sets where it chooses the flags itself.
cat <<SHELL
export CGO_CPPFLAGS='$include'
export CGO_CXXFLAGS='-O2 -g -std=c++11 -DNDEBUG -ffile-prefix-map=$prefix=/opencv'
export CGO_LDFLAGS='-O2 -g -L$prefix/lib $libraries'
export OPENCV_TAGS=customenv,gocv_specific_modules,gocv_videoio
SHELL
