package supportbundle

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"countersign/app/program/wholefile"
)

// Part is a file of the bundle.
type Part struct {
	Name string
	// About says in a few words what it is, for the README.
	About string
	// Own is of a part that holds nothing but what the program was built from: it is not
	// scrubbed.
	Own bool
	// Write writes it. What it fails with is told in its place, behind what it wrote.
	Write func(ctx context.Context, w io.Writer) error
}

// partTime is how long one part may take.
const partTime = time.Minute

// Save makes the bundle: the parts, and a README before them. The file must not be there
// yet. It returns how many texts were taken out.
func Save(ctx context.Context, path string, parts []Part, scrubber *Scrubber, now time.Time) (removed int, err error) {
	err = wholefile.Create(path, func(w io.Writer) error { return write(ctx, w, parts, scrubber, now) })
	if err != nil {
		return 0, fmt.Errorf("save support bundle: %w", err)
	}
	return scrubber.Removed(), nil
}

func write(ctx context.Context, file io.Writer, parts []Part, scrubber *Scrubber, now time.Time) error {
	archive := zip.NewWriter(file)
	all := append([]Part{{Name: "README.txt", Write: func(_ context.Context, w io.Writer) error { return readme(w, parts, now) }}}, parts...)
	for _, p := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		w, err := archive.CreateHeader(&zip.FileHeader{Name: p.Name, Method: zip.Deflate, Modified: now})
		if err != nil {
			return err
		}
		if err := p.write(ctx, w, scrubber); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return archive.Close()
}

// write writes a part and, if it fails, why.
func (p Part) write(ctx context.Context, w io.Writer, scrubber *Scrubber) error {
	limited, stop := context.WithTimeout(ctx, partTime)
	defer stop()
	if p.Own {
		return p.Write(limited, w)
	}
	clean := &scrubbing{w: w, scrubber: scrubber}
	failed := p.Write(limited, clean)
	if err := clean.close(); err != nil {
		return err
	}
	if failed != nil {
		_, err := fmt.Fprintf(w, "This could not be had: %s\n", scrubber.Text(failed.Error()))
		return err
	}
	return nil
}

func readme(w io.Writer, parts []Part, now time.Time) error {
	_, err := fmt.Fprintf(w, "Countersign: what a terminal says of itself, for whoever mends it.\nMade at %s.\n\n", now.Format(time.RFC3339))
	for _, p := range parts {
		_, e := fmt.Fprintf(w, "%-20s %s\n", p.Name, p.About)
		err = errors.Join(err, e)
	}
	_, e := io.WriteString(w, `
PINs, keys, account numbers, codes, prints and whatever looks like them were taken out;
"[removed: digits, no. 3]" stands in their place, with the same number for the same text.
The names of shop and staff, of files and of servers are in here: look through it before you
hand it to somebody else.
`)
	return errors.Join(err, e)
}
