package main

import (
	"bytes"
	"debug/elf"
	"debug/pe"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// loadedBy are the Debian packages of the shared libraries that programs ask for. Those of
// Windows ask for Windows' own.
func loadedBy(programs []string) ([]component, error) {
	var names []string
	for _, program := range programs {
		file, err := elf.Open(program)
		if windows, isWindows := pe.Open(program); isWindows == nil {
			windows.Close()
			continue
		} else if err != nil {
			return nil, err
		}
		wanted, err := file.ImportedLibraries()
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", program, err)
		}
		names = append(names, wanted...)
	}
	slices.Sort(names)
	var found []component
	for _, name := range slices.Compact(names) {
		holders, err := exec.Command("dpkg-query", "--search", "*/"+name).Output()
		if err != nil {
			return nil, fmt.Errorf("which package holds %s: %w", name, err)
		}
		for line := range strings.Lines(string(holders)) {
			holder, path, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok || !strings.HasPrefix(path, "/lib/") && !strings.HasPrefix(path, "/usr/lib/") || strings.Contains(holder, ",") {
				continue
			}
			c, err := debianPackage(holder)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(found, c) {
				found = append(found, c)
			}
			break
		}
	}
	return found, nil
}

// debianPackage is an installed package with its version.
func debianPackage(name string) (component, error) {
	out, err := exec.Command("dpkg-query", "--show", "--showformat=${Package} ${Version} ${Architecture}", name).Output()
	if err != nil {
		return component{}, fmt.Errorf("version of %s: %w", name, err)
	}
	fields := strings.Fields(string(out))
	if len(fields) != 3 {
		return component{}, fmt.Errorf("version of %s: %q", name, out)
	}
	return component{
		name: fields[0], version: fields[1],
		purl: "pkg:deb/debian/" + fields[0] + "@" + fields[1] + "?arch=" + fields[2],
	}, nil
}

// staticOf are the sources that a list of checksums names, which were built and linked in:
// Debian's source packages by their .dsc, and original archives where there is no .dsc of
// that name, which were built without Debian's patches. None without a list.
func staticOf(sums string) ([]component, error) {
	if sums == "" {
		return nil, nil
	}
	text, err := os.ReadFile(sums)
	if err != nil {
		return nil, err
	}
	var found, archives []component
	packaged := map[string]bool{}
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) != 2 {
			continue
		}
		file, isPackage := strings.CutSuffix(fields[1], ".dsc")
		if !isPackage {
			var isArchive bool
			if file, isArchive = strings.CutSuffix(fields[1], ".orig.tar.gz"); !isArchive {
				continue
			}
		}
		name, version, ok := strings.Cut(file, "_")
		if !ok {
			return nil, fmt.Errorf("%s: %q is no NAME_VERSION", sums, fields[1])
		}
		one := component{name: name, version: version, sum: fields[0], purl: "pkg:generic/" + name + "@" + version}
		if !isPackage {
			archives = append(archives, one)
			continue
		}
		packaged[name] = true
		one.purl = "pkg:deb/debian/" + name + "@" + version + "?arch=source"
		found = append(found, one)
	}
	for _, one := range archives {
		if !packaged[one.name] {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s names no source package", sums)
	}
	return found, nil
}
