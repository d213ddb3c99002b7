package logbook

import (
	"encoding/binary"
	"math"
	"time"
)

// blockRows is how many sale numbers a block of rows has.
const blockRows = 4096

// column is where in a block the values of all its rows are, one behind another, so
// that a question touches only the columns that it is about.
type column int

// The columns of a block of rows: first those of 8 bytes, then of 4, 2 and 1.
const (
	colAt          column = 0                          // nanoseconds since 1970
	colEnded              = colAt + 8*blockRows        // the same; 0: not yet
	colAmount             = colEnded + 8*blockRows     //
	colTip                = colAmount + 8*blockRows    //
	colReference          = colTip + 8*blockRows       // settlement's
	colOf                 = colReference + 8*blockRows // number of the sale that a refund is of
	colOfReference        = colOf + 8*blockRows        // settlement's number for that sale
	colLast               = colOfReference + 8*blockRows
	colShift              = colLast + 8*blockRows  // 4 bytes from here on
	colCard               = colShift + 4*blockRows // digits
	colCurrency           = colCard + 4*blockRows  // 2 bytes from here on
	colCashier            = colCurrency + 2*blockRows
	colReason             = colCashier + 2*blockRows
	colRail               = colReason + 2*blockRows // 1 byte from here on
	colEnding             = colRail + blockRows
	colState              = colEnding + blockRows
	colFlags              = colState + blockRows
	blockSize             = int(colFlags) + blockRows
)

// Flags of a row.
const (
	flagUsed   = 1 << iota // there is such a sale
	flagRefund             // it gives back
	flagEarly              // keyed or offered: should the terminal stop now, nobody waits for its end
)

// block is 4096 rows, by columns.
type block []byte

func (b block) u64(c column, n int) uint64 { return binary.LittleEndian.Uint64(b[int(c)+8*n:]) }
func (b block) i64(c column, n int) int64  { return int64(b.u64(c, n)) }
func (b block) u32(c column, n int) uint32 { return binary.LittleEndian.Uint32(b[int(c)+4*n:]) }
func (b block) u16(c column, n int) uint16 { return binary.LittleEndian.Uint16(b[int(c)+2*n:]) }
func (b block) u8(c column, n int) uint8   { return b[int(c)+n] }

func (b block) set64(c column, n int, v uint64) { binary.LittleEndian.PutUint64(b[int(c)+8*n:], v) }
func (b block) set32(c column, n int, v uint32) { binary.LittleEndian.PutUint32(b[int(c)+4*n:], v) }
func (b block) set16(c column, n int, v uint16) { binary.LittleEndian.PutUint16(b[int(c)+2*n:], v) }
func (b block) set8(c column, n int, v uint8)   { b[int(c)+n] = v }

func (b block) used(n int) bool { return b[int(colFlags)+n]&flagUsed != 0 }

// place is where a sale's row is: which block, which row of it. Sale numbers begin at
// 1.
func place(number uint64) (in uint64, n int) {
	return (number - 1) / blockRows, int((number - 1) % blockRows)
}

// numberAt is the sale in a place.
func numberAt(in uint64, n int) uint64 { return in*blockRows + uint64(n) + 1 }

// nanos is a time as a column keeps it: 0 for none. What is before 1970 or after 2262
// is kept as the first or the last moment there is.
func nanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Unix() < 0:
		return 1
	case t.Unix() >= math.MaxInt64/1_000_000_000:
		return math.MaxInt64
	}
	return max(t.UnixNano(), 1)
}

// timeOf is nanos read back.
func timeOf(n int64, in *time.Location) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).In(in)
}

// digits are at most four of them as a column keeps them: 0 for none, otherwise 1 to
// 4 bytes of text from the left.
func digits(text string) (v uint32) {
	var b [4]byte
	copy(b[:], text)
	return binary.BigEndian.Uint32(b[:])
}

// textOf is digits read back.
func textOf(v uint32) string {
	b := binary.BigEndian.AppendUint32(nil, v)
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return string(b)
}
