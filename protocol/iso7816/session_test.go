package iso7816

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// message returns n bytes of which no two are a status word.
func message(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7) % 0x60
	}
	return b
}

// opened returns a session in which an application is selected.
func opened(h Handler) *Session {
	s := NewSession(func(ctx context.Context, c Command) Response {
		if c.INS == InsSelect && bytes.HasSuffix(c.Data, []byte{2}) {
			return Response{SW: NotFound}
		}
		if c.INS == InsSelect {
			return Response{SW: OK}
		}
		return h(ctx, c)
	})
	s.Handle(context.Background(), []byte{0, InsSelect, 4, 0, 5, 0xF0, 0, 0, 0, 1})
	return s
}

// wire joins a session to Exchange without anything between them.
func wire(s *Session) Transmit {
	return func(ctx context.Context, apdu []byte) ([]byte, error) { return s.Handle(ctx, apdu), nil }
}

// TestWhole holds guarantee 3 where nothing goes wrong: every length arrives, both ways.
func TestWhole(t *testing.T) {
	for _, up := range []int{0, 1, 239, 240, 241, 255, 256, 480, 481, 1000, MaxMessage} {
		for _, down := range []int{0, 1, 255, 256, 257, 512, 513, 1000, MaxMessage} {
			for _, le := range []int{0, 1, 100, 256} {
				if le == 1 && down > 1000 {
					continue // TestSmallParts
				}
				t.Run(fmt.Sprint(up, " ", down, " ", le), func(t *testing.T) {
					var got []byte
					s := opened(func(_ context.Context, c Command) Response {
						got = c.Data
						return Response{message(down), OK}
					})
					r, stats, err := Exchange(t.Context(), wire(s), Command{CLA: 0x80, INS: 0x52, Data: message(up), Le: le})
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(got, message(up)) || !bytes.Equal(r.Data, message(down)) || r.SW != OK {
						t.Errorf("%d bytes arrived, %d came back with %v", len(got), len(r.Data), r.SW)
					}
					if most := max(1, (up+MaxLink-1)/MaxLink) + (down+MaxLe-1)/MaxLe + 1; stats.APDUs > most {
						t.Errorf("%d APDUs, more than %d", stats.APDUs, most)
					}
					if stats.Sent < up || stats.Received < down {
						t.Errorf("%+v for %d and %d bytes", stats, up, down)
					}
				})
			}
		}
	}
}

// TestOrder plays APDUs into a session one by one. "=" repeats what a handler got.
func TestOrder(t *testing.T) {
	for name, script := range map[string]string{
		"nothing kept":                      "00C0000000>6985",
		"not selected":                      "00A40400 05 F000000002>6A82 80500000 01 00 00>6985 90500000 01 00>6985",
		"plain":                             "80500000 01 05 00>050505050505 9000",
		"no Le: all is kept":                "80500000 01 03>6104 00C0000004>03030303 9000",
		"parts":                             "80500000 01 03 01>03 6103 00C0000002>0303 6101 00C0000000>03 9000 00C0000000>6985",
		"too much asked for":                "80500000 01 03 01>03 6103 00C0000004>6C03 00C0000003>030303 9000",
		"kept is dropped by a command":      "80500000 01 03 01>03 6103 80500000 01 00 00>00 9000 00C0000000>6985",
		"kept is dropped by junk":           "80500000 01 03 01>03 6103 80>6700 00C0000000>6985",
		"kept is dropped by another class":  "80500000 01 03 01>03 6103 01500000>6881 00C0000000>6985",
		"kept is dropped by wrong P1":       "80500000 01 03 01>03 6103 00C0010000>6A86 00C0000000>6985",
		"kept is dropped by data":           "80500000 01 03 01>03 6103 00C000000101>6700 00C0000000>6985",
		"GET RESPONSE without Le":           "80500000 01 03 01>03 6103 00C00000>6700 00C0000000>6985",
		"a chain":                           "90500000 01 02>9000 80500000 01 09 00>020902 9000",
		"a chain interrupted":               "90500000 01 02>9000 80510000 01 09 00>6883 80500000 01 00 00>6985 00A40400 05 F000000001>9000 80500000 01 00 00>00 9000",
		"a chain interrupted by P2":         "90500000 01 02>9000 80500001 01 09 00>6883",
		"a chain interrupted by a SELECT":   "90500000 01 02>9000 00A40400 05 F000000001 00>6883 80500000 01 00 00>6985 00A40400 05 F000000001>9000 80500000 01 00 00>00 9000",
		"a chain interrupted by its class":  "90500000 01 02>9000 00500000 01 09 00>6883",
		"a chain interrupted by junk":       "90500000 01 02>9000 8050>6700 80500000 01 00 00>6985 00A40400 05 F000000001>9000 80500000 01 00 00>00 9000",
		"a chain and GET RESPONSE":          "90500000 01 02>9000 00C0000000>6883 80500000 01 00 00>6985 00A40400 05 F000000001>9000 80500000 01 00 00>00 9000",
		"GET RESPONSE in a chain":           "10C0000000>6884 10A40400 05 F000000001>6884",
		"an empty link":                     "90500000>6700",
		"a link with Le":                    "90500000 01 02 00>6700 80500000 01 00 00>6985 00A40400 05 F000000001>9000 80500000 01 00 00>00 9000",
		"an empty last link":                "90500000 01 02>9000 8050000000>6700 80500000 01 00 00>6985 00A40400 05 F000000001>9000 80500000 01 00 00>00 9000",
		"extended":                          "80500000 000001 AB>6700",
		"class FF":                          "FFCA000000>6E00",
		"reserved class":                    "20500000>6E00",
		"other channel":                     "01500000>6881",
		"other channel, further ones":       "40500000>6881",
		"secure messaging":                  "0C500000>6882",
		"instruction that is none":          "80600000>6D00",
		"handler refuses":                   "80540000>6A82",
		"handler's word is none":            "80550000>6F00",
		"handler says data beside an error": "80560000 00>6F00",
		"handler says 61xx":                 "80570000 00>6F00",
		"handler says too much":             "80580000 00>6F00",
		"handler says 6Cxx":                 "80590000 00>6F00",
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(func(_ context.Context, c Command) Response {
				switch c.INS {
				case 0x54:
					return Response{SW: NotFound}
				case 0x55:
					return Response{SW: 0x1234}
				case 0x56:
					return Response{[]byte{1}, NotFound}
				case 0x57:
					return Response{[]byte{1}, 0x6101}
				case 0x58:
					return Response{make([]byte, MaxMessage+1), OK}
				case 0x59:
					return Response{nil, 0x6C01}
				}
				if len(c.Data) > 1 { // what was chained, and the first byte again
					return Response{append(c.Data, c.Data[0]), OK}
				}
				return Response{bytes.Repeat(c.Data, 1+int(c.Data[0])), OK}
			})
			// Fields are joined until one has ">": command>answer, the answer's words until the next command.
			for _, turn := range turns(script) {
				got := s.Handle(t.Context(), unhex(t, turn[0]))
				if want := unhex(t, turn[1]); !bytes.Equal(got, want) {
					t.Fatalf("%s is answered %X, want %X", turn[0], got, want)
				}
			}
		})
	}
}

// turns takes a script apart. An answer ends with its status word, which is the
// first field of four digits that begins with 6 or 9.
func turns(script string) [][2]string {
	var all [][2]string
	for script != "" {
		command, rest, _ := strings.Cut(script, ">")
		answer := ""
		for {
			var field string
			field, rest, _ = strings.Cut(rest, " ")
			answer += field
			if len(field) == 4 && (field[0] == '6' || field[0] == '9') {
				break
			}
		}
		all = append(all, [2]string{command, answer})
		script = rest
	}
	return all
}

func TestSessionBounds(t *testing.T) {
	calls := 0
	s := opened(func(context.Context, Command) Response { calls++; return Response{SW: OK} })
	link, err := Command{CLA: 0x90, INS: 0x52, Data: message(255)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := 255; n <= MaxMessage; n += 255 {
		if got := s.Handle(t.Context(), link); !bytes.Equal(got, []byte{0x90, 0}) {
			t.Fatalf("after %d bytes: %X", n, got)
		}
	}
	if got := s.Handle(t.Context(), link); !bytes.Equal(got, []byte{0x67, 0}) || s.chain != nil {
		t.Fatalf("past the bound: %X", got)
	}
	s.Handle(t.Context(), unhex(t, "00A40400 05 F000000001"))
	for n := 255; n <= MaxMessage; n += 255 {
		s.Handle(t.Context(), link)
	}
	link[0] = 0x80
	if got := s.Handle(t.Context(), link); !bytes.Equal(got, []byte{0x67, 0}) || calls != 0 {
		t.Fatalf("last link past the bound: %X, %d calls", got, calls)
	}
}

func TestReset(t *testing.T) {
	s := opened(func(context.Context, Command) Response { return Response{message(300), OK} })
	s.Handle(t.Context(), unhex(t, "8050000000"))
	kept := s.kept
	s.Reset()
	if !bytes.Equal(kept, make([]byte, len(kept))) {
		t.Error("what was kept was not overwritten")
	}
	if got := s.Handle(t.Context(), unhex(t, "00C0000000")); !bytes.Equal(got, unhex(t, "6985")) {
		t.Errorf("%X", got)
	}
	s.Handle(t.Context(), unhex(t, "00A40400 05 F000000001"))
	s.Handle(t.Context(), unhex(t, "90500000 02 0102"))
	data := s.chain.Data
	s.Reset()
	if s.chain != nil || !bytes.Equal(data, []byte{0, 0}) {
		t.Error("a chain outlived a reset")
	}
}

// TestCardBreaksRules plays answers to Exchange: each is what a card says next.
func TestCardBreaksRules(t *testing.T) {
	boom := errors.New("boom")
	for name, tc := range map[string]struct {
		up      int
		le      int
		answers string
		want    error
		sw      Status
		apdus   int
	}{
		"refused":                      {10, 256, "6A82", nil, NotFound, 1},
		"refused within a chain":       {1000, 256, "9000 6883", nil, LastLinkExpected, 2},
		"61xx within a chain":          {1000, 256, "6110", ErrAnswer, 0, 1},
		"6Cxx within a chain":          {1000, 256, "6C10", ErrAnswer, 0, 1},
		"warning within a chain":       {1000, 256, "6282", ErrAnswer, 0, 1},
		"data within a chain":          {1000, 256, "019000", ErrAnswer, 0, 1},
		"6Cxx once":                    {10, 256, "6C02 01029000", nil, OK, 2},
		"6Cxx after a chain":           {300, 256, "9000 6C02 9000 01029000", nil, OK, 4},
		"6Cxx twice":                   {10, 256, "6C02 6C03", ErrAnswer, 0, 2},
		"6Cxx with the same Le":        {10, 2, "6C02", ErrAnswer, 0, 1},
		"6Cxx where nothing is wanted": {10, 0, "6C02", ErrAnswer, 0, 1},
		"6Cxx in a part":               {10, 256, "6102 6C01 019000", nil, OK, 3},
		"6Cxx twice in a part":         {10, 256, "6102 6C01 6C02", ErrAnswer, 0, 3},
		"refused in a part":            {10, 256, "016101 6985", nil, ConditionsNotSatisfied, 2},
		"a part without data":          {10, 256, "6102 9000", ErrAnswer, 0, 2},
		"a part without data, more":    {10, 256, "6102 6102", ErrAnswer, 0, 2},
		"a part too short":             {10, 256, "6102 016101", ErrAnswer, 0, 2},
		"a part too long":              {10, 256, "6101 01029000", ErrAnswer, 0, 2},
		"more than asked for":          {10, 1, "01029000", ErrAnswer, 0, 1},
		"data where none is wanted":    {10, 0, "019000", ErrAnswer, 0, 1},
		"no such word":                 {10, 256, "1234", ErrStatus, 0, 1},
		"data beside an error":         {10, 256, "016A82", ErrStatus, 0, 1},
		"one byte":                     {10, 256, "90", ErrLength, 0, 1},
		"too long":                     {10, 256, strings.Repeat("00", 257) + "9000", ErrLength, 0, 1},
		"parts without end":            {10, 256, strings.Repeat("016101 ", 50), ErrAnswer, 0, 1 + MaxParts},
		"bytes without end":            {10, 256, strings.Repeat(strings.Repeat("00", 256)+"6100 ", 50), ErrAnswer, 0, MaxMessage/MaxLe + 1},
		"link lost":                    {1000, 256, "9000", boom, 0, 2},
		"command too long":             {MaxMessage + 1, 256, "", ErrLength, 0, 0},
		"Le too large":                 {0, 257, "", ErrLength, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			answers := strings.Fields(tc.answers)
			transmit := func(context.Context, []byte) ([]byte, error) {
				if len(answers) == 0 {
					return nil, boom
				}
				a := unhex(t, answers[0])
				answers = answers[1:]
				return a, nil
			}
			r, stats, err := Exchange(t.Context(), transmit, Command{CLA: 0x80, INS: 0x52, Data: message(tc.up), Le: tc.le})
			if !errors.Is(err, tc.want) || r.SW != tc.sw || stats.APDUs != tc.apdus {
				t.Errorf("%v, %v after %d APDUs; want %v, %v after %d", r.SW, err, stats.APDUs, tc.sw, tc.want, tc.apdus)
			}
			if err != nil && len(r.Data) != 0 || r.SW.IsError() && len(r.Data) != 0 {
				t.Errorf("half an answer: %X", r.Data)
			}
		})
	}
}

func TestExchangeRefuses(t *testing.T) {
	never := func(context.Context, []byte) ([]byte, error) { t.Error("sent"); return nil, nil }
	for name, tc := range map[string]struct {
		c    Command
		want error
	}{
		"chaining bit": {Command{CLA: 0x90}, ErrClass},
		"class FF":     {Command{CLA: 0xFF}, ErrClass},
		"instruction":  {Command{INS: 0x9A}, ErrInstruction},
	} {
		if _, _, err := Exchange(t.Context(), never, tc.c); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Exchange(ctx, never, Select(message(5))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
