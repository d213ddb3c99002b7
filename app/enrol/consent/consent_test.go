package consent_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"countersign/app/enrol/consent"
	"countersign/assets"
	"countersign/protocol"
)

// What owners have agreed to stays what it was.
func TestTextsStayAsTheyWere(t *testing.T) {
	for name, want := range map[protocol.ID]string{
		"1/en": "a928e9dd175ef27c5cf9199401c34a8521284f5c0f43941c06b7db95cb11d645",
		"1/zh": "a12e8422631d21546b451eaa266ce7dbc629bc7a22697cac5fd87246eab81909",
		"1/de": "d6a3d124ea4a86f04cbc12445b67d381e890172b14b0fa6bb333ef5976fd14e0",
	} {
		book, err := assets.Phrases(string(name[2:]))
		if err != nil {
			t.Fatal(err)
		}
		have, text := consent.Text(book.Strict())
		sum := sha256.Sum256([]byte(text))
		if have != name || hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s has digest %x: a changed text is another version", have, sum)
		}
	}
}
