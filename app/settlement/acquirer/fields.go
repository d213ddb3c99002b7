package acquirer

import (
	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"
)

// Field is the number of a data element.
type Field int

// The data elements that are used here, ISO 8583:1987 section 4.3.
const (
	FieldPAN          Field = 2  // card number, 12 to 19 digits
	FieldProcessing   Field = 3  // processing code
	FieldAmount       Field = 4  // minor units, 12 digits
	FieldTransmitted  Field = 7  // MMDDhhmmss, UTC
	FieldSTAN         Field = 11 // systems trace audit number, 6 digits
	FieldLocalTime    Field = 12 // hhmmss
	FieldLocalDate    Field = 13 // MMDD
	FieldCategory     Field = 18 // merchant category code, ISO 18245
	FieldEntryMode    Field = 22 // point of service entry mode
	FieldCondition    Field = 25 // point of service condition code
	FieldInstitution  Field = 32 // acquiring institution
	FieldRRN          Field = 37 // retrieval reference number, 12 characters
	FieldApproval     Field = 38 // authorisation identification response
	FieldResponse     Field = 39 // response code
	FieldTerminal     Field = 41 // card acceptor terminal, 8 characters
	FieldMerchant     Field = 42 // card acceptor, 15 characters
	FieldCurrency     Field = 49 // ISO 4217 numeric
	FieldPrivate      Field = 63 // see SPECIFICATION.md
	FieldNetwork      Field = 70 // network management information code
	FieldOriginalData Field = 90 // original data elements, 42 digits
)

// alphabet is what a data element may hold.
type alphabet byte

const (
	digits  alphabet = 'n'
	alpha   alphabet = 'a' // letters, digits and space
	special alphabet = 's' // printable ASCII
	bits    alphabet = 'b'
)

func (a alphabet) holds(v string) bool {
	for i := range len(v) {
		c := v[i]
		digit := c >= '0' && c <= '9'
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == ' '
		ok := a == bits || a == digits && digit || a == alpha && (digit || letter) || a == special && c >= ' ' && c <= '~'
		if !ok {
			return false
		}
	}
	return true
}

// format is how a data element stands on the wire: length is that of a fixed
// one, or the most that one with a length prefix of this many digits may have.
type format struct {
	alphabet alphabet
	length   int
	prefix   int
}

// formats returns every data element of the standard, so that an acquirer may
// answer with more than is asked for here.
func formats() map[Field]format {
	f := map[Field]format{
		2: {digits, 19, 2}, 28: {special, 9, 0}, 29: {special, 9, 0}, 30: {special, 9, 0}, 31: {special, 9, 0},
		32: {digits, 11, 2}, 33: {digits, 11, 2}, 34: {special, 28, 2}, 35: {special, 37, 2}, 36: {special, 104, 3},
		37: {alpha, 12, 0}, 38: {alpha, 6, 0}, 39: {alpha, 2, 0}, 40: {alpha, 3, 0}, 41: {special, 8, 0}, 42: {special, 15, 0},
		43: {special, 40, 0}, 44: {special, 25, 2}, 45: {special, 76, 2}, 46: {special, 999, 3}, 47: {special, 999, 3},
		48: {special, 999, 3}, 52: {bits, 8, 0}, 53: {digits, 16, 0}, 54: {special, 120, 3}, 64: {bits, 8, 0},
		90: {digits, 42, 0}, 91: {alpha, 1, 0}, 92: {alpha, 2, 0}, 93: {alpha, 5, 0}, 94: {alpha, 7, 0}, 95: {alpha, 42, 0},
		96: {bits, 8, 0}, 97: {special, 17, 0}, 98: {special, 25, 0}, 99: {digits, 11, 2}, 100: {digits, 11, 2},
		101: {special, 17, 2}, 102: {special, 28, 2}, 103: {special, 28, 2}, 104: {special, 100, 3}, 128: {bits, 8, 0},
	}
	for length, fields := range map[int][]Field{
		1: {27, 66}, 2: {25, 26, 67}, 3: {19, 20, 21, 22, 23, 24, 49, 50, 51, 68, 69, 70}, 4: {13, 14, 15, 16, 17, 18, 71, 72},
		6: {3, 11, 12, 73}, 8: {8, 9, 10}, 10: {7, 74, 75, 76, 77, 78, 79, 80, 81}, 12: {4, 5, 6, 82, 83, 84, 85}, 16: {86, 87, 88, 89},
	} {
		for _, n := range fields {
			f[n] = format{digits, length, 0}
		}
	}
	for n := Field(55); n <= 63; n++ {
		f[n] = format{special, 999, 3}
	}
	for n := Field(105); n <= 127; n++ {
		f[n] = format{special, 999, 3}
	}
	return f
}

// codec encodes and decodes messages. It is never changed once made.
type codec struct {
	formats map[Field]format
	spec    *iso8583.MessageSpec
}

func newCodec() *codec {
	c := &codec{formats: formats()}
	fields := map[int]field.Field{
		0: field.NewString(&field.Spec{Length: 4, Description: "type", Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed}),
		1: field.NewBitmap(&field.Spec{Length: 8, Description: "bitmap", Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
	}
	for n, f := range c.formats {
		spec := &field.Spec{Length: f.length, Description: "data element", Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed}
		switch {
		case f.alphabet == bits:
			spec.Enc, spec.Pref = encoding.Binary, prefix.Binary.Fixed
		case f.prefix == 2:
			spec.Pref = prefix.ASCII.LL
		case f.prefix == 3:
			spec.Pref = prefix.ASCII.LLL
		}
		fields[int(n)] = field.NewString(spec)
	}
	c.spec = &iso8583.MessageSpec{Name: "ISO 8583:1987", Fields: fields}
	return c
}
