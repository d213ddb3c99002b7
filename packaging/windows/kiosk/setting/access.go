package setting

// What may be done in a folder, as security descriptors in Microsoft's text form (SDDL).
// Each is protected: nothing comes from the folders above, where every user of the machine
// may make files. System and administrators may do everything; whom else is named by SID.
// They own it too: whoever owns a file can give himself every right to it.
const everything = `(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`

// ReadBy lets the terminal's account read, and run nothing.
func ReadBy(sid string) string { return `O:BAD:PAI` + everything + `(A;OICI;0x1200a9;;;` + sid + `)` }

// WrittenBy lets the terminal's account read, write and remove, but not give rights away.
func WrittenBy(sid string) string {
	return `O:BAD:PAI` + everything + `(A;OICI;0x1301bf;;;` + sid + `)`
}

// Closed lets nobody in but system and administrators: what stays after the terminal.
func Closed() string { return `O:BAD:PAI` + everything }

// StopEvent lets administrators, system and the terminal's account, which makes the event,
// tell the keeper to end.
func StopEvent() string { return `D:(A;;0x1f0003;;;SY)(A;;0x1f0003;;;BA)(A;;0x1f0003;;;OW)` }
