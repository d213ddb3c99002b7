package paper

import "image"

// Document is what is printed, from top to bottom. It is a value: nothing here changes one.
type Document struct {
	// Title names it in a PDF's properties.
	Title  string
	Blocks []Block
}

// Block is one part of a document: [Text], [Rule], [QR], [Image], [Space], [Cut] or [Kick].
type Block interface{ block() }

// Align is where a text without a right part stands.
type Align int

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)

// Text is a line, or as many as it takes.
type Text struct {
	// Left is wrapped. Right, where there is any, stands at the right margin of the first line and is never broken.
	Left, Right string
	// Align places Left where Right is empty.
	Align Align
	// Size is how many times as large as body text: 1 (or 0), 2 or 3. What does not fit takes the next smaller one.
	Size int
	Bold bool
	// Reverse is white on black over the whole width: for what must not be overlooked.
	Reverse bool
	// Indent is how far wrapped and first lines are moved in, in columns of body text.
	Indent int
}

// Rule is a line across.
type Rule struct {
	Heavy bool // double, or thicker
}

// QR is a code in the middle, as large as its modules need to be read from paper (at least 3 dots at 203 dpi).
type QR struct{ Text string }

// Image is a picture in the middle, one dot a pixel; it is made smaller where it is wider than the paper.
type Image struct{ Image image.Image }

// Space is empty lines; 0 is half of one.
type Space struct{ Lines int }

// Cut cuts the paper. A PDF has none.
type Cut struct{}

// Kick opens the cash drawer. A PDF has none.
type Kick struct{}

func (Text) block()  {}
func (Rule) block()  {}
func (QR) block()    {}
func (Image) block() {}
func (Space) block() {}
func (Cut) block()   {}
func (Kick) block()  {}
