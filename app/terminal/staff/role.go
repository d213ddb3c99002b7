package staff

import (
	"errors"
	"fmt"
	"slices"
)

// Role is what a member may do.
type Role string

// The roles.
const (
	Cashier   Role = "cashier"
	Manager   Role = "manager"
	Installer Role = "installer"
)

// Permission is something that not everybody may do.
type Permission string

// The permissions.
const (
	Sell          Permission = "sell"
	AskRefund     Permission = "ask-refund"     // begin a refund; it still needs an approval
	ApproveRefund Permission = "approve-refund" // of any amount that is left
	OpenShift     Permission = "open-shift"
	CloseShift    Permission = "close-shift"
	SeeReports    Permission = "see-reports" // takings, differences to settlement
	ChangeStaff   Permission = "change-staff"
	Unlock        Permission = "unlock"
	ChangeOwnPIN  Permission = "change-own-pin"
	ChangeDevices Permission = "change-devices" // settings of devices and network
	OpenDrawer    Permission = "open-drawer"    // without a sale
	MoveCash      Permission = "move-cash"      // into the drawer or out of it, without a sale
	SeeLog        Permission = "see-log"        // all sales and events
	Train         Permission = "train"          // training mode
)

// permissions is the one place that says who may do what. An installer comes from
// outside: he sets the devices and never touches money or staff.
var permissions = map[Permission][]Role{
	Sell:          {Cashier, Manager},
	AskRefund:     {Cashier, Manager},
	ApproveRefund: {Manager},
	OpenShift:     {Cashier, Manager},
	CloseShift:    {Cashier, Manager},
	SeeReports:    {Manager},
	ChangeStaff:   {Manager},
	Unlock:        {Manager},
	ChangeOwnPIN:  {Cashier, Manager, Installer},
	ChangeDevices: {Manager, Installer},
	OpenDrawer:    {Cashier, Manager},
	MoveCash:      {Manager},
	SeeLog:        {Manager},
	Train:         {Cashier, Manager},
}

// May says whether a role has a permission.
func (r Role) May(p Permission) bool { return slices.Contains(permissions[p], r) }

// ErrRole says that there is no such role.
var ErrRole = errors.New("no such role: cashier, manager or installer")

// ParseRole reads a role's name.
func ParseRole(text string) (Role, error) {
	switch r := Role(text); r {
	case Cashier, Manager, Installer:
		return r, nil
	}
	return "", fmt.Errorf("%w: %q", ErrRole, text)
}
