// Command inventory writes down what is in released programs: a bill of materials
// (CycloneDX 1.5, JSON) of Go modules, C libraries linked in and C libraries loaded,
// and one text with the licences of all that is shipped.
//
//	inventory --name countersign-terminal --version 1.2 --out FOLDER
//	          [--sources sources.sha256] [--licence FILE|FOLDER]… PROGRAM…
//
// The modules are those that the programs themselves say they were built of; the
// libraries loaded are those that they ask the dynamic linker for, with the Debian
// packages that hold them on this machine. A module without a licence is an error.
// Both files are the same, byte for byte, for the same programs on the same system.
package main

import (
	"cmp"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A component is a thing that is shipped or needed.
type component struct {
	name, version string
	purl          string // package URL, its identity
	sum           string // SHA-256 in hexadecimal, or nothing
	dir           string // of a module, where its licence is
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string         { return strings.Join(*l, ",") }
func (l *list) Set(value string) error { *l = append(*l, value); return nil }

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "inventory:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("inventory", flag.ExitOnError)
	name := flags.String("name", "", "`name` of the package")
	version := flags.String("version", "", "its `version`")
	out := flags.String("out", ".", "`folder` for sbom.cdx.json and notices")
	sources := flags.String("sources", "", "`file` of checksums whose .dsc lines name what was linked statically")
	var licences list
	flags.Var(&licences, "licence", "`file or folder` of further licences")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *name == "" || *version == "" || flags.NArg() == 0 {
		return errors.New("--name, --version and a program are needed")
	}
	when, err := epoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	modules, toolchain, err := modulesOf(flags.Args())
	if err != nil {
		return err
	}
	loaded, err := loadedBy(flags.Args())
	if err != nil {
		return err
	}
	static, err := staticOf(*sources)
	if err != nil {
		return err
	}
	all := append(append(slices.Clone(modules), loaded...), static...)
	all = append(all, component{name: "go", version: toolchain, purl: "pkg:generic/go@" + toolchain})
	slices.SortFunc(all, func(a, b component) int { return cmp.Compare(a.purl, b.purl) })
	bill, err := billOfMaterials(*name, *version, when, all)
	if err != nil {
		return err
	}
	text, err := notices(modules, licences)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(*out, "sbom.cdx.json"), bill, 0o644),
		os.WriteFile(filepath.Join(*out, "notices"), text, 0o644),
	)
}

// epoch reads SOURCE_DATE_EPOCH, which must be set: the bill bears no other time.
func epoch(text string) (time.Time, error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// modulesOf are the modules that programs were built of, and the Go that built them.
func modulesOf(programs []string) (modules []component, toolchain string, err error) {
	seen := map[string]bool{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, "", err
		}
		toolchain = strings.TrimPrefix(info.GoVersion, "go")
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			if seen[m.Path] {
				continue
			}
			seen[m.Path] = true
			modules = append(modules, component{name: m.Path, version: m.Version, purl: "pkg:golang/" + m.Path + "@" + m.Version})
		}
	}
	slices.SortFunc(modules, func(a, b component) int { return cmp.Compare(a.purl, b.purl) })
	return modules, toolchain, locate(modules)
}
