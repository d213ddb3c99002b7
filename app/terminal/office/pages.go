package office

import "countersign/app/terminal/staff"

// Page is one of the menu's.
type Page string

// The pages of the menu.
const (
	Log      Page = "log"
	Shift    Page = "shift"
	Reports  Page = "reports"
	Takings  Page = "charts"
	Devices  Page = "devices"
	Staff    Page = "staff"
	Settings Page = "settings"
	OwnPIN   Page = "pin"
	Training Page = "training"
)

// Pages lists what a role is offered, in the menu's order.
func Pages(role staff.Role) (list []Page) {
	for _, p := range []struct {
		page  Page
		needs []staff.Permission // one of them
	}{
		{Log, []staff.Permission{staff.SeeReports, staff.AskRefund}},
		{Shift, []staff.Permission{staff.OpenShift, staff.CloseShift}},
		{Reports, []staff.Permission{staff.SeeReports}},
		{Takings, []staff.Permission{staff.SeeReports}},
		{Devices, []staff.Permission{staff.ChangeDevices}},
		{Staff, []staff.Permission{staff.ChangeStaff}},
		{Settings, []staff.Permission{staff.ChangeDevices}},
		{OwnPIN, []staff.Permission{staff.ChangeOwnPIN}},
		{Training, []staff.Permission{staff.Train}},
	} {
		for _, need := range p.needs {
			if role.May(need) {
				list = append(list, p.page)
				break
			}
		}
	}
	return list
}
