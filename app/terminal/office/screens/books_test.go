package screens

import (
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
)

// The terminal's index is what the log is read from.
var _ office.Books = (*logbook.Book)(nil)
