package setting

// Folders are where a terminal's files lie. All names are Windows' own, whole.
type Folders struct {
	// Programs holds the programs: nobody but administrators writes there.
	Programs string
	// Data holds the configuration, and the three below.
	Data string
}

// In are the folders where Windows keeps programs and their data: %ProgramFiles% and
// %ProgramData%.
func In(programFiles, programData string) Folders {
	return Folders{Programs: programFiles + `\Countersign`, Data: programData + `\Countersign`}
}

// Terminal is the program at the counter.
func (f Folders) Terminal() string { return f.Programs + `\terminal.exe` }

// Graphics is the folder with an OpenGL that draws without a graphics driver. Windows takes
// a program's libraries from the program's own folder first, so that whoever is started
// from here has this one.
func (f Folders) Graphics() string { return f.Programs + `\graphics` }

// Beside are the programs that [Folders.Graphics] has once more: the terminal, and the token
// that it finds beside itself.
func (f Folders) Beside() []string { return []string{"terminal.exe", "softhsm2.dll"} }

// DrawnTerminal is the terminal that draws by [Folders.Graphics].
func (f Folders) DrawnTerminal() string { return f.Graphics() + `\terminal.exe` }

// Keeper is the program that keeps it running.
func (f Folders) Keeper() string { return f.Programs + `\countersign-kiosk.exe` }

// Example is the configuration that a machine begins with.
func (f Folders) Example() string { return f.Programs + `\terminal.toml` }

// Configuration is the terminal's configuration file.
func (f Folders) Configuration() string { return f.Data + `\terminal.toml` }

// SoftTokenConfiguration is what SOFTHSM2_CONF names.
func (f Folders) SoftTokenConfiguration() string { return f.Data + `\softhsm2.conf` }

// Books is the folder of journal, staff and preferences: the terminal writes there.
func (f Folders) Books() string { return f.Data + `\terminal` }

// Tokens is the folder of SoftHSM 2's tokens.
func (f Folders) Tokens() string { return f.Data + `\tokens` }

// Logs is the folder of the log and those before it.
func (f Folders) Logs() string { return f.Data + `\logs` }

// Log is the newest log.
func (f Folders) Log() string { return f.Logs() + `\terminal.log` }

// Secrets is the folder of the token's PINs, which the terminal only reads.
func (f Folders) Secrets() string { return f.Data + `\secrets` }

// PIN is the file with the token's PIN.
func (f Folders) PIN() string { return f.Secrets() + `\pin` }

// SOPIN is the file with the security officer's PIN.
func (f Folders) SOPIN() string { return f.Secrets() + `\so-pin` }

// SoftTokenSettings is the text of [Folders.SoftTokenConfiguration].
func (f Folders) SoftTokenSettings() string {
	return "# The terminal's token where there is no hardware for it. Its PIN is in another folder.\r\n" +
		"directories.tokendir = " + f.Tokens() + "\r\n" +
		"objectstore.backend = file\r\nlog.level = ERROR\r\nslots.removable = false\r\nslots.mechanisms = ALL\r\nlibrary.reset_on_fork = false\r\n"
}
