//go:build !unix

package printer

const nonBlocking = 0
