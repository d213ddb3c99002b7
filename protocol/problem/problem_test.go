package problem

import (
	"errors"
	"fmt"
	"testing"
)

func TestEncodeDecode(t *testing.T) {
	p := New(409, CodeUsed, "code for T-0001", "Ask for a new enrolment code.")
	back := Decode(409, p.Encode())
	if *back != *p {
		t.Errorf("have %+v, want %+v", back, p)
	}
	if err := fmt.Errorf("enrol: %w", back); !errors.Is(err, &Problem{Code: CodeUsed}) || errors.Is(err, &Problem{Code: Busy}) {
		t.Errorf("errors.Is does not go by code: %v", err)
	}
}

func TestEveryCodeHasATitle(t *testing.T) {
	for code, title := range titles {
		if title == "" {
			t.Errorf("%s has no title", code)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(500, []byte("<html>"))
	f.Add(404, New(404, NotFound, "", "").Encode())
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		p := Decode(status, body)
		if p.Code == "" || p.Status != status {
			t.Errorf("problem without code or with another status: %+v", p)
		}
	})
}
