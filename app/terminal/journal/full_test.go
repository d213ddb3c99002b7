package journal

import (
	"encoding/json"
	"testing"

	"countersign/app/terminal/sale"
)

const limitedVariable = "COUNTERSIGN_JOURNAL_LIMITED"

func limited(string) error { return nil }

func entryText(t testing.TB, e sale.Entry) []byte {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
