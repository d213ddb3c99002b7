//go:build windows

package main

import (
	"fmt"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// group is this process and all that it starts, and what they start: a job of Windows'.
// None outlives the keeper.
type group windows.Handle

func newGroup() (group, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, fmt.Errorf("make a job: %w", err)
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, windows.CurrentProcess())
	}
	if err != nil {
		return 0, fmt.Errorf("make a job of the terminal: %w", err)
	}
	return group(job), nil // open as long as the process
}

// members are the processes of the group, at most 64.
func (g group) members() []uint32 {
	var list struct {
		assigned, listed uint32
		ids              [64]uintptr
	}
	const processIDs = 3 // JobObjectBasicProcessIdList
	err := windows.QueryInformationJobObject(windows.Handle(g), processIDs, uintptr(unsafe.Pointer(&list)), uint32(unsafe.Sizeof(list)), nil)
	if err != nil {
		return nil
	}
	var members []uint32
	for _, id := range list.ids[:min(int(list.listed), len(list.ids))] {
		members = append(members, uint32(id))
	}
	return members
}

// closeWindows asks each window of the group to close, as its own cross would.
func (g group) closeWindows() {
	const wmClose = 0x0010
	members := g.members()
	post := windows.NewLazySystemDLL("user32.dll").NewProc("PostMessageW")
	each := syscall.NewCallback(func(window windows.HWND, _ uintptr) uintptr {
		var owner uint32
		if _, err := windows.GetWindowThreadProcessId(window, &owner); err == nil && slices.Contains(members, owner) && windows.IsWindowVisible(window) {
			_, _, _ = post.Call(uintptr(window), wmClose, 0, 0)
		}
		return 1 // and the next
	})
	windows.EnumChildWindows(0, each, nil)
}
