package tee

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

// samples is one message of every kind, as full as it may be.
func samples() []Message {
	return []Message{
		{Kind: KindOpenSession, ID: 1, Offset: Align, Length: 3},
		{Kind: KindInvoke, ID: math.MaxUint64, Session: 1, Number: math.MaxUint32, Offset: 1 << 20, Length: MaxBulk, Digest: [32]byte{1}},
		{Kind: KindCloseSession, ID: 3, Session: 4},
		{Kind: KindRequest, ID: 5, Number: 6},
		{Kind: KindStreamOpen, ID: 7, Length: 20},
		{Kind: KindEvent, Number: 8, Length: 9},
		{Kind: KindCancel, ID: 10},
		{Kind: KindResult, ID: 11, Session: 12, Offset: Align, Length: 1},
		{Kind: KindResult, ID: 11, Session: 12, Number: 13, Text: "nicht möglich"},
		{Kind: KindRelease, Offset: 2 * Align},
		{Kind: KindStreamData, ID: 14, Length: StreamBlock},
		{Kind: KindStreamEnd, ID: 15},
		{Kind: KindStreamReset, ID: 16, Number: 17},
		{Kind: KindMapped}, {Kind: KindReady}, {Kind: KindFinalize},
		{Kind: KindAttach, Number: DefaultRegion}, {Kind: KindShare, Number: DefaultRegion},
		{Kind: KindTerminate}, {Kind: KindGone, Text: strings.Repeat("x", MaxText)},
	}
}

func TestMessagesComeBack(t *testing.T) {
	seen := map[Kind]bool{}
	for _, m := range samples() {
		seen[m.Kind] = true
		got, err := Decode(m.Append(nil))
		if err != nil || got != m {
			t.Errorf("%v: %+v became %+v, %v", m.Kind, m, got, err)
		}
	}
	for k := Kind(1); k < kindEnd; k++ {
		if !seen[k] {
			t.Errorf("no sample of %v", k)
		}
	}
}

func TestOnlyOneEncoding(t *testing.T) {
	for name, m := range map[string]Message{
		"no kind":                {ID: 1},
		"unknown kind":           {Kind: kindEnd, ID: 1},
		"no id":                  {Kind: KindInvoke, Session: 1},
		"id too many":            {Kind: KindRelease, ID: 1},
		"invoke without session": {Kind: KindInvoke, ID: 1},
		"session too many":       {Kind: KindEvent, Session: 1},
		"number too many":        {Kind: KindCancel, ID: 1, Number: 1},
		"text of a success":      {Kind: KindResult, ID: 1, Text: "fine"},
		"text of a call":         {Kind: KindInvoke, ID: 1, Session: 1, Text: "psst"},
		"text too long":          {Kind: KindGone, Text: strings.Repeat("x", MaxText+1)},
		"text not UTF-8":         {Kind: KindGone, Text: "\xff"},
		"bulk too long":          {Kind: KindInvoke, ID: 1, Session: 1, Length: MaxBulk + 1},
		"bulk giant":             {Kind: KindInvoke, ID: 1, Session: 1, Length: math.MaxUint32},
		"block too long":         {Kind: KindStreamData, ID: 1, Length: StreamBlock + 1},
		"bulk of a failure":      {Kind: KindResult, ID: 1, Number: 1, Length: 1},
		"offset of a failure":    {Kind: KindResult, ID: 1, Number: 1, Offset: Align},
		"offset unaligned":       {Kind: KindInvoke, ID: 1, Session: 1, Offset: 1, Length: 1},
		"digest of nothing":      {Kind: KindCancel, ID: 1, Digest: [32]byte{1}},
	} {
		if got, err := Decode(m.Append(nil)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	whole := samples()[1].Append(nil)
	for n := range whole {
		if _, err := Decode(whole[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	if _, err := Decode(append(whole, 0)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a byte too many: %v", err)
	}
	if _, err := Decode(append([]byte{2}, whole[1:]...)); !errors.Is(err, ErrMalformed) {
		t.Errorf("another version: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range samples() {
		f.Add(m.Append(nil))
	}
	f.Add(bytes.Repeat([]byte{0xFF}, MaxMessage+1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		if again := m.Append(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x was accepted and is written as %x", b, again)
		}
		if m.Length > MaxBulk || len(m.Text) > MaxText || m.Length != 0 && !m.HasBulk() {
			t.Fatalf("out of bounds: %+v", m)
		}
	})
}
