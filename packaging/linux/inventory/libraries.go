package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// loadedBy are the Debian packages of the shared libraries that programs ask for.
func loadedBy(programs []string) ([]component, error) {
	var names []string
	for _, program := range programs {
		file, err := elf.Open(program)
		if err != nil {
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

// staticOf are the Debian sources that a list of checksums names, which were built and
// linked in; none without a list.
func staticOf(sums string) ([]component, error) {
	if sums == "" {
		return nil, nil
	}
	text, err := os.ReadFile(sums)
	if err != nil {
		return nil, err
	}
	var found []component
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) != 2 || !strings.HasSuffix(fields[1], ".dsc") {
			continue
		}
		name, version, ok := strings.Cut(strings.TrimSuffix(fields[1], ".dsc"), "_")
		if !ok {
			return nil, fmt.Errorf("%s: %q is no NAME_VERSION.dsc", sums, fields[1])
		}
		found = append(found, component{
			name: name, version: version, sum: fields[0],
			purl: "pkg:deb/debian/" + name + "@" + version + "?arch=source",
		})
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s names no source package", sums)
	}
	return found, nil
}
