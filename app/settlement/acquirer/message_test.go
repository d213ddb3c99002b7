package acquirer_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	. "countersign/app/settlement/acquirer"
)

// purchase is an 0200 with every data element that Link.Purchase sends, and
// its bytes written down by hand from SPECIFICATION.md.
var purchase = Message{Type: "0200", Fields: map[Field]string{
	FieldPAN: "6212345678901234", FieldProcessing: "000000", FieldAmount: "000000012345", FieldTransmitted: "1122033015",
	FieldSTAN: "000042", FieldLocalTime: "113015", FieldLocalDate: "1122", FieldCategory: "5411", FieldEntryMode: "030",
	FieldCondition: "00", FieldInstitution: "123456", FieldRRN: "000000000042", FieldTerminal: "CS000001", FieldMerchant: "SHOP 1         ",
	FieldCurrency: "156", FieldPrivate: "0106T-00010206shop-1",
}}

func purchaseBytes(t *testing.T) []byte {
	// Bits 2 3 4 7, 11 12 13, 18 22, 25 32, 37, 41 42, 49, 63.
	bitmap, err := hex.DecodeString("7238448108c08002")
	if err != nil {
		t.Fatal(err)
	}
	return []byte("0200" + string(bitmap) + "166212345678901234" + "000000" + "000000012345" + "1122033015" + "000042" + "113015" + "1122" +
		"5411" + "030" + "00" + "06123456" + "000000000042" + "CS000001" + "SHOP 1         " + "156" + "0200106T-00010206shop-1")
}

func TestMessageIsWrittenAsSpecified(t *testing.T) {
	want := purchaseBytes(t)
	got, err := purchase.Encode()
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("written as\n%q, not\n%q: %v", got, want, err)
	}
	read, err := Decode(want)
	if err != nil || read.Type != purchase.Type || !maps.Equal(read.Fields, purchase.Fields) {
		t.Errorf("read as %v, %v", read.Fields, err)
	}
}

// A secondary bitmap, as 70 and 90 need it.
func TestMessageWithSecondBitmap(t *testing.T) {
	m := Message{Type: "0800", Fields: map[Field]string{FieldTransmitted: "1122033015", FieldSTAN: "000007", FieldNetwork: SignOn}}
	want := "0800" + "\x82\x20\x00\x00\x00\x00\x00\x00" + "\x04\x00\x00\x00\x00\x00\x00\x00" + "1122033015" + "000007" + "001"
	got, err := m.Encode()
	if err != nil || string(got) != want {
		t.Errorf("written as %q: %v", got, err)
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	whole := purchaseBytes(t)
	change := func(at int, with string) []byte {
		b := bytes.Clone(whole)
		copy(b[at:], with)
		return b
	}
	for name, raw := range map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)-1], "trailing": append(bytes.Clone(whole), ' '), "type": change(0, "02x0"),
		"version": change(0, "1200"), "letters in a number": change(14, "62123456789o1234"), "length": change(12, "20"), "length with a sign": change(12, "+9"),
		"unknown element": append([]byte("0800\x80\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00"), make([]byte, 16)...),
		"empty second":    []byte("0800\x82\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x001122033015000007"),
	} {
		m, err := Decode(raw)
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: read as %v, %v", name, m, err)
		} else if strings.Contains(err.Error(), "6212345") {
			t.Errorf("%s: the error tells the card: %v", name, err)
		}
	}
	for name, m := range map[string]Message{
		"amount":  {Type: "0200", Fields: map[Field]string{FieldAmount: "-00000000001"}},
		"short":   {Type: "0200", Fields: map[Field]string{FieldSTAN: "1"}},
		"unknown": {Type: "0200", Fields: map[Field]string{65: "1"}},
		"bitmap":  {Type: "0200", Fields: map[Field]string{1: "1"}},
		"type":    {Type: "200"},
	} {
		if raw, err := m.Encode(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: written as %q, %v", name, raw, err)
		}
	}
}

func TestCardNumbersAreNotShown(t *testing.T) {
	for _, shown := range []string{purchase.String(), fmt.Sprintf("%v %+v %#v", purchase, purchase, purchase)} {
		if strings.Contains(shown, "62123456") || strings.Contains(shown, "shop") || !strings.Contains(shown, "…1234") {
			t.Errorf("shown as %s", shown)
		}
	}
}

func TestFrames(t *testing.T) {
	b, err := AppendFrame(nil, []byte("abc"))
	if err != nil || string(b) != "\x00\x03abc" {
		t.Errorf("framed as %q, %v", b, err)
	}
	if _, err := AppendFrame(nil, make([]byte, MaxFrame+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("too long: %v", err)
	}
	for in, want := range map[string]error{"": io.EOF, "\x00": io.ErrUnexpectedEOF, "\x00\x03": io.ErrUnexpectedEOF, "\x00\x03ab": io.ErrUnexpectedEOF, "\x00\x00": ErrMalformed, "\x10\x01": ErrMalformed} {
		if raw, err := ReadFrame(strings.NewReader(in)); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v", in, raw, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	raw, err := purchase.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("0810\x82\x20\x00\x01\x02\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x0011220330150000070612345600001"))
	f.Add([]byte("0800\x80\x00\x00\x00\x00\x00\x00\x00\x80"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Decode(raw)
		if err != nil {
			return
		}
		again, err := m.Encode()
		if err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%q is written again as %q, %v", raw, again, err)
		}
		_ = m.String()
	})
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x00\x03abc"))
	f.Add([]byte("\xff\xff"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		raw, err := ReadFrame(bytes.NewReader(stream))
		if err != nil {
			return
		}
		again, err := AppendFrame(nil, raw)
		if err != nil || !bytes.HasPrefix(stream, again) {
			t.Errorf("%q is framed again as %q, %v", stream, again, err)
		}
	})
}

// What is sure to have charged nothing is a decline; everything else that is
// no plain approval has to be reversed.
func TestVerdicts(t *testing.T) {
	for code, want := range map[string]Verdict{
		"00": Approved, "11": Approved, "51": DeclinedFunds, "05": Declined, "14": Declined, "54": Declined, "12": Declined,
		"10": Unsure, "08": Unsure, "68": Unsure, "91": Unsure, "94": Unsure, "96": Unsure, "09": Unsure, "ZZ": Unsure, "": Unsure,
	} {
		if got := VerdictOf(code); got != want {
			t.Errorf("code %q is %v, not %v", code, got, want)
		}
	}
}
