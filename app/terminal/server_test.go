//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/secureunit"
	"countersign/protocol"
)

// playsPart is the environment variable that says what the test binary is to be
// instead of running tests.
const playsPart = "COUNTERSIGN_TEST_PLAYS"

// TestMain runs the tests, or plays a part in one: the terminal's own program, the
// authority's key on another day, or who finds the minutiae of one picture.
func TestMain(m *testing.M) {
	if extraction.Child(os.Args) {
		return
	}
	switch os.Getenv(playsPart) {
	case "terminal":
		main()
	case "authority":
		if err := signAsAuthority(os.Stdin, os.Stdout); err != nil {
			io.WriteString(os.Stderr, err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(programtest.Main(m))
}

// newTerminal is the terminal's program for its commands, which is this test
// binary.
func newTerminal(tb testing.TB) *programtest.Program {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	p := programtest.NewAt(tb, "terminal", self)
	p.Env = append(p.Env, playsPart+"=terminal")
	return p
}

// resigned is a certificate that the authority's key signed over other dates: the
// authority's word of another day.
func (s *shop) resigned(cert *protocol.Signed[protocol.Certificate], begins, ends time.Time) *protocol.Signed[protocol.Certificate] {
	s.tb.Helper()
	self, err := os.Executable()
	if err != nil {
		s.tb.Fatal(err)
	}
	order, err := json.Marshal(signingOrder{Token: s.authority.Name, PINFile: s.authority.PIN, Certificate: cert.Bytes(), Begins: begins, Ends: ends})
	if err != nil {
		s.tb.Fatal(err)
	}
	command := exec.CommandContext(s.tb.Context(), self)
	command.Env, command.Stdin = append(s.authority.Env, playsPart+"=authority"), bytes.NewReader(order)
	raw, err := command.Output()
	if err != nil {
		s.tb.Fatalf("sign with the authority's key: %v", err)
	}
	signed, err := protocol.Parse[protocol.Certificate](raw)
	if err != nil {
		s.tb.Fatal(err)
	}
	return signed
}

// signingOrder is what the test asks of the authority's key.
type signingOrder struct {
	Token, PINFile string
	Certificate    []byte
	Begins, Ends   time.Time
}

// signAsAuthority opens the authority's token, in a process of its own, and signs.
func signAsAuthority(in io.Reader, out io.Writer) (err error) {
	var order signingOrder
	if err := json.NewDecoder(in).Decode(&order); err != nil {
		return err
	}
	given, err := protocol.Parse[protocol.Certificate](order.Certificate)
	if err != nil {
		return err
	}
	unit, err := secureunit.Open(context.Background(), secureunit.Config{Token: order.Token, PIN: secureunit.PINFile(order.PINFile)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unit.Close()) }()
	signer, err := unit.Signer(secureunit.Signing)
	if err != nil {
		return err
	}
	claims := given.Unverified()
	claims.NotBefore, claims.Expires = protocol.At(order.Begins), protocol.At(order.Ends)
	signed, err := protocol.Sign(signer, claims)
	if err != nil {
		return err
	}
	_, err = out.Write(signed.Bytes())
	return err
}
