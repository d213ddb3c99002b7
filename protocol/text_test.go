package protocol_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"countersign/protocol"
)

// The examples of RFC 9285 §4.3 and §4.4.
func TestBase45Examples(t *testing.T) {
	for plain, text := range map[string]string{"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0", "": ""} {
		if have := protocol.EncodeBase45([]byte(plain)); have != text {
			t.Errorf("%q is encoded as %q, want %q", plain, have, text)
		}
		b, err := protocol.DecodeBase45(text)
		if err != nil || string(b) != plain {
			t.Errorf("%q is decoded as %q, %v", text, b, err)
		}
	}
}

func TestEveryByteAndPairInBase45(t *testing.T) {
	for n := range 1 << 16 {
		for _, b := range [][]byte{{byte(n >> 8), byte(n)}, {byte(n)}} {
			again, err := protocol.DecodeBase45(protocol.EncodeBase45(b))
			if err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%x comes back as %x, %v", b, again, err)
			}
		}
	}
}

func TestBase45Refusals(t *testing.T) {
	for name, text := range map[string]string{
		"three characters above 65535": "GGW", // the RFC's own example, §6
		"the most three can be":        ":::",
		"two characters above 255":     "::",
		"256 in two characters":        "V5",
		"one character":                "A",
		"one too many":                 "BB8B",
		"lower case":                   "bb8",
		"a line break":                 "BB8\n",
		"outside the alphabet":         "BB_",
		"not ASCII":                    "BB８",
	} {
		if _, err := protocol.DecodeBase45(text); !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("%s: %q gives %v", name, text, err)
		}
	}
}

func TestTexts(t *testing.T) {
	s := newScene(t)
	code := protocol.EnrolmentCode{Role: protocol.RoleWallet, Subject: "W-00001", Authority: s.Realm.Anchor().Key.Thumbprint(), Secret: protocol.Code([]byte("enrolment secret"))}
	enrolment, err := protocol.EnrolmentText(code)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		protocol.PrefixRequest: protocol.RequestText(s.request), protocol.PrefixPayment: protocol.PaymentText(s.Sealed(t, s.request, s.payment)),
		protocol.PrefixOutcome: protocol.OutcomeText(s.outcome), protocol.PrefixEnrolment: enrolment,
		"none": "", "a web address": "https://example.com/", "Wi-Fi": "WIFI:S:shop;;", "a later version": "CS2R:BB8",
		"lower case": strings.ToLower(protocol.RequestText(s.request)), "a space before": " " + protocol.RequestText(s.request),
	}
	parsers := map[string]func(text string) error{
		protocol.PrefixRequest: func(text string) error { _, err := protocol.ParseRequestText(text); return err },
		protocol.PrefixPayment: func(text string) error { _, err := protocol.ParsePaymentText(text); return err },
		protocol.PrefixOutcome: func(text string) error { _, err := protocol.ParseOutcomeText(text); return err },
		protocol.PrefixEnrolment: func(text string) error {
			have, err := protocol.ParseEnrolmentText(text)
			if err == nil && have != code {
				t.Errorf("the code comes back as %v", have)
			}
			return err
		},
	}
	for want, parse := range parsers {
		for kind, text := range texts {
			if kind == want {
				wantError(t, parse(text), nil)
			} else if err := parse(text); !errors.Is(err, protocol.ErrNotOurs) {
				t.Errorf("%s read as %s gives %v, want %v", kind, want, err, protocol.ErrNotOurs)
			}
		}
		for name, text := range map[string]string{
			"nothing behind the prefix": want, "junk behind the prefix": want + "...", "cut short": texts[want][:len(texts[want])/2],
			"longer than a QR code": want + strings.Repeat("0", 4296),
		} {
			if err := parse(text); !errors.Is(err, protocol.ErrMalformed) && !errors.Is(err, protocol.ErrRange) {
				t.Errorf("%s: %s gives %v", want, name, err)
			}
		}
	}
	// What pasting adds is dropped; what it breaks is not guessed.
	wantError(t, parsers[protocol.PrefixEnrolment](" "+enrolment+"\r\n"), nil)
	for name, text := range map[string]string{
		"broken over two lines": enrolment[:30] + "\n" + enrolment[30:], "lower case": protocol.PrefixEnrolment + strings.ToLower(enrolment[5:]),
		"padded": enrolment + "=", "other spare bits": strings.TrimSuffix(enrolment, "Q") + "R", // 61 bytes leave two bits over
	} {
		if err := parsers[protocol.PrefixEnrolment](text); !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("enrolment code %s gives %v", name, err)
		}
	}
	for _, bad := range []protocol.EnrolmentCode{{Role: 0, Subject: "x"}, {Role: 5, Subject: "x"}, {Role: 1}, {Role: 1, Subject: "longer than sixteen"}} {
		_, err := protocol.EnrolmentText(bad)
		wantError(t, err, protocol.ErrRange)
	}
}

// The texts stay in QR alphanumeric mode, which is what the sizes rest on.
func TestTextsAreAlphanumeric(t *testing.T) {
	s := newScene(t)
	code, err := protocol.EnrolmentText(protocol.EnrolmentCode{Role: protocol.RoleDesk, Subject: "d-小"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{protocol.RequestText(s.request), protocol.PaymentText(s.Sealed(t, s.request, s.payment)), protocol.OutcomeText(s.outcome), code} {
		if at := strings.IndexFunc(text, func(r rune) bool {
			return !strings.ContainsRune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", r)
		}); at >= 0 {
			t.Errorf("%q is not in the alphanumeric alphabet", text[at])
		}
	}
}

func TestTLSNames(t *testing.T) {
	for role := protocol.RoleTerminal; role <= protocol.RoleDesk; role++ {
		name := protocol.TLSName(role, "T-0001")
		have, subject, err := protocol.ParseTLSName(name)
		if err != nil || have != role || subject != "T-0001" {
			t.Errorf("%s comes back as %v %q, %v", name, have, subject, err)
		}
	}
	for uri, want := range map[string]error{
		"https://example.com/": protocol.ErrNotOurs, "": protocol.ErrNotOurs, "Countersign:terminal/T": protocol.ErrNotOurs,
		"countersign:": protocol.ErrRange, "countersign:unknown/T": protocol.ErrRange, "countersign:Terminal/T": protocol.ErrRange,
		"countersign:terminal": protocol.ErrRange, "countersign:terminal/": protocol.ErrRange, "countersign:terminal/longer-than-sixteen": protocol.ErrRange,
	} {
		_, _, err := protocol.ParseTLSName(uri)
		wantError(t, err, want)
	}
}
