package setting

import (
	"encoding/xml"
	"os"
	"strings"
	"testing"
)

var folders = In(`C:\Program Files`, `C:\ProgramData`)

func TestFill(t *testing.T) {
	value := []Value{{"token", "pin-file", `'C:\pin'`}}
	for _, c := range []struct{ name, text, want string }{
		{"in the place of its comment", "[token]\n#pin-file = \"x\"\n#so = 1", "[token]\r\npin-file = 'C:\\pin'\r\n#so = 1"},
		{"what is set stays", "[token]\npin-file = \"D:/own\"\n", "[token]\r\npin-file = \"D:/own\"\r\n"},
		{"set after its comment", "[token]\n#pin-file = \"x\"\npin-file = \"y\"", "[token]\r\n#pin-file = \"x\"\r\npin-file = \"y\""},
		{"at the section's head", "[token] # ours\nlabel = 1", "[token] # ours\r\npin-file = 'C:\\pin'\r\nlabel = 1"},
		{"a section of its own", "[shop]\npin-file = 2\n\n", "[shop]\r\npin-file = 2\r\n\r\n[token]\r\npin-file = 'C:\\pin'\r\n"},
		{"Windows' line ends", "[token]\r\n#pin-file = 1\r\n", "[token]\r\npin-file = 'C:\\pin'\r\n"},
		{"nothing", "", "\r\n[token]\r\npin-file = 'C:\\pin'\r\n"},
		{"a key of a longer name", "[token]\nso-pin-file = 1", "[token]\r\npin-file = 'C:\\pin'\r\nso-pin-file = 1"},
	} {
		if got := Fill(c.text, value); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if again := Fill(Fill(c.text, value), value); again != Fill(c.text, value) {
			t.Errorf("%s: another text the second time: %q", c.name, again)
		}
	}
}

// The example that is installed has all keys that are filled in as comments, in the
// sections that they are looked for in.
func TestExample(t *testing.T) {
	example, err := os.ReadFile("../../../config/terminal.toml")
	if err != nil {
		t.Fatal(err)
	}
	values := folders.Values("https://authority.example:8444")
	filled := Fill(string(example), values)
	if before, after := strings.Count(string(example), "\n"), strings.Count(filled, "\n"); before != after {
		t.Errorf("%d lines became %d: a key is not in the example", before, after)
	}
	for _, v := range values {
		if !strings.Contains(filled, "\r\n"+v.Key+" = "+v.Text+"\r\n") {
			t.Errorf("%s was not filled in", v.Key)
		}
	}
}

// No PIN and no key of anybody's is in what the account of the terminal may write, and
// the folders of secrets and books are not one in the other.
func TestFoldersApart(t *testing.T) {
	for _, written := range []string{folders.Books(), folders.Tokens(), folders.Logs()} {
		for _, read := range []string{folders.PIN(), folders.SOPIN(), folders.Configuration(), folders.SoftTokenConfiguration()} {
			if strings.HasPrefix(read, written+`\`) {
				t.Errorf("%s is in %s, which the terminal writes", read, written)
			}
		}
	}
	for _, rights := range []string{ReadBy("S-1-5-21-1"), WrittenBy("S-1-5-21-1"), Closed()} {
		if !strings.HasPrefix(rights, "O:BAD:PAI(") || strings.Contains(rights, ";WD)") || strings.Contains(rights, ";BU)") {
			t.Errorf("%s: open to more than whom it names", rights)
		}
	}
}

func TestTask(t *testing.T) {
	var task struct {
		User    string `xml:"Principals>Principal>UserId"`
		Level   string `xml:"Principals>Principal>RunLevel"`
		At      string `xml:"Triggers>LogonTrigger>UserId"`
		Limit   string `xml:"Settings>ExecutionTimeLimit"`
		Command string `xml:"Actions>Exec>Command"`
	}
	if err := xml.Unmarshal([]byte(In(`C:\R&D <programs>`, `D:\x`).Task("S-1-5-21-7")), &task); err != nil {
		t.Fatal(err)
	}
	if task.User != "S-1-5-21-7" || task.At != task.User || task.Level != "LeastPrivilege" || task.Limit != "PT0S" ||
		task.Command != `C:\R&D <programs>\Countersign\countersign-kiosk.exe` {
		t.Errorf("task %+v", task)
	}
}

func TestCanDraw(t *testing.T) {
	for version, want := range map[string]bool{
		"1.1.0": false, "1.4.0 - Build 10.18": false, "2.0.6747": false, "2.1 Mesa 22.3.6": true, "4.6.0 NVIDIA 536.23": true, "3.3 (Compatibility Profile)": true, "10.0": true,
		"": false, "OpenGL ES 3.2": false, "4": false,
	} {
		if CanDraw(version) != want {
			t.Errorf("%q: %v", version, !want)
		}
	}
}

// What draws in software is a folder of the programs', which no account but administrators writes.
func TestGraphics(t *testing.T) {
	f := In(`C:\Program Files`, `C:\ProgramData`)
	if f.Graphics() != `C:\Program Files\Countersign\graphics` || f.DrawnTerminal() != f.Graphics()+`\`+f.Beside()[0] {
		t.Errorf("%s, %s, %q", f.Graphics(), f.DrawnTerminal(), f.Beside())
	}
}
