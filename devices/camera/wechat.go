//go:build windows || wechat_qrcode

package camera

// zxing-cpp cannot be had for Windows from Debian. The library and its headers are built by
// packaging/opencv/build.sh; where they are, packaging/opencv/env.sh says.

// #cgo LDFLAGS: -lwechat_qrcode
import "C"
