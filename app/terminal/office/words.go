package office

import (
	"errors"

	"countersign/app/terminal/anchor"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// The keys of phrases, by what they tell. A test holds that every one exists in every language.

// SayEnding tells how a sale ended; the empty ending is one that goes on.
func SayEnding(e sale.Ending) string {
	if e == "" {
		return "office.ending.open"
	}
	return "office.ending." + string(e)
}

// SayState tells what is wrong with a sale, in two words; SayWhatToDo what the manager does about it.
func SayState(s logbook.State) string { return "office.state." + string(s) }

// SayWhatToDo is a sentence or two.
func SayWhatToDo(s logbook.State) string { return "office.todo." + string(s) }

// SayRail tells by what way a sale was paid.
func SayRail(r sale.Rail) string {
	if r == "" {
		return "office.rail.none"
	}
	return "office.rail." + string(r)
}

// SayEvent tells a step of a sale or an event beside sales.
func SayEvent(e sale.Event) string { return "office.event." + string(e) }

// SayStaff tells what happened among the staff.
func SayStaff(k staff.Kind) string { return "office.staff-event." + string(k) }

// SayRole names a role.
func SayRole(r staff.Role) string { return "office.role." + string(r) }

// SayMay says what a role may do.
func SayMay(r staff.Role) string { return "office.role-may." + string(r) }

// Reasons lists what a refund is given for, as keys of phrases; another reason can be typed.
func Reasons() []string {
	return []string{"office.why.returned", "office.why.faulty", "office.why.wrong-amount", "office.why.twice", "office.why.changed-mind"}
}

// Endings are those that the log can be narrowed to.
func Endings() []sale.Ending {
	return []sale.Ending{sale.Paid, sale.Refused, sale.Cancelled, sale.Expired, sale.Reversed, sale.Refunded, sale.GivenUp, sale.Uncredited}
}

// Rails are those that the log can be narrowed to.
func Rails() []sale.Rail { return []sale.Rail{sale.RailScan, sale.RailTap, sale.RailCash} }

// Trouble names the sentence that tells of an error and what to do. An error that is not known here has one that says that
// it did not work.
func Trouble(err error) string {
	for _, known := range []struct {
		err error
		key string
	}{
		{staff.ErrLocked, "locked"},
		{staff.ErrRefused, "refused"},
		{staff.ErrNotAllowed, "not-allowed"},
		{staff.ErrNobody, "nobody"},
		{staff.ErrShift, "shift"},
		{staff.ErrExists, "exists"},
		{staff.ErrUnknown, "unknown-member"},
		{staff.ErrLastManager, "last-manager"},
		{staff.ErrPINPolicy, "pin-policy"},
		{staff.ErrID, "member-name"},
		{staff.ErrApproval, "approval"},
		{staff.ErrCash, "cash"},
		{sale.ErrNotPaid, "not-paid"},
		{sale.ErrTooMuch, "too-much"},
		{sale.ErrRefundOpen, "refund-open"},
		{sale.ErrNotVoid, "not-void"},
		{sale.ErrNotCleared, "not-cleared"},
		{sale.ErrStale, "stale"},
		{sale.ErrOffDuty, "off-duty"},
		{sale.ErrFull, "full"},
		{anchor.ErrContradicted, "contradicted"},
		{report.ErrNotKept, "not-kept"},
		{ErrNoPrinter, "no-printer"},
		{ErrNotThere, "not-there"},
		{ErrBusy, "busy"},
		{sale.ErrSaleOpen, "busy"},
		{ErrFolder, "folder"},
	} {
		if errors.Is(err, known.err) {
			return "office.trouble." + known.key
		}
	}
	return "office.trouble.other"
}
