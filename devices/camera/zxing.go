//go:build !windows && !wechat_qrcode

package camera

// #cgo pkg-config: zxing
import "C"
