// Package setting is what a Windows machine gets for its terminal besides the programs:
// where its files are, what its configuration begins with, how it is started. It writes
// nothing and runs anywhere; the program above it does.
package setting
