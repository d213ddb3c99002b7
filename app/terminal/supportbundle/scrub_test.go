package supportbundle

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// forms are how bytes get into a log.
func forms(secret []byte) []string {
	numbers := make([]int, len(secret))
	for n, b := range secret {
		numbers[n] = int(b)
	}
	list, _ := json.Marshal(numbers)
	escaped := ""
	for _, b := range secret {
		escaped += fmt.Sprintf(`\x%02x`, b)
	}
	return []string{
		hex.EncodeToString(secret), fmt.Sprintf("%X", secret), fmt.Sprintf("% x", secret), strings.ReplaceAll(fmt.Sprintf("% X", secret), " ", ":"),
		base64.StdEncoding.EncodeToString(secret), base64.URLEncoding.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(secret),
		fmt.Sprint(secret), string(list), escaped, string(secret) + "\xff",
	}
}

// Keys and pieces of templates are taken out in every form, wherever they stand: at most
// seven letters of one stay together.
func TestBytesAreTakenOut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := NewScrubber()
	for range 80 {
		secret := make([]byte, 20+random.IntN(100))
		for n := range secret {
			secret[n] = byte(random.Uint32())
		}
		for n, form := range forms(secret) {
			quoted, _ := json.Marshal(map[string]any{"msg": "made " + form, "n": 7})
			for _, line := range []string{form, "made " + form + " at last", "x=" + form, fmt.Sprintf("(%s)", form), string(quoted)} {
				if have := s.line(line); leaks(have, form) {
					t.Fatalf("form %d: %s\nbecame %s", n, line, have)
				}
			}
		}
	}
}

// leaks says whether eight letters in a row of a secret are in a text.
func leaks(text, secret string) bool {
	text = marks.ReplaceAllString(text, "\n")
	for n := 0; n+8 <= len(secret); n++ {
		if piece := secret[n : n+8]; strings.Contains(text, piece) && piece != `\\x00\\x0` {
			return true
		}
	}
	return false
}

// Account and card numbers are taken out, grouped or not.
func TestDigitsAreTakenOut(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	s := NewScrubber()
	for range 300 {
		number := ""
		for range 11 + random.IntN(13) {
			number += string(rune('0' + random.IntN(10)))
		}
		grouped := ""
		for n, r := range number {
			if n > 0 && n%4 == 0 {
				grouped += []string{" ", "-"}[n/4%2]
			}
			grouped += string(r)
		}
		for _, line := range []string{"account " + number, number, "of " + grouped + ".", `{"to":"` + number + `"}`, `{"to":9` + number + `}`, "A" + number + "B"} {
			if have := s.line(line); leaks(have, number) || leaks(have, grouped) {
				t.Fatalf("%s\nbecame %s", line, have)
			}
		}
	}
}

func TestScrub(t *testing.T) {
	s := NewScrubber([]byte("hunter2\n"), []byte("4711"), []byte("ab"))
	for _, c := range []struct{ line, want string }{
		// What stays.
		{"2026-11-22 15:04:05.123456789 +0800 sale 17 paid 78.00 CNY", ""},
		{"2026-11-22T15:04:05Z countersign-terminal.service: Main process exited, code=killed, status=9/KILL", ""},
		{"/var/lib/countersign/terminal/journal.broken-2026-11-22", ""},
		{"open /usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so: no such file", ""},
		{"the token refuses the PIN", ""},
		{"PIN file /run/credentials/countersign-terminal.service/pin", ""},
		{"https://settlement.corner-cafe.example:8443/v1/certificate", ""},
		{`{"time":"2026-11-22T15:04:05.123456789+08:00","level":"INFO","msg":"step","step":13,"ms":12.5}`, `{"level":"INFO","ms":12.5,"msg":"step","step":13,"time":"2026-11-22T15:04:05.123456789+08:00"}`},
		{"KEYS AND CERTIFICATES OF THE TERMINAL ARE IN ITS TOKEN ALONE", ""},
		{"ab", ""},
		// What goes.
		{"it was hunter2", "it was [removed: a secret, no. 1]"},
		{"and 68756e74657232 or aHVudGVyMg==", "and [removed: a secret, no. 2] or [removed: a secret, no. 3]=="},
		{"clerk typed 4711", "clerk typed [removed: a secret, no. 4]"},
		{"PIN: 8090 is wrong", "[removed: a PIN, no. 5] is wrong"},
		{"pin was 80901", "[removed: a PIN, no. 6]"},
		{"use CS1E:ABC%3 here", "use [removed: a code, no. 7] here"},
		{"camera http://shop:s3cret@10.0.0.5/stream", "camera http:[removed: a password, no. 8]10.0.0.5/stream"},
		{"http://10.0.0.5/stream?user=a&pwd=b&token=tt", "http://10.0.0.5/stream?user=a&[removed: a password, no. 9]&[removed: a password, no. 10]"},
		{"/stream?access_token=tt", "/stream?[removed: a password, no. 11]"},
		{"password is swordfish", "[removed: a password, no. 10]"},
		{`{"template":"short","account":"N-1","score":0.31,"pin":null,"last_account":"","ok":true}`,
			`{"account":"[removed: account, no. 12]","last_account":"","ok":true,"pin":null,"score":"[removed: score, no. 13]","template":"[removed: template, no. 11]"}`},
		{`2026-11-22T15:04:05+0800 till terminal[417]: {"template":"short","score":0.31}`,
			`2026-11-22T15:04:05+0800 till terminal[417]: {"score":"[removed: score, no. 13]","template":"[removed: template, no. 11]"}`},
		{`clerk 4711: {"score":0.31} {`, `clerk [removed: a secret, no. 4]: {"score":0.31} {`},
		{`clerk 4711: {"score":0.31}`, `clerk [removed: a secret, no. 4]: {"score":"[removed: score, no. 13]"}`},
		{`{"a":{"print":[1,2]},"b":["6222021234567890123"],"c":[1,2,3,4,5,6,7,8,9,10,11,12]}`, `{"a":{"print":"[removed: print, no. 12]"},"b":["[removed: digits, no. 13]"],"c":"[removed: numbers, no. 14]"}`},
		{`{"head":"` + strings.Repeat("0123456789abcdef", 4) + `"}`, `{"head":"0123456789abcdef…"}`},
		{`{"head":"hunter2"}`, `{"head":"[removed: a secret, no. 1]"}`},
		{"again hunter2", "again [removed: a secret, no. 1]"},
		{"bell \a", "[removed: what is no text, no. 18]"},
		{"FMR\x00 20", "[removed: what is no text, no. 19]"},
	} {
		want := c.want
		if want == "" {
			want = c.line
		}
		if have := s.line(c.line); unnumbered(have) != unnumbered(want) {
			t.Errorf("%s\nbecame %s\nwant   %s", c.line, have, want)
		}
	}
	if a, b := s.Text("hunter2"), s.Text("hunter2"); a != b || a == s.Text("4711") {
		t.Errorf("%s, %s", a, b)
	}
	if s.Removed() < 20 {
		t.Errorf("%d were removed", s.Removed())
	}
}

// unnumbered is a text without its marks' numbers, which go by the order of finding.
func unnumbered(text string) string {
	for n := range 40 {
		text = strings.ReplaceAll(text, fmt.Sprintf(", no. %d]", n), ", no. N]")
	}
	return text
}

// Whatever stands around a secret that is known, or around a key in base64, it goes.
func FuzzScrub(f *testing.F) {
	f.Add("before ", " after", []byte("0123456789abcdef0123456789abcdef"))
	f.Add(`{"msg":"`, `"}`, []byte{1, 2, 3, 250, 251, 252, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 200, 201, 202, 203})
	f.Add("-----BEGIN ", "", []byte("x"))
	f.Fuzz(func(t *testing.T, before, after string, secret []byte) {
		const pin = "zq7-hunter-2-xw"
		var out strings.Builder
		w := &scrubbing{w: &out, scrubber: NewScrubber([]byte(pin))}
		fmt.Fprintf(w, "%s%s%s\n", before, pin, after)
		if err := w.close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), pin) {
			t.Errorf("%q", out.String())
		}
		out.Reset()
		text := hex.EncodeToString(secret)
		fmt.Fprintf(w, "%s %s %s\n", before, text, after)
		if err := w.close(); err != nil {
			t.Fatal(err)
		}
		if len(secret) >= 16 && strings.Contains(out.String(), text) {
			t.Errorf("%q", out.String())
		}
	})
}
