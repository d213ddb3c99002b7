package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// says fails the test unless a finding is of a state, has words, and, unless all is well,
// says what to do.
func says(t *testing.T, what string, f Finding, state State, words string) {
	t.Helper()
	if f.State != state || !strings.Contains(f.Found, words) || (f.Do == "") != (state == OK) {
		t.Errorf("%s: %s %q, do %q, facts %v; want %s with %q", what, f.State, f.Found, f.Do, f.Facts, state, words)
	}
}

// What hangs, whether it heeds its context or not, ends at its own limit and holds nobody
// up; the order stays.
func TestRunEndsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		began := time.Now()
		findings := Run(t.Context(), []Check{
			{Name: "deaf", Limit: 3 * time.Second, Look: func(context.Context) Finding { <-never; return Finding{} }},
			{Name: "well", Look: func(context.Context) Finding { return finding{}.ok("Well.").done() }},
			{Name: "heeds", Limit: 5 * time.Second, Look: func(ctx context.Context) Finding {
				<-ctx.Done()
				return finding{}.failed(ctx.Err(), "Wait.").done()
			}},
		})
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
		close(never)
		says(t, "deaf", findings[0], Bad, "within 3 seconds")
		says(t, "well", findings[1], OK, "Well.")
		says(t, "heeds", findings[2], Bad, "in time")
		if findings[0].Check != "deaf" || findings[0].Milliseconds != 4000 || findings[2].Check != "heeds" || Well(findings) || !Well(findings[1:2]) {
			t.Errorf("%+v", findings)
		}
	})
}

// The end of the whole ends every check.
func TestRunEnds(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	end()
	f := Run(ctx, []Check{{Name: "waits", Limit: time.Hour, Look: func(ctx context.Context) Finding {
		<-ctx.Done()
		return finding{}.failed(ctx.Err(), "Again.").done()
	}}})
	says(t, "ended", f[0], Bad, "canceled")
}

// The worst state counts, whatever comes after.
func TestFindingKeepsTheWorst(t *testing.T) {
	f := finding{}.ok("One.").bad("Two.", "Do two.").warn("Three.", "Do three.").ok("Four.").done()
	if f.State != Bad || f.Found != "One. Two. Three. Four." || f.Do != "Do two. Do three." {
		t.Errorf("%+v", f)
	}
}

// advising is a driver's error inside of others.
type advising struct{}

func (advising) Error() string { return "lamp is broken" }
func (advising) Hint() string  { return "Change it." }

func TestSaid(t *testing.T) {
	for _, c := range []struct {
		err       error
		found, do string
	}{
		{errors.Join(errors.New("open it"), advising{}), "Lamp is broken.", "Change it."},
		{errors.New("öffnet nicht."), "Öffnet nicht.", ""},
		{context.DeadlineExceeded, "It did not answer in time.", ""},
	} {
		if found, do := said(c.err); found != c.found || do != c.do {
			t.Errorf("%v: %q, %q", c.err, found, do)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 millisecond", 900 * time.Millisecond: "900 milliseconds", time.Second: "1 second", -90 * time.Second: "90 seconds",
		5 * time.Minute: "5 minutes", 119 * time.Minute: "119 minutes", 47 * time.Hour: "47 hours", 72 * time.Hour: "3 days",
	} {
		if have := span(d); have != want {
			t.Errorf("%v: %s, want %s", d, have, want)
		}
	}
}

var sample = []Finding{
	{Check: "token", Title: "Token", State: OK, Found: "It opens, its PIN is right, and its three keys work."},
	{Check: "printer", Title: "Receipt printer", State: Bad, Found: "The paper is used up.", Do: "Put in a new roll; the receipts that wait come out by themselves then, the oldest first."},
	{Check: "certificate", Title: "Certificate", State: Warning, Found: "街角咖啡店的证书 ends soon.", Do: "Start the terminal.", Facts: map[string]any{"ends": "2026-12-01T00:00:00Z"}},
	{Check: "data-folder", Title: "Data folder", State: OK, Found: "/var/lib/countersign/terminal/of-a-name-that-is-longer-than-any-line-of-a-small-terminal-can-be belongs to its owner alone."},
}

// The table is as wide as it may be and no wider, aligned, with what to do below.
func TestTable(t *testing.T) {
	want, err := os.ReadFile("testdata/table.txt")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := Table(&text, sample, 80); err != nil || text.String() != string(want) {
		t.Errorf("%v\n%s", err, text.String())
	}
	for _, width := range []int{0, 60, 61, 72, 100, 200} {
		text.Reset()
		if err := Table(&text, sample, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text.String()) {
			if n := columns(strings.TrimSuffix(line, "\n")); n > max(width, LeastWidth) {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
	}
	for findings, want := range map[int]string{1: "All 1 checks are well.", 2: "1 of 2 checks failed, 0 with a warning"} {
		text.Reset()
		if err := Table(&text, sample[:findings], 80); err != nil || !strings.Contains(text.String(), want) {
			t.Errorf("%v\n%s", err, text.String())
		}
	}
}

// The names in JSON stay the same.
func TestJSON(t *testing.T) {
	raw, err := json.Marshal(sample[2])
	if want := `{"check":"certificate","title":"Certificate","state":"warn","found":"街角咖啡店的证书 ends soon.","do":"Start the terminal.","facts":{"ends":"2026-12-01T00:00:00Z"},"ms":0}`; err != nil || string(raw) != want {
		t.Errorf("%s, %v", raw, err)
	}
	names := []string{NameSettings, NameTerminal, NameToken, NameCertificate, NameTLSCertificate, NameRevocationList, NameSettlementCertificate, NameSettlement, NameAuthority,
		NameClock, NameTimeZone, NameCamera, NameSensor, NameReader, NamePrinter, NameImager, NameDisk, NameDataFolder, NameJournal, NameVersions}
	want := strings.Fields("settings terminal token certificate tls-certificate revocation-list settlement-certificate settlement authority clock time-zone camera sensor reader printer imager disk data-folder journal versions")
	if !slices.Equal(names, want) {
		t.Errorf("the checks are called %q", names)
	}
}
