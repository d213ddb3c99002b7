package protocol_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"

	go_qr "github.com/piglig/go-qr"
)

// writeLayout is the only way in which the tables of MESSAGES.md are replaced.
var writeLayout = flag.Bool("write-layout", false, "measure the messages anew into MESSAGES.md")

// A row is a part of a message and its length.
type row struct {
	label string
	size  int
}

// A column is one message, measured.
type column struct {
	title string
	rows  []row
}

func (c column) total() int {
	sum := 0
	for _, r := range c.rows {
		sum += r.size
	}
	return sum
}

// layoutOf measures a signed message part by part. Messages within it that inner
// names are measured themselves.
func layoutOf[P protocol.Payload](t *testing.T, s *protocol.Signed[P], inner map[int][]row) []row {
	t.Helper()
	raw, w := s.Bytes(), takeApart(t, s.Bytes())
	names := fieldNames[P]()
	members := pairs(t, w.Payload)
	headers := len(raw) - len(deterministic(t, w.Payload)) - len(deterministic(t, w.Signature))
	rows := []row{
		{"array, protected header, empty unprotected header", headers},
		{"length of the payload, map", len(deterministic(t, w.Payload)) - len(body(members))},
	}
	for _, m := range members {
		key := keyOf(t, m)
		label := fmt.Sprintf("`%d` %s", key, names[key])
		if inner[key] == nil {
			rows = append(rows, row{label, len(m.key) + len(m.value)})
			continue
		}
		within := column{rows: inner[key]}
		rows = append(rows, row{label + ": key, length", len(m.key) + len(m.value) - within.total()})
		for _, r := range within.rows {
			rows = append(rows, row{"— " + r.label, r.size})
		}
	}
	return append(rows, row{"signature", len(deterministic(t, w.Signature))})
}

// fieldNames are the names of a payload's fields by their CBOR keys.
func fieldNames[P protocol.Payload]() map[int]string {
	names := make(map[int]string)
	fields := reflect.TypeFor[P]()
	for i := range fields.NumField() {
		tag, _, _ := strings.Cut(fields.Field(i).Tag.Get("cbor"), ",")
		if key, err := strconv.Atoi(tag); err == nil {
			names[key] = fields.Field(i).Name
		}
	}
	return names
}

// table lays columns side by side: one line for each part of any of them.
func table(columns []column) string {
	var labels []string
	for _, c := range columns {
		at := len(labels)
		for _, r := range slices.Backward(c.rows) { // what is new goes before what follows it
			if i := slices.Index(labels, r.label); i >= 0 {
				at = i
			} else {
				labels = slices.Insert(labels, at, r.label)
			}
		}
	}
	var b strings.Builder
	line := func(label string, cell func(c column) string) {
		b.WriteString("| " + label)
		for _, c := range columns {
			b.WriteString(" | " + cell(c))
		}
		b.WriteString(" |\n")
	}
	line("part", func(c column) string { return c.title })
	line("---", func(column) string { return "---:" })
	for _, label := range labels {
		line(label, func(c column) string {
			i := slices.IndexFunc(c.rows, func(r row) bool { return r.label == label })
			if i < 0 {
				return ""
			}
			return strconv.Itoa(c.rows[i].size)
		})
	}
	line("**together**", func(c column) string { return "**" + strconv.Itoa(c.total()) + "**" })
	return b.String()
}

func certificateRows(t *testing.T, c *protocol.Signed[protocol.Certificate]) []row {
	return layoutOf(t, c, nil)
}

func requestTable(t *testing.T) string {
	sale := protocoltest.NewSale(t, 120, false)
	pin := sale.RequestClaims()
	pin.WantsPIN = true
	inner := map[int][]row{8: certificateRows(t, sale.Terminal.Certificate)}
	return table([]column{
		{"request", layoutOf(t, sale.Request(t), inner)},
		{"asking for a PIN", layoutOf(t, protocoltest.Sign(t, sale.Terminal.Key, pin), inner)},
	})
}

func paymentTable(t *testing.T) string {
	var columns []column
	for i, v := range paymentVariants() {
		sale := v.sale(t)
		request := v.request(t, sale)
		payment := v.payment(t, sale, request)
		rows := layoutOf(t, payment, map[int][]row{6: certificateRows(t, sale.Wallet.Certificate)})
		sealed := sale.Sealed(t, request, payment)
		rows = append(rows, row{"sealing: encapsulated key, tag", len(sealed) - len(payment.Bytes())})
		columns = append(columns, column{string(rune('A' + i)), rows})
	}
	return table(columns)
}

func submissionTable(t *testing.T) string {
	var columns []column
	for _, v := range []struct {
		title  string
		size   int
		phones bool
	}{{"print of 40", 120, false}, {"print of 60", 180, false}, {"print of 40 by the phone", 120, true}} {
		sale := protocoltest.NewSale(t, v.size, false)
		request := sale.Request(t)
		captured, phones := protocoltest.Template(v.size, "live"), protocol.Template(nil)
		if v.phones {
			captured, phones = phones, captured
		}
		submission := sale.Submission(t, request, sale.Payment(t, request, phones), 1, captured)
		rows := layoutOf(t, submission, nil)
		envelope := ok[protocol.Envelope](t)(protocol.SealSubmission(sale.Settlement.Point(t), sale.Terminal.Subject, submission))
		body := ok[[]byte](t)(protocol.EncodeEnvelope(envelope))
		rows = append(rows,
			row{"sealing: encapsulated key, tag", len(envelope.Sealed) - len(submission.Bytes())},
			row{"envelope: array, H(request), length", len(body) - len(envelope.Sealed)})
		columns = append(columns, column{v.title, rows})
	}
	return table(columns)
}

func outcomeTable(t *testing.T) string {
	sale := protocoltest.NewSale(t, 120, false)
	request := sale.Request(t)
	return table([]column{{"outcome", layoutOf(t, sale.Outcome(t, request, sale.Payment(t, request, nil), 1, protocol.ResultPaid), nil)}})
}

// codeTable says how large the QR codes become, at error correction level L.
func codeTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| code | bytes | characters | QR version | modules a side |\n| --- | ---: | ---: | ---: | ---: |\n")
	line := func(name, text string, size int) {
		code, err := go_qr.EncodeText(text, go_qr.Low)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", name, size, len(text), (code.GetSize()-17)/4, code.GetSize())
	}
	for i, v := range paymentVariants() {
		sale := v.sale(t)
		request := v.request(t, sale)
		payment := v.payment(t, sale, request)
		if i == 0 {
			line("request", protocol.RequestText(request), len(request.Bytes()))
			outcome := sale.Outcome(t, request, payment, 1, protocol.ResultPaid)
			line("outcome", protocol.OutcomeText(outcome), len(outcome.Bytes()))
		}
		sealed := sale.Sealed(t, request, payment)
		line("payment "+string(rune('A'+i))+": "+v.name, protocol.PaymentText(sealed), len(sealed))
	}
	return b.String()
}

// TestLayout holds the tables of MESSAGES.md to what the messages really measure.
func TestLayout(t *testing.T) {
	const name = "MESSAGES.md"
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	for _, section := range []struct{ name, table string }{
		{"request", requestTable(t)}, {"payment", paymentTable(t)}, {"submission", submissionTable(t)}, {"outcome", outcomeTable(t)}, {"codes", codeTable(t)},
		{"tap commands", tapCommandTable(t)}, {"tap answers", tapAnswerTable(t)}, {"tap card", tapCardTable(t)},
		{"tap air", tapAirTable(t)}, {"tap loads", tapLoadTable(t)}, {"tap clearing", tapClearingTable(t)},
	} {
		opening, closing := "<!-- measured: "+section.name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(text, opening)
		have, after, ended := strings.Cut(rest, closing)
		if !found || !ended {
			t.Fatalf("%s has no table of %s", name, section.name)
		}
		if *writeLayout {
			text = before + opening + section.table + closing + after
		} else if have != section.table {
			t.Errorf("%s gives for %s\n%s\nmeasured is\n%s", name, section.name, have, section.table)
		}
	}
	if *writeLayout {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
