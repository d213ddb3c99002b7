package office

import (
	"context"
	"errors"
	"image"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Books is where the log comes from; a [logbook.Book] is one. All may take their time and are called away from the window's
// goroutine.
type Books interface {
	Find(context.Context, logbook.Query) (logbook.Page, error)
	Problems(context.Context) (logbook.Problems, error)
	Sale(ctx context.Context, number uint64) (logbook.Detail, error)
	EventPage(context.Context, logbook.Query) (logbook.Events, error)
}

// Setup is what the office shows.
type Setup struct {
	Shop     string
	Currency money.Currency
	Books    Books
	// Now is the terminal's clock, Location the shop's time zone.
	Now      func() time.Time
	Location *time.Location
	// Members lists the staff with what keeps them out.
	Members func() []Colleague
	// Shift is the open shift, or the last.
	Shift func() staff.Shift
	// Devices are those that the terminal has, in the order of the page.
	Devices func() []Device
	// Preferences are those in force.
	Preferences func() Preferences
	// Findings are what the journal has found out about itself since the start, oldest first; nil tells of none.
	Findings func() []journal.Finding
	// Folders are where files can go now: sticks that are plugged in, and the terminal's own folder.
	Folders func() []Folder
	// Chart draws one; nil offers none. It may take its time.
	Chart func(context.Context, ChartAsk) (image.Image, error)
}

// Intents are what the office can ask for. All are called away from the window's goroutine and may take their time. The
// context of those that move money or change something is not ended because the page was left: an answer that nobody waits
// for any more is the journal's to keep. Errors that [Trouble] knows are put into words.
type Intents interface {
	// Reprint prints the receipt of a sale or refund once more, marked as such.
	Reprint(ctx context.Context, number uint64) error
	// PlanRefund says what a manager is to approve: amount of a sale, 0 for all that is left; PlanVoid the whole of it.
	PlanRefund(ctx context.Context, number uint64, amount protocol.Amount) (staff.Matter, error)
	PlanVoid(ctx context.Context, number uint64) (staff.Matter, error)
	// GiveBack has the manager approve by PIN, makes the refund and waits for its end, or until it is plain that the answer is
	// missing. A cash refund opens the drawer. The PIN belongs to the callee, who wipes it.
	GiveBack(ctx context.Context, ask Refund) (Refunded, error)

	// OpenShift opens a shift with what lies in the drawer.
	OpenShift(ctx context.Context, float protocol.Amount) (staff.Shift, error)
	// CloseShift closes it with what was counted, and makes the Z report.
	CloseShift(ctx context.Context, counted protocol.Amount) (report.Report, error)
	// Report is the X report of now; Zs are the Z reports, newest first, those with a smaller number than before (0: all).
	Report(ctx context.Context) (report.Report, error)
	Zs(ctx context.Context, before uint64, limit int) ([]report.Report, error)
	// PrintReport prints one, SaveReport writes it as PDF into a folder and says the file's name.
	PrintReport(ctx context.Context, r report.Report) error
	SaveReport(ctx context.Context, r report.Report, folder string) (file string, err error)
	// MoveCash records cash that is put in or taken out beside sales, OpenDrawer a drawer opened without one; both open it.
	MoveCash(ctx context.Context, in bool, amount protocol.Amount, reason string) error
	OpenDrawer(ctx context.Context, reason string) error

	// Export writes the sales that a query finds into a folder.
	Export(ctx context.Context, query logbook.Query, format logbook.Format, folder string) (Exported, error)

	// The tests of devices run until ctx ends, or until they have their answer. What a finger gave is dropped at once.
	TestCamera(ctx context.Context, frame func(*image.RGBA, []image.Point)) error
	TestFinger(ctx context.Context, progress func(Finger)) error
	TestPrinter(ctx context.Context) error
	TestReader(ctx context.Context) error
	TestSound(ctx context.Context) error

	AddMember(ctx context.Context, id protocol.ID, role staff.Role, pin []byte) error
	RemoveMember(ctx context.Context, id protocol.ID) error
	// SetPIN sets another's PIN, ChangePIN one's own, for which the old is asked.
	SetPIN(ctx context.Context, id protocol.ID, pin []byte) error
	ChangePIN(ctx context.Context, old, pin []byte) error
	Unlock(ctx context.Context, id protocol.ID) error

	// Prefer puts preferences in force and keeps them. The program changes theme and language itself, and then calls
	// Language of the office.
	Prefer(ctx context.Context, p Preferences) error

	// BeginTraining ends the window and has the program go on as a till to learn on; it returns before that. The error wraps
	// sale.ErrSaleOpen while a sale is in front.
	BeginTraining(ctx context.Context) error
}

// Refund is what is to be given back, and who approves it.
type Refund struct {
	Matter  staff.Matter
	Void    bool
	Reason  string // in the words of whoever asked
	Manager protocol.ID
	PIN     []byte
}

// Refunded is how a refund ended.
type Refunded struct {
	Number uint64
	// Ending is Refunded, Refused, or empty while the answer is missing.
	Ending sale.Ending
	Reason sale.Reason
	// Cash says that the money comes out of the drawer.
	Cash bool
}

// Colleague is a member of the staff and until when the name is locked after wrong PINs; the zero time is not locked.
type Colleague struct {
	staff.Member
	Locked time.Time
}

// Test is how a device can be tried.
type Test string

// The tests.
const (
	NoTest     Test = ""
	SeeCamera  Test = "camera"
	ReadFinger Test = "finger"
	PrintPage  Test = "printer"
	ReadCard   Test = "reader"
	PlaySound  Test = "sound"
)

// The devices that have a name in words.
const (
	Settlement = "settlement"
	Network    = "network"
	Camera     = "camera"
	Sensor     = "sensor"
	Reader     = "reader"
	Printer    = "printer"
	Drawer     = "drawer"
	Speaker    = "speaker"
	Imager     = "imager"
	Display    = "display"
	SecureUnit = "secure-unit"
	Clock      = "clock"
)

// Device is a part of the terminal and how it is.
type Device struct {
	// ID is one of the above.
	ID string
	// Word is the key of the phrase that says what is wrong, empty when all is well; Bad says that no sale is possible
	// without it.
	Word string
	Bad  bool
	// Detail is the last error in words, Since when it is as it is.
	Detail string
	Since  time.Time
	Test   Test
}

// Finger is how the test of the finger's sensor goes on.
type Finger struct {
	Touching bool
	Fraction float64 // of the picture that has arrived
	// Quality is set when it was read.
	Quality Quality
}

// Quality is how good a picture of a finger is, in words.
type Quality string

// The qualities.
const (
	NotRead Quality = ""
	Clear   Quality = "clear"
	Fair    Quality = "fair"
	Poor    Quality = "poor"
)

// Preferences are what may be set at the till.
type Preferences struct {
	Sounds, Speech bool
	Large          bool // text at twice its size
	HighContrast   bool
	Light          bool
	LongWaits      bool
	Language       string
}

// Folder is where a file may go.
type Folder struct {
	Name, Path string
	Removable  bool
}

// Exported says what was written.
type Exported struct {
	File string
	Rows int
}

// Chart is what a chart shows.
type Chart string

// The charts.
const (
	ByHour   Chart = "by-hour"
	ByDay    Chart = "by-day"
	ByRail   Chart = "by-rail"
	Refusals Chart = "refusals"
)

// Charts lists them in the order of the page.
func Charts() []Chart { return []Chart{ByHour, ByDay, ByRail, Refusals} }

// ChartAsk is a chart to draw, at Size in physical pixels.
type ChartAsk struct {
	Kind     Chart
	From, To time.Time
	Size     image.Point
	// Light, HighContrast and TextScale, 1 to 2, are how the window looks; Scale is its physical pixels a unit.
	Light, HighContrast bool
	TextScale, Scale    float32
	Book                assets.Phrasebook
}

// Errors that the program says beside those of package staff and sale.
var (
	// ErrNoPrinter says that there is none, or none that answers.
	ErrNoPrinter = errors.New("no printer")
	// ErrNotThere says that a device is missing.
	ErrNotThere = errors.New("the device is missing")
	// ErrBusy says that a sale is open.
	ErrBusy = errors.New("a sale is open")
	// ErrFolder says that a folder cannot be written: gone, full or read-only.
	ErrFolder = errors.New("the folder cannot be written")
)
