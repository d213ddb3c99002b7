package monitor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

type chain [sha256.Size]byte

const (
	timeFormat = "2006-01-02T15:04:05.000000Z"
	maxLine    = 2048 // bytes
	maxNote    = 256  // bytes
)

// appendBody writes a line up to its chain.
func appendBody(b []byte, e *Entry) []byte {
	b = append(b, `{"n":`...)
	b = strconv.AppendUint(b, e.N, 10)
	b = append(b, `,"time":"`...)
	b = e.Time.UTC().AppendFormat(b, timeFormat)
	b = append(b, `","what":`...)
	b = appendString(b, e.What)
	for _, member := range [...]struct{ name, value string }{{"from", e.From}, {"kind", e.Kind}} {
		if member.value != "" {
			b = append(append(append(b, ',', '"'), member.name...), '"', ':')
			b = appendString(b, member.value)
		}
	}
	for _, member := range [...]struct {
		name  string
		value uint64
	}{{"id", e.ID}, {"session", uint64(e.Session)}, {"number", uint64(e.Number)}, {"length", uint64(e.Length)}} {
		if member.value != 0 {
			b = append(append(append(b, ',', '"'), member.name...), '"', ':')
			b = strconv.AppendUint(b, member.value, 10)
		}
	}
	for _, member := range [...]struct{ name, value string }{{"sha256", e.SHA256}, {"note", e.Note}, {"before", e.Before}} {
		if member.value != "" {
			b = append(append(append(b, ',', '"'), member.name...), '"', ':')
			b = appendString(b, member.value)
		}
	}
	return b
}

// appendString writes a JSON string; names and digests need no escapes.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string can always be written
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// next is the chain after a body.
func (c chain) next(body []byte) chain {
	h := sha256.New()
	h.Write(c[:])
	h.Write(body)
	return chain(h.Sum(nil))
}

var errLine = errors.New("not a line of the record")

var chainMember = []byte(`,"chain":"`)

// split takes a line apart into its body and its chain.
func split(line []byte) (body []byte, c chain, err error) {
	const tail = len(`,"chain":"`) + 2*sha256.Size + len(`"}`)
	if len(line) < tail || len(line) > maxLine || !bytes.HasSuffix(line, []byte(`"}`)) {
		return nil, c, errLine
	}
	body = line[:len(line)-tail]
	rest := line[len(body):]
	if !bytes.HasPrefix(rest, chainMember) {
		return nil, c, errLine
	}
	digits := rest[len(chainMember) : len(rest)-2]
	if _, err := hex.Decode(c[:], digits); err != nil || !bytes.Equal(digits, bytes.ToLower(digits)) {
		return nil, c, errLine
	}
	return body, c, nil
}

// parse reads a line, strictly: what it accepts is written again byte for byte.
func parse(line []byte) (Entry, []byte, chain, error) {
	body, c, err := split(line)
	if err != nil {
		return Entry{}, nil, c, err
	}
	var said struct {
		N       uint64 `json:"n"`
		Time    string `json:"time"`
		What    string `json:"what"`
		From    string `json:"from"`
		Kind    string `json:"kind"`
		ID      uint64 `json:"id"`
		Session uint32 `json:"session"`
		Number  uint32 `json:"number"`
		Length  uint32 `json:"length"`
		SHA256  string `json:"sha256"`
		Note    string `json:"note"`
		Before  string `json:"before"`
	}
	if err := json.Unmarshal(append(bytes.Clone(body), '}'), &said); err != nil {
		return Entry{}, nil, c, fmt.Errorf("%w: %w", errLine, err)
	}
	when, err := time.Parse(timeFormat, said.Time)
	if err != nil {
		return Entry{}, nil, c, fmt.Errorf("%w: %w", errLine, err)
	}
	e := Entry{N: said.N, Time: when, What: said.What, From: said.From, Kind: said.Kind, ID: said.ID, Session: said.Session,
		Number: said.Number, Length: said.Length, SHA256: said.SHA256, Note: said.Note, Before: said.Before}
	if !bytes.Equal(appendBody(nil, &e), body) {
		return Entry{}, nil, c, errLine
	}
	e.Chain = hex.EncodeToString(c[:])
	return e, body, c, nil
}
