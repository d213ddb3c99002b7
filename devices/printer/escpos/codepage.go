package escpos

import (
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// CodePage is one of the tables that give the bytes 80–FF their characters.
type CodePage int

// The code pages that the encoder writes.
const (
	CP437  CodePage = 437  // United States; box drawing
	CP850  CodePage = 850  // Western Europe
	CP858  CodePage = 858  // CP850 with the euro sign
	CP1252 CodePage = 1252 // Windows, Western Europe
)

// Number is the page's n in ESC t n, as Epson numbers it and most others do.
func (c CodePage) Number() byte {
	switch c {
	case CP850:
		return 2
	case CP858:
		return 19
	case CP1252:
		return 16
	}
	return 0
}

// Byte is the character's byte in the page. Characters below 80 hex are the same in all and are not asked for here.
func (c CodePage) Byte(r rune) (byte, bool) {
	b, ok := c.table().EncodeRune(r)
	return b, ok && b >= 0x80
}

func (c CodePage) table() *charmap.Charmap {
	switch c {
	case CP850:
		return charmap.CodePage850
	case CP858:
		return charmap.CodePage858
	case CP1252:
		return charmap.Windows1252
	}
	return charmap.CodePage437
}

// hanzi is the character's two bytes in GB 18030, which printers for mainland China have a font for. Characters of four
// bytes are not in those fonts.
func hanzi(r rune) ([]byte, bool) {
	two, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(string(r)))
	return two, err == nil && len(two) == 2
}
