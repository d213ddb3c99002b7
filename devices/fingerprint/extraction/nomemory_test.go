//go:build linux && cgo && race

package extraction

// asHolder and hold are in memory_test.go, and are not asked for here.
const asHolder = "extract-and-wait"

func hold() {}
