package camera

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"countersign/devices/camera/virtualcamera"
)

const replace = "multipart/x-mixed-replace; boundary="

// What streams of real and broken cameras look like, and what is read from them before the end.
func TestParts(t *testing.T) {
	part := func(delimiter, header, body string) string {
		return delimiter + "\r\n" + header + "\r\n" + body + "\r\n"
	}
	long := strings.Repeat("x", maxPart+1)
	for _, c := range []struct {
		name, contentType, body string
		want                    []string
		err                     error
	}{
		{"plain", replace + "b", part("--b", "Content-Type: image/jpeg\r\n", "one") + part("--b", "", "two") + "--b--\r\n", []string{"one", "two"}, io.EOF},
		{"with lengths", replace + "b", part("--b", "Content-Length: 3\r\n", "one") + part("--b", "Content-Length: 3\r\n", "two") + "--b--", []string{"one", "two"}, io.EOF},
		{"last part not ended", replace + "b", part("--b", "Content-Length: 3\r\n", "one"), []string{"one"}, io.EOF},
		{"length too small", replace + "b", part("--b", "Content-Length: 1\r\n", "one") + part("--b", "", "two") + "--b--", []string{"o", "two"}, io.EOF},
		{"length too large", replace + "b", part("--b", "Content-Length: 99\r\n", "one") + part("--b", "", "two") + "--b--", []string{"one", "two"}, io.EOF},
		{"length absurd", replace + "b", part("--b", "Content-Length: 99999999999999999999\r\n", "one") + "--b--", []string{"one"}, io.EOF},
		{"hyphens in the parameter only", replace + "--b", part("--b", "", "one") + part("--b", "", "two") + "--b--", []string{"one", "two"}, io.EOF},
		{"hyphens in both", replace + "--b", part("----b", "", "one") + part("----b", "", "two") + "----b--", []string{"one", "two"}, io.EOF},
		{"quoted, with blank lines before", replace + `"b"`, "\r\n" + part("--b", "", "one") + "--b--", []string{"one"}, io.EOF},
		{"nothing", replace + "b", "", nil, io.EOF},
		{"cut in a header", replace + "b", "--b\r\nContent-Type: image/jpeg\r\n", nil, io.EOF},
		{"part too large", replace + "b", part("--b", "", long), nil, errTooMuch},
		{"header too large", replace + "b", "--b\r\nX: " + long + long, nil, errTooMuch},
		{"noise before the first part", replace + "b", strings.Repeat("noise\r\n", 2<<20), nil, errTooMuch},
		{"one picture only", "image/jpeg", "one", nil, ErrFormat},
		{"no boundary", "multipart/x-mixed-replace", "one", nil, ErrFormat},
		{"boundary too long", replace + strings.Repeat("b", 71), "one", nil, ErrFormat},
		{"other multipart", "multipart/form-data; boundary=b", "--b", nil, ErrFormat},
		{"no type", "", "--b", nil, ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			p, err := newParts(c.contentType, strings.NewReader(c.body))
			for err == nil {
				var b []byte
				if b, err = p.next(); err == nil {
					got = append(got, string(b))
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) || !errors.Is(err, c.err) {
				t.Errorf("got %.80q, %v; want %q, %v", got, err, c.want, c.err)
			}
			if p != nil && cap(p.buffer) > 2*maxPart {
				t.Errorf("%d bytes held", cap(p.buffer))
			}
		})
	}
}

// A picture is there as soon as its own bytes are: not only when the next one comes.
func TestPartNotHeldBack(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		fmt.Fprint(w, "--b\r\nContent-Length: 3\r\n\r\none\r\n")
	}()
	p, err := newParts(replace+"b", r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.next(); err != nil || string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
	r.Close()
}

// tiny is a frame that is quick to decode.
func tiny(tb testing.TB) []byte {
	r := renderer(tb, virtualcamera.Light{Width: 64, Height: 64, Noise: 4, Quality: 50})
	return bytes.Clone(r.JPEG(0))
}

// Only whole JPEG files of a sane size reach OpenCV.
func TestDecodeJPEG(t *testing.T) {
	whole := tiny(t)
	huge := bytes.Clone(whole)
	at := bytes.Index(huge, []byte{0xff, 0xc0}) // SOF0: length 2, precision 1, height 2, width 2
	copy(huge[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	none := bytes.Clone(whole)
	copy(none[at+5:], []byte{0, 0, 0, 0})
	to := gocv.NewMat()
	defer to.Close()
	for _, c := range []struct {
		name string
		data []byte
		ok   bool
	}{
		{"whole", whole, true},
		{"padded", append(bytes.Clone(whole), 0, 0, '\r', '\n'), true},
		{"nothing", nil, false},
		{"cut off", whole[:len(whole)/2], false},
		{"cut off and ended", append(bytes.Clone(whole[:40]), 0xff, 0xd9), false},
		{"65,535 pixels a side", huge, false},
		{"no pixels", none, false},
		{"another format", append([]byte("\x89PNG\r\n\x1a\n"), whole...), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := decodeJPEG(c.data, &to)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, errBadPicture) {
				t.Errorf("error %v", err)
			}
			if c.ok && (to.Cols() != 64 || to.Rows() != 64) {
				t.Errorf("%d×%d pixels", to.Cols(), to.Rows())
			}
		})
	}
}

// FuzzStream gives any bytes to the reader of parts as a network camera's answer, and what it makes of them to the
// decoder of pictures.
func FuzzStream(f *testing.F) {
	picture := string(tiny(f))
	f.Add(replace+"b", []byte("--b\r\nContent-Type: image/jpeg\r\n\r\n"+picture+"\r\n--b--\r\n"))
	f.Add(replace+"--b", []byte("--b\r\nContent-Length: "+fmt.Sprint(len(picture))+"\r\n\r\n"+picture+"\r\n--b\r\n\r\n"+picture[:200]+"\r\n--b--"))
	f.Add(replace+"b", []byte("--b\r\nContent-Length: -1\r\n\r\n\r\n--b--\r\n"))
	f.Add("text/html", []byte("<p>Please log in."))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		to := gocv.NewMat()
		defer to.Close()
		p, err := newParts(contentType, bytes.NewReader(body))
		for n := 0; err == nil; n++ {
			var part []byte
			if part, err = p.next(); err != nil {
				break
			}
			if len(part) > len(body) || n > len(body) {
				t.Fatalf("part %d of %d bytes from %d", n, len(part), len(body))
			}
			if decodeJPEG(part, &to) == nil && (to.Empty() || to.Cols()*to.Rows() > MaxPixels) {
				t.Fatalf("a picture of %d×%d", to.Cols(), to.Rows())
			}
		}
	})
}

// FuzzJPEG gives any bytes to the decoder of pictures.
func FuzzJPEG(f *testing.F) {
	picture := tiny(f)
	f.Add(picture)
	f.Add(picture[:len(picture)-2])
	f.Add(append(bytes.Clone(picture[:300]), 0xff, 0xd9))
	f.Fuzz(func(t *testing.T, data []byte) {
		to := gocv.NewMat()
		defer to.Close()
		if decodeJPEG(data, &to) == nil && (to.Empty() || to.Cols()*to.Rows() > MaxPixels) {
			t.Fatalf("a picture of %d×%d", to.Cols(), to.Rows())
		}
	})
}
