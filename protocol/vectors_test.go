package protocol_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
)

// writeVectors is the only way in which the published vectors are ever replaced.
var writeVectors = flag.Bool("write-vectors", false, "make testdata/vectors anew; without it they are only read")

const vectorDirectory = "testdata/vectors"

// A vectorFile holds the vectors of one message kind. testdata/vectors/README.md
// describes the form.
type vectorFile struct {
	Kind    string               `json:"kind"`
	About   string               `json:"about"`
	Context string               `json:"context,omitempty"`
	Info    string               `json:"info,omitempty"`
	Keys    map[string]vectorKey `json:"keys"`
	Cases   []vector             `json:"cases"`
}

type vectorKey struct {
	Use     string   `json:"use"` // "signature" or "agreement"
	Private hexBytes `json:"private"`
	Public  hexBytes `json:"public"` // COSE_Key, or the compressed point
}

type vector struct {
	Name  string       `json:"name"`
	Do    string       `json:"do"`
	Given vectorGiven  `json:"given"`
	CDDL  *vectorShape `json:"cddl,omitempty"`
	Want  vectorWanted `json:"want"`
}

// A vectorShape says what messages.cddl makes of the bytes that are given.
type vectorShape struct {
	Rule    string `json:"rule"`
	Matches bool   `json:"matches"`
}

type vectorGiven struct {
	Bytes       hexBytes     `json:"bytes,omitempty"`
	Text        string       `json:"text,omitempty"`
	Key         string       `json:"key,omitempty"`
	Trust       *vectorTrust `json:"trust,omitempty"`
	Now         time.Time    `json:"now,omitzero"`
	MaxAge      int          `json:"max-age,omitempty"` // s
	Role        string       `json:"role,omitempty"`
	Thumbprint  hexBytes     `json:"thumbprint,omitempty"`
	Request     hexBytes     `json:"request,omitempty"`     // a request's bytes, or its hash
	Payment     hexBytes     `json:"payment,omitempty"`     // a payment's hash
	Certificate hexBytes     `json:"certificate,omitempty"` // a certificate's bytes, or its hash
	Nonce       hexBytes     `json:"nonce,omitempty"`
	Authority   protocol.ID  `json:"authority,omitempty"`
	Wallet      protocol.ID  `json:"wallet,omitempty"`
	Terminal    protocol.ID  `json:"terminal,omitempty"`
	Settlement  protocol.ID  `json:"settlement,omitempty"`
	Attempt     uint8        `json:"attempt,omitempty"`
	Info        string       `json:"info,omitempty"`
	AAD         hexBytes     `json:"aad,omitempty"`
	Answer      hexBytes     `json:"answer,omitempty"` // to a GET
	Pay         hexBytes     `json:"pay,omitempty"`    // a PAY's bytes
	Card        hexBytes     `json:"card,omitempty"`   // a virtual card's bytes
	Mark        hexBytes     `json:"mark,omitempty"`   // a virtual card's
	Sealed      hexBytes     `json:"sealed,omitempty"` // answer to a PAY
	Old         hexBytes     `json:"old,omitempty"`    // the list that is replaced
	Total       protocol.Sum `json:"total,omitempty"`  // loaded before
}

type vectorTrust struct {
	Anchors map[protocol.ID]string `json:"anchors"` // authority → name of its key
	List    hexBytes               `json:"list,omitempty"`
}

type vectorWanted struct {
	Error     string          `json:"error,omitempty"`
	Hash      hexBytes        `json:"hash,omitempty"`
	Decoded   json.RawMessage `json:"decoded,omitempty"`
	Plaintext hexBytes        `json:"plaintext,omitempty"`
}

// hexBytes are bytes that JSON holds as hexadecimal digits.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// sentinels are the names that the vectors give to errors.
func sentinels() map[string]error {
	return map[string]error{
		"ErrNotOurs": protocol.ErrNotOurs, "ErrMalformed": protocol.ErrMalformed, "ErrRange": protocol.ErrRange,
		"ErrSignature": protocol.ErrSignature, "ErrSealed": protocol.ErrSealed, "ErrOtherAuthority": protocol.ErrOtherAuthority,
		"ErrRole": protocol.ErrRole, "ErrNotYetValid": protocol.ErrNotYetValid, "ErrExpired": protocol.ErrExpired,
		"ErrRevoked": protocol.ErrRevoked, "ErrListStale": protocol.ErrListStale, "ErrClockSkew": protocol.ErrClockSkew,
		"ErrRequestStale": protocol.ErrRequestStale, "ErrRequestExpired": protocol.ErrRequestExpired,
		"ErrOtherRequest": protocol.ErrOtherRequest, "ErrOtherAmount": protocol.ErrOtherAmount,
		"ErrOtherCurrency": protocol.ErrOtherCurrency, "ErrOtherSettlement": protocol.ErrOtherSettlement, "ErrNoPrint": protocol.ErrNoPrint,
		"ErrCardNumber": protocol.ErrCardNumber, "ErrOtherCard": protocol.ErrOtherCard,
	}
}

// readVectors reads every file of the directory.
func readVectors(t testing.TB) []vectorFile {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(vectorDirectory, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no vectors in %s: %v", vectorDirectory, err)
	}
	var files []vectorFile
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		var file vectorFile
		if err := decoder.Decode(&file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if file.Kind+".json" != filepath.Base(name) {
			t.Errorf("%s says that it is of kind %s", name, file.Kind)
		}
		files = append(files, file)
	}
	return files
}

// TestVectors holds this implementation to the published vectors, by the files
// alone. With -write-vectors it makes the files first.
func TestVectors(t *testing.T) {
	if *writeVectors {
		writeAllVectors(t)
	}
	seen := make(map[string]bool)
	var kinds []string
	for _, file := range readVectors(t) {
		kinds = append(kinds, file.Kind)
		t.Run(file.Kind, func(t *testing.T) {
			b := bench{t: t, file: file, keys: readKeys(t, file.Keys)}
			valid := 0
			for _, v := range file.Cases {
				t.Run(v.Name, func(t *testing.T) {
					b.t = t
					b.check(v)
				})
				seen[v.Want.Error] = true
				if v.Want.Error == "" {
					valid++
				}
			}
			if valid == 0 || valid == len(file.Cases) {
				t.Errorf("%d of %d cases are valid: each file has both", valid, len(file.Cases))
			}
		})
	}
	for name := range sentinels() {
		if !seen[name] {
			t.Errorf("no vector asks for %s", name)
		}
	}
	slices.Sort(kinds)
	if want := vectorKinds(); !slices.Equal(kinds, want) {
		t.Errorf("there are vectors of\n%v, want\n%v", kinds, want)
	}
}

// keyring are the keys of one file.
type keyring struct {
	public    map[string]protocol.Key
	agreement map[string]*ecdh.PrivateKey
}

// readKeys makes keys of the scalars and compares the public halves.
func readKeys(t testing.TB, keys map[string]vectorKey) keyring {
	t.Helper()
	k := keyring{public: make(map[string]protocol.Key), agreement: make(map[string]*ecdh.PrivateKey)}
	for name, key := range keys {
		var public []byte
		switch key.Use {
		case "signature":
			private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key.Private)
			if err != nil {
				t.Fatal(name, err)
			}
			k.public[name] = ok[protocol.Key](t)(protocol.NewKey(&private.PublicKey))
			public = deterministic(t, k.public[name])
		case "agreement":
			private, err := ecdh.P256().NewPrivateKey(key.Private)
			if err != nil {
				t.Fatal(name, err)
			}
			k.agreement[name] = private
			point := ok[protocol.Point](t)(protocol.NewPoint(private.PublicKey()))
			public = point[:]
		default:
			t.Fatalf("key %s is for %q", name, key.Use)
		}
		if !bytes.Equal(public, key.Public) {
			t.Errorf("public half of %s is %x, want %x", name, public, key.Public)
		}
	}
	return k
}

func (k keyring) trust(t *testing.T, given *vectorTrust) protocol.Trust {
	t.Helper()
	if given == nil {
		t.Fatal("the case has no trust")
	}
	var trust protocol.Trust
	for authority, name := range given.Anchors {
		key, known := k.public[name]
		if !known {
			t.Fatalf("no key %q", name)
		}
		trust.Anchors = append(trust.Anchors, protocol.Anchor{Authority: authority, Key: key})
	}
	if given.List != nil {
		list := ok[*protocol.Signed[protocol.RevocationList]](t)(protocol.Parse[protocol.RevocationList](given.List)).Unverified()
		trust.Revocation = &list
	}
	return trust
}

// wantNamed compares an error with the name that a vector gives it.
func wantNamed(t *testing.T, err error, name string) {
	t.Helper()
	want, known := sentinels()[name]
	if name != "" && !known {
		t.Fatalf("the case wants an error %q that there is not", name)
	}
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %q", err, name)
	}
}

// wantDecoded compares what was decoded with the readable form in the file.
func wantDecoded(t *testing.T, have any, want json.RawMessage) {
	t.Helper()
	text, err := json.Marshal(readable(have))
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, want); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, compact.Bytes()) {
		t.Errorf("decoded as\n%s, want\n%s", text, strings.TrimSpace(compact.String()))
	}
}
