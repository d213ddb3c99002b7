#!/bin/sh
# test-certificate.sh FOLDER: makes a key and a certificate that says that it is for tests,
# FOLDER/test.key and FOLDER/test.pem, to sign with what is no release.
set -eu
umask 077
openssl req -x509 -newkey rsa:3072 -nodes -sha256 -days 30 -keyout "$1/test.key" -out "$1/test.pem" \
	-subj '/CN=Countersign TEST certificate: do not trust' -addext basicConstraints=critical,CA:false \
	-addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=critical,codeSigning 2>"$1/test.said" || {
	echo "cannot make a certificate for tests: $(cat "$1/test.said")" >&2
	exit 1
}
chmod 644 "$1/test.pem"
