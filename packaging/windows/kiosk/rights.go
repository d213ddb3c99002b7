//go:build windows

package main

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// attributes are those of something new with these rights.
func attributes(sddl string) (*windows.SecurityAttributes, error) {
	descriptor, err := windows.SecurityDescriptorFromString(sddl)
	if err != nil {
		return nil, fmt.Errorf("rights %s: %w", sddl, err)
	}
	return &windows.SecurityAttributes{Length: uint32(unsafe.Sizeof(windows.SecurityAttributes{})), SecurityDescriptor: descriptor}, nil
}

// folder makes a folder with these rights, or gives them to one that is there and to all in
// it. One that is there must be the administrators', the system's or that of whoever
// installs: everybody may make folders in %ProgramData%, and in somebody else's may lie
// whatever he likes.
func folder(name, sddl string) error {
	rights, err := attributes(sddl)
	if err != nil {
		return err
	}
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return fmt.Errorf("folder %q: %w", name, err)
	}
	err = windows.CreateDirectory(path, rights)
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, windows.ERROR_ALREADY_EXISTS):
		return fmt.Errorf("make %s: %w", name, err)
	}
	if err := trusted(name); err != nil {
		return err
	}
	return allow(name, rights.SecurityDescriptor)
}

// trusted says whether a folder belongs to administrators, the system or this user.
func trusted(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return fmt.Errorf("look at %s: %w", name, err)
	}
	if !info.IsDir() { // a junction or link is none
		return fmt.Errorf("%s is in the way: remove it, then install again", name)
	}
	descriptor, err := windows.GetNamedSecurityInfo(name, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("look whose %s is: %w", name, err)
	}
	owner, _, err := descriptor.Owner()
	if err != nil {
		return fmt.Errorf("look whose %s is: %w", name, err)
	}
	if owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid) {
		return nil
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("look who installs: %w", err)
	}
	if owner.Equals(user.User.Sid) {
		return nil
	}
	return fmt.Errorf("%s was made by somebody else (%s): look at what is in it, remove it, then install again", name, owner)
}

// allow gives a folder, and what inherits from it, other rights.
func allow(name string, descriptor *windows.SECURITY_DESCRIPTOR) error {
	owner, _, err := descriptor.Owner()
	if err != nil {
		return fmt.Errorf("rights of %s: %w", name, err)
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return fmt.Errorf("rights of %s: %w", name, err)
	}
	const what = windows.OWNER_SECURITY_INFORMATION | windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	if err := windows.SetNamedSecurityInfo(name, windows.SE_FILE_OBJECT, what, owner, nil, list, nil); err != nil {
		return fmt.Errorf("give %s its rights: %w", name, err)
	}
	return nil
}

// accountSID is the SID of an account, or of whoever runs this program.
func accountSID(name string) (string, error) {
	if name == "" {
		user, err := windows.GetCurrentProcessToken().GetTokenUser()
		if err != nil {
			return "", fmt.Errorf("look who installs: %w", err)
		}
		return user.User.Sid.String(), nil
	}
	sid, _, kind, err := windows.LookupSID("", name)
	if err != nil {
		return "", fmt.Errorf("find the account %s (make it first): %w", name, err)
	}
	if kind != windows.SidTypeUser {
		return "", fmt.Errorf("%s is no user's account", name)
	}
	return sid.String(), nil
}
