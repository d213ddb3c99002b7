package virtualprinter

import (
	"golang.org/x/text/encoding/charmap"
)

// katakana is the right half of Epson's page 1, whose signs for ruled lines some encoders use.
const katakana = "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼" + "┴┬┤├▔─│▕┌┐└┘╭╮╰╯" +
	" ｡｢｣､･ｦｧｨｩｪｫｬｭｮｯ" + "ｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿ" + "ﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏ" + "ﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ" +
	"═╞╪╡◢◣◥◤♠♥♦♣•○╱╲" + "╳円年月日時分秒〒市区町村人▒ "

// page is the table of ESC t n, as Epson numbers them; nil for one that is not built in.
func page(n byte) *charmap.Charmap {
	switch n {
	case 0:
		return charmap.CodePage437
	case 2:
		return charmap.CodePage850
	case 3:
		return charmap.CodePage860
	case 4:
		return charmap.CodePage863
	case 5:
		return charmap.CodePage865
	case 16:
		return charmap.Windows1252
	case 17:
		return charmap.CodePage866
	case 18:
		return charmap.CodePage852
	case 19:
		return charmap.CodePage858
	}
	return nil
}

func knownPage(n byte) bool { return n == 1 || page(n) != nil }

// single is the character of a byte in a page, and of an international set (ESC R).
func single(b, n, country byte) rune {
	switch {
	case country == 8 && b == '\\':
		return '¥'
	case country == 8 && b == '~':
		return '‾'
	case b < 0x80:
		return rune(b)
	case n == 1:
		return []rune(katakana)[b-0x80]
	}
	return page(n).DecodeByte(b)
}
