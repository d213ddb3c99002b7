//go:build linux

package main

import (
	"encoding/base64"
	"encoding/hex"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/devices/fingerprint/wire"
	"countersign/protocol"
)

// How many bytes in a row are taken for a trace: of a template four minutiae, of a
// picture a quarter of a row at most; and how many different ones there must be, for
// padding and bare glass are no traces.
const (
	templateRun = 12
	pictureRun  = 32
	different   = 4
)

// traces are runs of bytes that nothing may hold, with what they are of.
type traces struct {
	runs  map[int]map[string]string // by their length
	heads []bool                    // how runs begin: most bytes of a file are past at once
}

func newTraces() *traces {
	return &traces{runs: map[int]map[string]string{}, heads: make([]bool, 1<<20)}
}

func head(b []byte) int { return int(b[0])<<12 ^ int(b[1])<<6 ^ int(b[2]) }

func (s *traces) add(what string, run []byte) {
	if s.runs[len(run)] == nil {
		s.runs[len(run)] = map[string]string{}
	}
	s.runs[len(run)][string(run)] = what
	s.heads[head(run)] = true
}

// telling says whether a run is of something, and not of nothing.
func telling(run []byte) bool {
	seen := slices.Sorted(slices.Values(run))
	return len(slices.Compact(seen)) >= different
}

// template adds every run of a template's minutiae, at every place: of those, one in
// three is whole in base64 wherever the template lies in what is encoded. It returns how
// many there are.
func (s *traces) template(what string, t protocol.Template) (runs int) {
	for at := 0; at+templateRun <= len(t); at++ {
		run := t[at : at+templateRun]
		if !telling(run) {
			continue
		}
		runs++
		s.add(what, run)
		text := hex.EncodeToString(run)
		s.add(what+" in hex", []byte(text))
		s.add(what+" in hex", []byte(strings.ToUpper(text)))
		s.add(what+" in base64", []byte(base64.StdEncoding.EncodeToString(run)))
		s.add(what+" in base64", []byte(base64.URLEncoding.EncodeToString(run)))
	}
	return runs
}

// picture adds the rows of a picture, a byte a pixel and as they are on the line. It
// returns how many runs there are.
func (s *traces) picture(what string, g *image.Gray) (runs int) {
	for y := g.Rect.Min.Y; y < g.Rect.Max.Y; y++ {
		row := g.SubImage(image.Rect(g.Rect.Min.X, y, g.Rect.Max.X, y+1)).(*image.Gray)
		for form, bytes := range map[string][]byte{"": row.Pix[:g.Rect.Dx()], " as on the line": wire.PackGrey(nil, row)} {
			for run := range slices.Chunk(bytes, pictureRun) {
				if len(run) == pictureRun && telling(run) {
					s.add(what+form, run)
					runs++
				}
			}
		}
	}
	return runs
}

// find returns the first trace in some bytes, and where it is.
func (s *traces) find(b []byte) (what string, at int, found bool) {
	for at := range max(0, len(b)-templateRun+1) {
		if !s.heads[head(b[at:])] {
			continue
		}
		for length, runs := range s.runs {
			if at+length <= len(b) {
				if what, found := runs[string(b[at:at+length])]; found {
					return what, at, true
				}
			}
		}
	}
	return "", 0, false
}

// wantNoneIn looks into every file below a directory.
func (s *traces) wantNoneIn(t *testing.T, dir string) {
	t.Helper()
	for _, file := range filesIn(t, dir) {
		if what, at, found := s.inFile(t, file); found {
			t.Errorf("%s has the %s at byte %d", strings.TrimPrefix(file, dir), what, at)
		}
	}
}

func (s *traces) inFile(t *testing.T, file string) (what string, at int, found bool) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return s.find(content)
}

// wantPlantedFound sees that a trace is found in whatever form it lies in a file.
func (s *traces) wantPlantedFound(t *testing.T, dir string, template protocol.Template, picture *image.Gray) {
	t.Helper()
	before := []byte("x")
	middle := template[3:30]
	for form, planted := range map[string][]byte{
		"template": template, "part of a template": middle, "template in hex": []byte(hex.EncodeToString(template)),
		"template in capital hex":           []byte(strings.ToUpper(hex.EncodeToString(template))),
		"template in base64":                []byte(base64.StdEncoding.EncodeToString(template)),
		"template in base64 for URLs":       []byte(base64.RawURLEncoding.EncodeToString(template)),
		"template within what is in base64": []byte(base64.StdEncoding.EncodeToString(slices.Concat(before, middle))),
		"picture":                           picture.Pix, "picture as on the line": wire.PackGrey(nil, picture),
	} {
		file := filepath.Join(dir, "planted")
		if err := os.WriteFile(file, slices.Concat(make([]byte, 4097), planted, before), 0o600); err != nil {
			t.Fatal(err)
		}
		if what, at, found := s.inFile(t, file); !found || at < 4097 {
			t.Errorf("a planted %s is not found: %q at %d", form, what, at)
		}
		if !slices.Contains(filesIn(t, filepath.Dir(dir)), file) {
			t.Errorf("%s is not among the files", file)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}
