package setting

import (
	"encoding/xml"
	"strings"
)

// TaskName is what the scheduled task that starts the terminal is called.
const TaskName = "Countersign terminal"

// Task is the scheduled task, as schtasks /create /xml takes it: when the account with
// that SID logs on, the keeper is started with that account's least rights. It is never
// ended for having run long, nor on batteries, nor for what else the machine does, and is
// begun again should it fail. Priority 4 is that of ordinary programs; a task's own
// default is a background's, in which a camera's pictures come late.
func (f Folders) Task(sid string) string {
	return `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Starts the Countersign terminal, and again whenever it ends.</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>` + escaped(sid) + `</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>` + escaped(sid) + `</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>4</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>` + escaped(f.Keeper()) + `</Command>
      <Arguments>keep</Arguments>
      <WorkingDirectory>` + escaped(f.Books()) + `</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`
}

func escaped(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text)) // a strings.Builder takes everything
	return out.String()
}
