package programtest

import "testing"

// Town is an authority and a settlement server that are enrolled with one another
// and serve until the test ends.
type Town struct{ Authority, Settlement *Program }

// OpenAuthority makes an authority, countersign/1, and starts it.
func OpenAuthority(tb testing.TB) *Program {
	tb.Helper()
	authority := New(tb, "authority")
	authority.OK("init", authority.Founding("--name", "countersign/1")...)
	authority.Start()
	return authority
}

// Open makes and starts both. serve are further flags of settlement's serve.
func Open(tb testing.TB, serve ...string) Town {
	tb.Helper()
	t := Town{OpenAuthority(tb), New(tb, "settlement")}
	t.Settlement.OK("enrol", t.Settlement.Founding("--authority", t.Authority.URL(), "--host", "127.0.0.1,localhost",
		"--code-file", t.Code("settlement", "settlement-1", "--name", "Settlement", "--host", "127.0.0.1,localhost"))...)
	t.Settlement.Start(append([]string{"--authority", t.Authority.URL()}, serve...)...)
	return t
}

// Code has the authority give out an enrolment code and returns the file that it
// is in.
func (t Town) Code(role, subject string, more ...string) (file string) {
	t.Authority.tb.Helper()
	flags := append([]string{"--role", role, "--subject", subject}, more...)
	return t.Authority.Write(subject+".code", t.Authority.OK("code", t.Authority.InData(flags...)...))
}
