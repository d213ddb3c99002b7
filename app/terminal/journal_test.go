package main

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// journalCommand runs "terminal journal …" in this process.
func journalCommand(t *testing.T, words ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errOut bytes.Buffer
	p := program.Program{Hint: hint, Commands: map[string]program.Command{"journal verify": verifyJournal, "journal export": exportJournal}}
	status = p.Run(t.Context(), append([]string{"journal"}, words...), &out, &errOut)
	return out.String(), errOut.String(), status
}

// threeSales are in a journal: scanned, in cash the next day, and refused.
func threeSales(t *testing.T, data string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(data, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	day := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC) // 23:00 in Shanghai
	for n, e := range []sale.Entry{
		{Sale: 1, Event: sale.EventKeyed}, {Sale: 1, Event: sale.EventOutcome, Ending: sale.Paid, Reference: 7, Outcome: []byte("x")},
		{Sale: 2, Event: sale.EventCashSold, Ending: sale.Paid, Cash: &sale.CashOf{Given: 7800}},
		{Sale: 3, Event: sale.EventKeyed}, {Sale: 3, Event: sale.EventEnded, Ending: sale.Refused, Reason: sale.ReasonFinger},
	} {
		e.At, e.Amount, e.Currency, e.Cashier = day.Add(time.Duration(n)*30*time.Minute), 7800, 156, protocol.ID("=B-0"+string('0'+byte(e.Sale)))
		if err := j.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// The export is made while the terminal has its journal open, and is what was asked
// for.
func TestJournalExport(t *testing.T) {
	data := t.TempDir()
	if _, stderr, status := journalCommand(t, "export", "--data", data); status != 1 || !strings.Contains(stderr, "no journal") {
		t.Errorf("no journal: %d, %s", status, stderr)
	}
	threeSales(t, data)
	before, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sales.csv")
	for _, test := range []struct {
		words   string
		numbers string
	}{
		{"", "1 2 3"},
		{"--rail cash", "2"},
		{"--ending paid,refunded --zone Asia/Shanghai --day 2026-11-22", "1"},
		{"--zone Asia/Shanghai --from 2026-11-23", "2 3"},
		{"--zone Asia/Shanghai --to 2026-11-22", "1"},
		{"--from 2026-11-22T16:00:00Z --to 2026-11-22T16:30:00Z", "2"},
		{"--cashier =B-03", "3"},
		{"--text 78.00 --ending refused", "3"},
		{"--problems", ""},
		{"--out " + file, "1 2 3"},
	} {
		stdout, stderr, status := journalCommand(t, append([]string{"export", "--data", data}, strings.Fields(test.words)...)...)
		if status != 0 {
			t.Errorf("%s: %d, %s", test.words, status, stderr)
			continue
		}
		if strings.Contains(test.words, "--out") {
			text, err := os.ReadFile(file)
			if err != nil || stdout != "" {
				t.Errorf("%s: %q, %v", test.words, stdout, err)
			}
			stdout = string(text)
		}
		lines, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
		if err != nil || len(lines) == 0 {
			t.Fatalf("%s: %q, %v", test.words, stdout, err)
		}
		var numbers []string
		for _, l := range lines[1:] {
			numbers = append(numbers, l[0])
		}
		if have := strings.Join(numbers, " "); have != test.numbers {
			t.Errorf("%s: sales %s, want %s", test.words, have, test.numbers)
		}
	}
	stdout, _, _ := journalCommand(t, "export", "--data", data, "--format", "jsonl", "--zone", "Asia/Shanghai")
	var line struct {
		Number                 int
		Began, Amount, Cashier string
	}
	if err := json.NewDecoder(strings.NewReader(stdout)).Decode(&line); err != nil || line.Began != "2026-11-22T23:00:00+08:00" || line.Amount != "78.00" || line.Cashier != "=B-01" {
		t.Errorf("%+v, %v", line, err)
	}
	for _, words := range []string{"--format xml", "--zone Atlantis", "--rail cheque", "--day 22.11.2026", "--day 2026-11-22 --from 2026-11-21", "--from 2026-11-23 --to 2026-11-21"} {
		if _, stderr, status := journalCommand(t, append([]string{"export", "--data", data}, strings.Fields(words)...)...); status != 2 {
			t.Errorf("%s: %d, %s", words, status, stderr)
		}
	}
	if after, err := os.ReadDir(data); err != nil || len(after) != len(before) {
		t.Errorf("files beside the journal: %v, %v", after, err)
	}
}

func TestJournalVerify(t *testing.T) {
	data := t.TempDir()
	if _, stderr, status := journalCommand(t, "verify", "--data", data); status != 1 || !strings.Contains(stderr, "no journal") {
		t.Errorf("no journal: %d, %s", status, stderr)
	}
	j := threeSales(t, data)
	if _, stderr, status := journalCommand(t, "verify", "--data", data); status != 1 || !strings.Contains(stderr, "terminal is running") {
		t.Errorf("while it runs: %d, %s", status, stderr)
	}
	records, head := j.Head()
	j.Close()
	var v verified
	stdout, stderr, status := journalCommand(t, "verify", "--data", data)
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || status != 0 || v.Records != records || v.Head != hex.EncodeToString(head[:]) || v.Copy != "the same" || v.Broken != nil {
		t.Errorf("%d, %s %s, %v", status, stdout, stderr, err)
	}
	log := filepath.Join(data, "journal.log")
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Replace(text, []byte(`"event":"cash-sold"`), []byte(`"event":"cash-gold"`), 1)
	if err := os.WriteFile(log, spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status = journalCommand(t, "verify", "--data", data)
	v = verified{}
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || status != 1 || v.Broken == nil || v.Broken.Record != 3 || v.Broken.Sale != 2 || v.Records != 2 ||
		v.Broken.Event != sale.EventCashSold || v.Broken.At.IsZero() {
		t.Errorf("%d, %s, %v", status, stdout, err)
	}
	for _, words := range []string{"Record 3", "sale 2 (cash-sold)", "written at 2026-11-22T16:00:00Z", "nothing was changed"} {
		if !strings.Contains(stderr, words) {
			t.Errorf("no %q in %s", words, stderr)
		}
	}
	if again, err := os.ReadFile(log); err != nil || !bytes.Equal(again, spoilt) {
		t.Errorf("the copy was changed, %v", err)
	}
	if _, stderr, status := journalCommand(t, "export", "--data", data); status != 1 || !strings.Contains(stderr, "journal verify") {
		t.Errorf("export: %d, %s", status, stderr)
	}
}
