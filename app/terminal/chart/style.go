package chart

import (
	"errors"
	"image/color"

	"countersign/protocol/money"
)

// Palette is a theme's colours.
type Palette struct {
	// Ground is behind everything; Text is written in; Quiet is for grid, axes and the
	// sentence where there is nothing to show.
	Ground, Text, Quiet color.Color
	// Series are the colours of bars and shares in order; they are used again when there
	// are more series.
	Series []color.Color
}

// Style is how a chart looks.
type Style struct {
	// Width and Height are the picture's size in pixels, at least 1.
	Width, Height int
	// Scale is how many pixels a unit of the screen has, 0 for 1.
	Scale float32
	// TextSize is the height of the text in units, 0 for 16.
	TextSize float32
	// Font is a TrueType font, assets.Font(assets.Regular).
	Font    []byte
	Palette Palette
	// Language is a BCP 47 tag, for amounts and numbers.
	Language string
	// Empty is the sentence where there is nothing to show.
	Empty string
}

// Series is one way to pay over all columns.
type Series struct {
	Name   string
	Values []int64
}

// Data is what a chart of columns shows.
type Data struct {
	Title string
	// Labels are written below the columns, "09" or "Mon 22".
	Labels []string
	// Series are stacked, the first at the bottom. Each has a value for each label:
	// minor units where Currency is set, otherwise counts. What is below 0, an hour of
	// refunds, is drawn below the line.
	Series   []Series
	Currency money.Currency
}

// Part is a share, or a line of a ranking.
type Part struct {
	Name  string
	Value int64
}

// Parts is what a chart of shares or a ranking shows.
type Parts struct {
	Title string
	Parts []Part
	// Currency says that values are minor units; 0: counts.
	Currency money.Currency
}

// Errors of a chart.
var (
	// ErrStyle says that a style has no size, no font or no colours.
	ErrStyle = errors.New("a chart needs a size, a font and colours")
	// ErrData says that a series has not just one value for each label.
	ErrData = errors.New("each series needs a value for each label")
)
