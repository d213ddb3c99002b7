package office

import (
	"slices"

	"countersign/app/terminal/staff"
)

// Intent names a method of [Intents], for who may ask for it.
type Intent string

// The intents, each named as its method.
const (
	ToReprint      Intent = "Reprint"
	ToPlanRefund   Intent = "PlanRefund"
	ToPlanVoid     Intent = "PlanVoid"
	ToGiveBack     Intent = "GiveBack"
	ToOpenShift    Intent = "OpenShift"
	ToCloseShift   Intent = "CloseShift"
	ToReport       Intent = "Report"
	ToZs           Intent = "Zs"
	ToPrintReport  Intent = "PrintReport"
	ToSaveReport   Intent = "SaveReport"
	ToMoveCash     Intent = "MoveCash"
	ToOpenDrawer   Intent = "OpenDrawer"
	ToExport       Intent = "Export"
	ToTestCamera   Intent = "TestCamera"
	ToTestFinger   Intent = "TestFinger"
	ToTestPrinter  Intent = "TestPrinter"
	ToTestReader   Intent = "TestReader"
	ToTestSound    Intent = "TestSound"
	ToAddMember    Intent = "AddMember"
	ToRemoveMember Intent = "RemoveMember"
	ToSetPIN       Intent = "SetPIN"
	ToChangePIN    Intent = "ChangePIN"
	ToUnlock       Intent = "Unlock"
	ToPrefer       Intent = "Prefer"
	ToTrain        Intent = "BeginTraining"
)

// rights says for each intent which permissions it takes, one of them. A refund takes a manager's approval besides. Who
// closes a shift sees what should be in the drawer, and the report that this makes, but no earlier one.
func rights() map[Intent][]staff.Permission {
	return map[Intent][]staff.Permission{
		ToReprint: {staff.SeeLog, staff.Sell}, ToExport: {staff.SeeLog},
		ToPlanRefund: {staff.AskRefund}, ToPlanVoid: {staff.AskRefund}, ToGiveBack: {staff.AskRefund},
		ToOpenShift: {staff.OpenShift}, ToCloseShift: {staff.CloseShift},
		ToReport: {staff.SeeReports, staff.CloseShift}, ToZs: {staff.SeeReports},
		ToPrintReport: {staff.SeeReports, staff.CloseShift}, ToSaveReport: {staff.SeeReports, staff.CloseShift},
		ToMoveCash: {staff.MoveCash}, ToOpenDrawer: {staff.OpenDrawer},
		ToTestCamera: {staff.ChangeDevices}, ToTestFinger: {staff.ChangeDevices}, ToTestPrinter: {staff.ChangeDevices},
		ToTestReader: {staff.ChangeDevices}, ToTestSound: {staff.ChangeDevices}, ToPrefer: {staff.ChangeDevices},
		ToAddMember: {staff.ChangeStaff}, ToRemoveMember: {staff.ChangeStaff}, ToSetPIN: {staff.ChangeStaff},
		ToUnlock: {staff.Unlock}, ToChangePIN: {staff.ChangeOwnPIN}, ToTrain: {staff.Train},
	}
}

// Needs lists the permissions of which whoever asks for an intent must have one. Nobody may ask for an intent that has none.
func (i Intent) Needs() []staff.Permission { return rights()[i] }

// Ruled lists the intents that have a rule, by name.
func Ruled() []Intent {
	var list []Intent
	for i := range rights() {
		list = append(list, i)
	}
	slices.Sort(list)
	return list
}
