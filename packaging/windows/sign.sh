#!/bin/sh
# sign.sh FILE: signs a program, a library or an .msi for Windows in its place, and verifies
# what was signed.
#
#   COUNTERSIGN_SIGN_CERT       PEM file of the certificate and those above it
#   COUNTERSIGN_SIGN_KEY        PEM file of its key, or a URI pkcs11:…
#   COUNTERSIGN_SIGN_PKCS11     PKCS#11 library that has the key
#   COUNTERSIGN_SIGN_PIN_FILE   file with that token's PIN, or the key file's password
#   COUNTERSIGN_SIGN_CA         PEM file of the root that signature and timestamp are verified with
#   COUNTERSIGN_SIGN_TIMESTAMP  URL of a timestamp authority (RFC 3161): without a timestamp a
#                               signature ends with its certificate
#   COUNTERSIGN_SIGN=no         leaves the file as it is
#   SOURCE_DATE_EPOCH           the time that the signature says, or the same key would make
#                               other bytes each time
set -eu

fail() {
	printf 'sign: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 1 ] && [ -f "$1" ] || {
	echo "usage: $0 FILE" >&2
	exit 2
}
[ "${COUNTERSIGN_SIGN-}" != no ] || exit 0
file=$1
said=$(mktemp)
trap 'rm -f "$said" "$file.signed"' EXIT
above=${COUNTERSIGN_SIGN_CA:-/etc/ssl/certs/ca-certificates.crt}
set -- -h sha256 -n 'Countersign terminal' -certs "${COUNTERSIGN_SIGN_CERT:?}" -key "${COUNTERSIGN_SIGN_KEY:?}"
[ -z "${SOURCE_DATE_EPOCH-}" ] || set -- "$@" -st "$SOURCE_DATE_EPOCH"
[ -z "${COUNTERSIGN_SIGN_PKCS11-}" ] || set -- "$@" -pkcs11module "$COUNTERSIGN_SIGN_PKCS11"
[ -z "${COUNTERSIGN_SIGN_PIN_FILE-}" ] || set -- "$@" -readpass "$COUNTERSIGN_SIGN_PIN_FILE"
[ -z "${COUNTERSIGN_SIGN_TIMESTAMP-}" ] || set -- "$@" -ts "$COUNTERSIGN_SIGN_TIMESTAMP"
rm -f "$file.signed"
osslsigncode sign "$@" -in "$file" -out "$file.signed" >"$said" 2>&1 || fail "cannot sign ${file##*/}: $(cat "$said")"
osslsigncode verify -CAfile "$above" -TSA-CAfile "$above" -in "$file.signed" >"$said" 2>&1 ||
	fail "the signature of ${file##*/} does not hold: $(cat "$said")"
mv "$file.signed" "$file"
