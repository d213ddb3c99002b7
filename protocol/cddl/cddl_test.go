package cddl

import (
	"encoding/hex"
	"testing"
)

func TestValidate(t *testing.T) {
	tests := []struct {
		name, text string
		matches    []string // hex
		refused    []string
	}{
		{"uint", "a = uint", []string{"00", "1bffffffffffffffff", "1800"}, []string{"20", "40", "60", "f6", "f90000", "", "0000"}},
		{"int", "a = int", []string{"00", "20"}, []string{"40"}},
		{"bstr", "a = bstr", []string{"40", "4100", "5f4100ff"}, []string{"60", "00", "80"}},
		{"tstr", "a = tstr", []string{"60", "6161"}, []string{"40", "61ff"}},
		{"bool", "a = bool", []string{"f4", "f5"}, []string{"f6", "00"}},
		{"true", "a = true", []string{"f5"}, []string{"f4", "01"}},
		{"false", "a = false", []string{"f4"}, []string{"f5", "00"}},
		{"nil", "a = nil", []string{"f6"}, []string{"f4", "40", "80"}},
		{"any", "a = any", []string{"f6", "80", "00"}, []string{"", "81"}},
		{"integer", "a = -65537", []string{"3a00010000"}, []string{"3a0000ffff", "00"}},
		{"text", `a = "abc"`, []string{"63616263"}, []string{"63616264", "43616263"}},
		{"bytes", "a = h'a10126'", []string{"43a10126"}, []string{"43a10127", "42a101"}},
		{"empty bytes", "a = h''", []string{"40"}, []string{"4100", "60"}},
		{"range", "a = 1..60", []string{"01", "183c"}, []string{"00", "183d", "20", "4101"}},
		{"range below 0", "a = -2..1", []string{"21", "20", "01"}, []string{"22", "02"}},
		{"greatest range", "a = 1..18446744073709551615", []string{"1bffffffffffffffff"}, []string{"00"}},
		{"choice", "a = uint / nil / tstr", []string{"00", "f6", "60"}, []string{"40"}},
		{"size of bytes", "a = bstr .size 2", []string{"420000"}, []string{"4100", "43000000", "626161"}},
		{"size of text is bytes", "a = tstr .size (1..3)", []string{"6161", "63e58fb7"}, []string{"60", "6461616161", "66e58fb7e58fb7"}},
		{"enclosed", "a = bstr .cbor b\nb = [uint]", []string{"428100"}, []string{"428120", "8100", "43810000", "41ff"}},
		{"array", "a = [uint, tstr]", []string{"820060"}, []string{"8100", "83006000", "826000", "a0"}},
		{"optional element", "a = [uint, ? tstr]", []string{"8100", "820060"}, []string{"820000", "80"}},
		{"any number", "a = [* uint]", []string{"80", "8100", "83000000"}, []string{"8160", "820060"}},
		{"one or more", "a = [+ uint]", []string{"8100", "820000"}, []string{"80", "8160"}},
		{"greedy", "a = [* uint, uint]", nil, []string{"8100", "820000"}}, // as RFC 8610 appendix A has it
		{"empty map", "a = {}", []string{"a0"}, []string{"a10000", "80", "f6"}},
		{"map", "a = {1: uint, -1: tstr}", []string{"a201002060", "a220600100"}, []string{"a10100", "a3010020600200", "a201602060", "a20100010020"}},
		{"optional key", "a = {1: uint, ? 9: true}", []string{"a10100", "a2010009f5"}, []string{"a2010009f4", "a109f5", "a2010008f5"}},
		{"text key", `a = {x: uint, "y": uint}`, []string{"a261780061" + "7900"}, []string{"a1617800", "a2010002" + "00"}},
		{"group choice", "a = {1: uint, (2: uint, 3: uint // 2: nil)}", []string{"a3010002000300", "a2010002f6"}, []string{"a2010002" + "00", "a3010002f60300", "a10100"}},
		{"two groups", "a = {(1: 0 // 1: 1), (2: 0 // 2: 1)}", []string{"a201000200", "a201000201", "a201010200", "a201010201"}, []string{"a201020200"}},
		{"group choice in an array", "a = [1, uint // 2, tstr]", []string{"820100", "820260"}, []string{"820160", "820200"}},
		{"enumeration", "a = &(paid: 0, retry-finger: 1)", []string{"00", "01"}, []string{"02", "60"}},
		{"generic", "a = s<{1: uint}>\ns<P> = [bstr .cbor P, uint]", []string{"8243a1010000"}, []string{"8243a1016000", "82a1010000"}},
		{"generic within generic", "a = s<t<uint>>\ns<P> = [P]\nt<P> = {1: P}", []string{"81a10100"}, []string{"81a10160"}},
		{"argument named like a parameter", "a = s<P>\ns<P> = [P]\nP = uint", []string{"8100"}, []string{"8160"}},
		{"comment", "; first\na = uint ; second\n ; third", []string{"00"}, []string{"60"}},
		{"precedence", "a = bstr .size 1 / nil", []string{"4100", "f6"}, []string{"40"}},
		{"parentheses", "a = (uint / tstr)", []string{"00", "60"}, []string{"40"}},
		{"tags are other data", "a = uint", nil, []string{"c100"}},
		{"without end", "a = [a]", nil, []string{"80", "8180"}},
		{"itself", "a = a", nil, []string{"00"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			schema, err := Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range test.matches {
				if err := schema.Validate("a", fromHex(t, item)); err != nil {
					t.Errorf("%s is refused: %v", item, err)
				}
			}
			for _, item := range test.refused {
				if schema.Validate("a", fromHex(t, item)) == nil {
					t.Errorf("%s matches", item)
				}
			}
		})
	}
}

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTextsThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"undefined": "a = b", "undefined within": "a = [uint, {1: b}]", "twice": "a = uint\na = tstr", "cut": "a = [uint", "no type": "a =", "no rule": "= uint",
		"unknown control": "a = uint .lt 5", "unknown character": "a = uint ^ 5", "range of text": `a = "a".."b"`, "range turned round": "a = 5..1",
		"odd hex": "a = h'a'", "too few arguments": "a = s\ns<P> = [P]", "too many arguments": "a = s<uint, uint>\ns<P> = [P]", "arguments of a plain rule": "a = b<uint>\nb = uint",
		"map member without key": "a = {uint}", "map member any number of times": "a = {* 1: uint}", "key no literal": "a = {[1]: uint}", "cut rule": "a = {1: uint, (2: uint}",
		"too many alternatives": "a = {(1:0//1:1),(2:0//2:1),(3:0//3:1),(4:0//4:1),(5:0//5:1),(6:0//6:1),(7:0//7:1)}",
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s: %q is accepted", name, text)
		}
	}
}

func TestUnknownRule(t *testing.T) {
	schema, err := Parse("s<P> = [P]\na = s<uint>")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"b", "s", "uint"} {
		if schema.Validate(rule, []byte{0}) == nil {
			t.Errorf("rule %q validates", rule)
		}
	}
	if names := schema.Rules(); len(names) != 2 || names[0] != "s" || names[1] != "a" {
		t.Errorf("rules are %v", names)
	}
}

// FuzzParse: neither text nor data may make the checker panic or run on.
func FuzzParse(f *testing.F) {
	f.Add("a = {1: uint, (2: bstr .size (1..3) // 2: nil), ? -3: [* b<tstr>]}\nb<P> = &(x: 1, y: h'00') / P ; so", []byte{0xa1, 1, 0})
	f.Add("a = [a] / bstr .cbor a", []byte{0x41, 0x80})
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		schema, err := Parse(text)
		if err != nil {
			return
		}
		for _, name := range schema.Rules() {
			_ = schema.Validate(name, data) // an error or none; what matters is that it ends
		}
	})
}
