package configuration

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
)

// FileFlag is the flag that names the file.
const FileFlag = "config"

// Surroundings are what a program finds around it.
type Surroundings struct {
	// Environ are the environment's "NAME=value".
	Environ []string
	// Standard is the file to take when none is named, if it is there; or "".
	Standard string
}

// Here are this process's surroundings.
func (d Declaration) Here() Surroundings {
	executable, err := os.Executable()
	if err != nil {
		executable = ""
	}
	return Surroundings{Environ: os.Environ(), Standard: d.StandardFile(runtime.GOOS, executable, os.Getenv)}
}

// StandardFile is the file that an installed program takes when none is named:
// /etc/countersign/terminal.toml where its executable lies below /usr or /opt, and on
// Windows %ProgramData%\Countersign\terminal.toml below %ProgramFiles%. A program
// that lies elsewhere, such as where it was built, has none.
func (d Declaration) StandardFile(system, executable string, getenv func(string) string) string {
	name := d.Program + ".toml"
	if system != "windows" {
		if strings.HasPrefix(executable, "/usr/") || strings.HasPrefix(executable, "/opt/") {
			return "/etc/countersign/" + name
		}
		return ""
	}
	programs, data := getenv("ProgramFiles"), getenv("ProgramData")
	if programs == "" || data == "" || !strings.HasPrefix(strings.ToLower(executable), strings.ToLower(programs)+`\`) {
		return ""
	}
	return data + `\Countersign\` + name
}

// RegisterFile registers --config on a command's flags.
func (d Declaration) RegisterFile(flags *flag.FlagSet) *string {
	return flags.String(FileFlag, "", "configuration `file` (TOML)")
}

// Named is the file that a command is to take once its flags are parsed, or "".
// needed says that somebody named it, so that it has to be there.
func (d Declaration) Named(flags *flag.FlagSet, around Surroundings) (file string, needed bool) {
	flags.Visit(func(f *flag.Flag) {
		if f.Name == FileFlag {
			file, needed = f.Value.String(), true
		}
	})
	if needed {
		return file, file != ""
	}
	if file, given := around.variable(d.FileVariable()); given {
		return file, file != ""
	}
	return around.Standard, false
}

// variable looks a variable up; the last of a name counts.
func (s Surroundings) variable(name string) (value string, given bool) {
	for _, entry := range s.Environ {
		if n, v, _ := strings.Cut(entry, "="); n == name {
			value, given = v, true
		}
	}
	return value, given
}

// Take sets those of a command's parsed flags that the command line did not give, from
// environment and file, and from [Declaration.Beside]. Its error is of the system, or [Problems]: all of both.
func (d Declaration) Take(flags *flag.FlagSet, around Surroundings) (Origins, error) {
	file := map[string]Value{}
	var problems Problems
	if name, needed := d.Named(flags, around); name != "" {
		values, err := d.Read(name)
		var wrong Problems
		switch {
		case errors.As(err, &wrong):
			problems = wrong
		case err != nil && (needed || !errors.Is(err, fs.ErrNotExist)):
			return nil, err
		}
		file = values
	}
	environment, wrong := d.environment(around)
	if problems = append(wrong, problems...); len(problems) > 0 {
		return nil, problems.told()
	}
	origins := Origins{}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	_, command, _ := strings.Cut(flags.Name(), " ")
	for _, key := range d.keys() {
		name := key.Flag
		if flags.Lookup(name) == nil || slices.Contains(d.Own[command], name) {
			continue
		}
		var from Origin
		var value string
		fromEnvironment, inEnvironment := environment[name]
		fromFile, inFile := file[name]
		switch {
		case given[name]:
			origins[name] = Origin{From: CommandLine}
			continue
		case inEnvironment:
			from, value = Origin{Environment, d.Variable(name)}, fromEnvironment
		case inFile:
			from, value = Origin{File, fromFile.At()}, fromFile.Text
		default:
			origins[name] = Origin{From: Default}
			continue
		}
		if err := flags.Set(name, value); err != nil {
			problems = append(problems, Problem{File: from.At, What: fmt.Sprintf("%s: %v", name, err)})
		}
		origins[name] = from
	}
	if len(problems) > 0 || d.Beside == nil {
		return origins, problems.told()
	}
	return origins, d.takeBeside(flags, origins)
}

// takeBeside sets what nothing else gives.
func (d Declaration) takeBeside(flags *flag.FlagSet, origins Origins) error {
	beside, err := d.Beside(flags)
	if err != nil {
		return err
	}
	var problems Problems
	for _, key := range d.keys() {
		given, is := beside[key.Flag]
		if !is || origins[key.Flag].From != Default {
			continue
		}
		if err := flags.Set(key.Flag, given.Text); err != nil {
			problems = append(problems, Problem{File: given.At, What: fmt.Sprintf("%s: %v", key.Flag, err)})
		}
		origins[key.Flag] = given.Origin
	}
	return problems.told()
}
