// Package updatefile is the file in which a new version of a program reaches a
// machine: a signed manifest, then the packages that it names.
//
//	"countersign update 1\n"
//	length of the manifest   4 bytes, big endian, at most 64 KiB
//	manifest                 canonical JSON, see Manifest
//	signature                64 bytes, Ed25519 (RFC 8032)
//	payloads                 one after another, as long as the manifest says; nothing after
//
// # Guarantees
//
//   - What is signed is a title of its own and the manifest. Nothing of the manifest is
//     parsed before one of the installed keys has verified the signature, and nothing of
//     a payload is kept whose SHA-256 is not the one in the manifest.
//   - A manifest has one encoding: what is not byte for byte what this package writes is
//     refused, and so are unknown members, doubled names and names that are not those of
//     a package's file.
//   - Reading is bounded: by the limits below before the signature, by the manifest's
//     sizes after it.
//
// # Limits
//
// Whoever has a key can make every machine install anything: keys of releases belong
// in a token or on a machine without a network. That an older file is not given again is for whoever
// installs it to see to (Manifest.Admit), as is the clock for the date of expiry.
package updatefile
