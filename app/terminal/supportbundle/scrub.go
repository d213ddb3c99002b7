package supportbundle

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Scrubber takes secrets out of texts. It is safe for concurrent use.
type Scrubber struct {
	known []string // longest first
	rules []rule

	mu      sync.Mutex
	numbers map[string]int // of what was removed
	removed int
}

// rule is a form that secrets have.
type rule struct {
	what string
	form *regexp.Regexp
	// secret says whether what has the form is one; nil where the form alone decides.
	secret func(string) bool
	// digits and run are how many digits a text has at least that has the form, and how
	// long its longest run without a space is: most lines need not be looked through.
	digits, run int
}

// shape is how many digits a text has, and how long its longest run without a space is.
func shape(text string) (digits, run int) {
	n := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			n = -1
		case c >= '0' && c <= '9':
			digits++
		}
		n++
		run = max(run, n)
	}
	return digits, run
}

// leastKnown is how long a secret that is known must be to be looked for, bytes: a PIN of
// the staff has four.
const leastKnown = 4

// NewScrubber returns a scrubber that knows some secrets as they are, such as the contents
// of PIN files; space around them is not part of them.
func NewScrubber(secrets ...[]byte) *Scrubber {
	s := &Scrubber{numbers: map[string]int{}, rules: rules()}
	for _, secret := range secrets {
		for _, text := range [][]byte{secret, bytes.TrimSpace(secret)} {
			if len(text) < leastKnown {
				continue
			}
			s.known = append(s.known, string(text), hex.EncodeToString(text), strings.ToUpper(hex.EncodeToString(text)),
				strings.TrimRight(base64.StdEncoding.EncodeToString(text), "="), strings.TrimRight(base64.URLEncoding.EncodeToString(text), "="))
		}
	}
	slices.SortFunc(s.known, func(a, b string) int { return len(b) - len(a) })
	s.known = slices.Compact(s.known)
	return s
}

// rules are in the order in which they are looked for: the more particular first.
func rules() []rule {
	return []rule{
		{"a code", regexp.MustCompile(`CS1[A-Z]:[^\s"']*`), nil, 0, 4},
		{"a password", regexp.MustCompile(`//[^/\s@"']+:[^/\s@"']*@`), nil, 0, 5},
		{"a password", regexp.MustCompile(`(?i)\b[a-z0-9_.-]*(?:password|passwd|passwort|passphrase|pass|pwd|secret|puk|pin|token|key|sig|signature|auth)=[^\s&"']+`), nil, 0, 5},
		{"a password", regexp.MustCompile(`(?i)\b(?:password|passwd|passwort|passphrase)\b\W{0,3}(?:is\s+)?[^\s"']+`), nil, 0, 8},
		{"a PIN", regexp.MustCompile(`(?i)\bpins?\b\W{0,3}(?:is\W+|was\W+)?\d{4,}`), nil, 4, 4},
		{"bytes", regexp.MustCompile(`(?:\\[xuU][0-9a-fA-F]{2,8}[^\\\s]{0,8}){3,}`), nil, 0, 12},
		{"numbers", regexp.MustCompile(`\d{1,3}(?:[ ,]+\d{1,3}){15,}`), nil, 16, 1},
		{"bytes", regexp.MustCompile(`\b[0-9a-fA-F]{2}(?:[: -][0-9a-fA-F]{2}){11,}\b`), nil, 0, 2},
		{"hexadecimal digits", regexp.MustCompile(`[0-9a-fA-F]{24,}`), nil, 0, 24},
		{"letters and digits", regexp.MustCompile(`[A-Za-z0-9+/_=-]{24,}`), encoded, 0, 24},
		{"letters and digits", regexp.MustCompile(`[0-9A-Z $%*+./:-]{48,}`), base45, 1, 24},
		{"digits", regexp.MustCompile(`\d(?:[ -]?\d){10,}`), account, 11, 1},
	}
}

// encoded says whether a run of base64's letters is one: in words and names of files the
// kind of letter changes seldom, in what is encoded three times of five. A long run without
// a hyphen or slash is taken for one, too.
func encoded(run string) bool {
	const symbol = 0
	changes, before, longest, length := 0, symbol, 0, 0
	for _, r := range run {
		kind := symbol
		switch {
		case r >= 'a' && r <= 'z':
			kind = 1
		case r >= 'A' && r <= 'Z':
			kind = 2
		case r >= '0' && r <= '9':
			kind = 3
		}
		if kind != before && kind != symbol && before != symbol {
			changes++
		}
		if length++; kind == symbol {
			length = 0
		}
		before, longest = kind, max(longest, length)
	}
	return changes >= 4 && 6*changes >= len(run) || longest >= 40
}

// base45 says whether a run of QR's alphanumeric letters holds a long word with digits
// inside, as sentences in capitals do not.
func base45(run string) bool {
	for word := range strings.FieldsSeq(run) {
		if len(word) >= 24 && strings.ContainsAny(word, "0123456789") && strings.ContainsFunc(word, unicode.IsUpper) {
			return true
		}
	}
	return false
}

// account says whether digits are more than a date and a time of day with hyphens.
func account(run string) bool {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(run)
	return len(digits) > 14 || !dated.MatchString(run)
}

var dated = regexp.MustCompile(`^20\d\d-[01]\d-[0-3]\d[ -]\d{2,6}$`)

// Removed is how many texts were taken out.
func (s *Scrubber) Removed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removed
}

// mark is what stands where a text was.
func (s *Scrubber) mark(what, text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removed++
	n, known := s.numbers[text]
	if !known {
		n = len(s.numbers) + 1
		s.numbers[text] = n
	}
	return fmt.Sprintf("[removed: %s, no. %d]", what, n)
}

// Text takes secrets out of one line or value.
func (s *Scrubber) Text(text string) string {
	if !isText(text) {
		return s.mark("what is no text", text)
	}
	for _, secret := range s.known {
		if strings.Contains(text, secret) {
			text = strings.ReplaceAll(text, secret, s.mark("a secret", secret))
		}
	}
	digits, run := shape(text)
	for _, r := range s.rules {
		if digits < r.digits || run < r.run {
			continue
		}
		text = s.apart(text, func(part string) string {
			return r.form.ReplaceAllStringFunc(part, func(found string) string {
				if r.secret != nil && !r.secret(found) {
					return found
				}
				return s.mark(r.what, found)
			})
		})
	}
	return text
}

// marks are what mark writes, which no later rule is to change.
var marks = regexp.MustCompile(`\[removed: [^\]]*\]`)

// apart has what stands between marks changed.
func (s *Scrubber) apart(text string, change func(string) string) string {
	var out strings.Builder
	at := 0
	for _, m := range marks.FindAllStringIndex(text, -1) {
		out.WriteString(change(text[at:m[0]]) + text[m[0]:m[1]])
		at = m[1]
	}
	return out.String() + change(text[at:])
}

func isText(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return false
		}
	}
	return true
}

// telling are the names of values that are taken out whatever they are.
var telling = regexp.MustCompile(`(?i)(^|[_.-])(pin|puk|password|passwd|passphrase|secret|account|accounts|pan|iban|template|templates|print|prints|finger|fingers|minutiae|image|picture|score|scores|private|privatekey|private_key|seed|payer|card|cards)$`)

// heads are the names of hashes of which the beginning stays: of the journal's head, to be
// compared with settlement's, and of the sources that a program was built from.
var heads = regexp.MustCompile(`^(head|Head|vcs_revision)$`)

// headDigits is how much of a head stays: 64 bits of a hash say which it is.
const headDigits = 16

// value takes secrets out of a JSON value that has a name.
func (s *Scrubber) value(name string, v any) any {
	if name != "" && telling.MatchString(name) {
		switch v := v.(type) {
		case nil, bool:
		case string:
			if v != "" {
				return s.mark(strings.ToLower(name), v)
			}
		default:
			raw, err := json.Marshal(v)
			if err != nil {
				raw = []byte(name)
			}
			return s.mark(strings.ToLower(name), string(raw))
		}
	}
	switch v := v.(type) {
	case string:
		if heads.MatchString(name) && len(v) >= headDigits && isHex(v) {
			return v[:headDigits] + "…"
		}
		return s.Text(v)
	case json.Number:
		if text := s.Text(v.String()); text != v.String() {
			return text
		}
		return v
	case []any:
		if numbers(v) {
			raw, _ := json.Marshal(v) // of numbers
			return s.mark("numbers", string(raw))
		}
		for n := range v {
			v[n] = s.value("", v[n])
		}
		return v
	case map[string]any:
		cleaned := make(map[string]any, len(v))
		for name, inner := range v {
			cleaned[s.Text(name)] = s.value(name, inner)
		}
		return cleaned
	}
	return v
}

func isHex(text string) bool {
	return strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// numbers says whether a list is of twelve numbers or more.
func numbers(list []any) bool {
	for _, v := range list {
		if _, is := v.(json.Number); !is {
			return false
		}
	}
	return len(list) >= 12
}

// line takes secrets out of a line, which may be a JSON object, or end with one behind
// what a log's keeper writes before it: time, machine and program.
func (s *Scrubber) line(line string) string {
	at := strings.IndexByte(line, '{')
	if at < 0 {
		return s.Text(line)
	}
	var object map[string]any
	decoder := json.NewDecoder(strings.NewReader(line[at:]))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return s.Text(line)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return s.Text(line)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s.value("", object)); err != nil {
		return s.Text(line)
	}
	return s.Text(line[:at]) + strings.TrimSuffix(out.String(), "\n")
}
