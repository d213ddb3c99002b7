package main

import (
	"unsafe"

	"golang.org/x/sys/windows"

	"countersign/app/terminal/office"
)

// plugged are the drives that somebody has plugged in: what Windows calls removable, and
// disks at USB, which it calls fixed. An empty card reader has a letter and no name: it is
// left out.
func plugged() (list []office.Folder) {
	letters, err := windows.GetLogicalDrives()
	if err != nil {
		return nil
	}
	for n := range 26 {
		if letters&(1<<n) == 0 {
			continue
		}
		drive := string(rune('A'+n)) + ":"
		root := windows.StringToUTF16Ptr(drive + `\`)
		switch windows.GetDriveType(root) {
		case windows.DRIVE_REMOVABLE:
		case windows.DRIVE_FIXED:
			if !atUSB(drive) {
				continue
			}
		default: // a network's, a CD
			continue
		}
		var label [windows.MAX_PATH + 1]uint16
		if windows.GetVolumeInformation(root, &label[0], uint32(len(label)), nil, nil, nil, nil, 0) != nil {
			continue
		}
		name := drive
		if text := windows.UTF16ToString(label[:]); text != "" {
			name = text + " (" + drive + ")"
		}
		list = append(list, office.Folder{Name: name, Path: drive + `\`, Removable: true})
	}
	return list
}

// What a disk is asked, and what USB is called (winioctl.h, ntddstor.h).
const (
	ioctlStorageQueryProperty = 0x2D1400
	busTypeUSB                = 7
)

// atUSB says whether a drive ("E:") is a disk at USB. Nothing is read of it, so that no
// right to is needed.
func atUSB(drive string) bool {
	disk, err := windows.CreateFile(windows.StringToUTF16Ptr(`\\.\`+drive), 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE,
		nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return false
	}
	defer windows.CloseHandle(disk)
	var query [12]byte // STORAGE_PROPERTY_QUERY: all zero asks for the device's descriptor
	var answer struct {
		version, size        uint32
		kind, modifier       byte
		removable, commands  byte
		vendor, product      uint32
		revision, serial     uint32
		bus, propertiesBytes uint32
		rest                 [1024]byte
	}
	var n uint32
	err = windows.DeviceIoControl(disk, ioctlStorageQueryProperty, &query[0], uint32(len(query)), (*byte)(unsafe.Pointer(&answer)),
		uint32(unsafe.Sizeof(answer)), &n, nil)
	return err == nil && answer.bus == busTypeUSB
}
