package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// licence is how files with licences are called.
var licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice|patents|ofl)([-._].*)?$`)

// locate finds the folder of each module.
func locate(modules []component) error {
	args := []string{"list", "-m", "-f", "{{.Path}} {{.Dir}}"}
	for _, m := range modules {
		args = append(args, m.name)
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return fmt.Errorf("find the modules: %w", err)
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		dirs[path] = dir
	}
	for n := range modules {
		if modules[n].dir = dirs[modules[n].name]; modules[n].dir == "" {
			return fmt.Errorf("module %s is not on this machine", modules[n].name)
		}
	}
	return nil
}

// notices are all licences in one text, the modules' in the order of their names.
func notices(modules []component, further []string) ([]byte, error) {
	var text bytes.Buffer
	for _, m := range modules {
		found, err := add(&text, m.name+" "+m.version, m.dir)
		if err != nil {
			return nil, err
		}
		if found == 0 {
			return nil, fmt.Errorf("module %s %s has no licence", m.name, m.version)
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find Go: %w", err)
	}
	for _, one := range append([]string{filepath.Join(strings.TrimSpace(string(root)), "LICENSE")}, further...) {
		info, err := os.Stat(one)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			title := filepath.Base(one)
			if strings.HasPrefix(title, "LICENSE") {
				title = "Go " + runtime.Version()
			}
			if err := addFile(&text, title, one); err != nil {
				return nil, err
			}
			continue
		}
		files, err := os.ReadDir(one)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if err := addFile(&text, f.Name(), filepath.Join(one, f.Name())); err != nil {
				return nil, err
			}
		}
	}
	return text.Bytes(), nil
}

// add adds the licences below a module's folder, and says how many there were: what a
// module brings from others has licences of its own.
func add(text *bytes.Buffer, title, dir string) (found int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "vendor") {
			return filepath.SkipDir
		}
		if d.IsDir() || !licence.MatchString(d.Name()) || filepath.Ext(d.Name()) == ".go" {
			return nil
		}
		found++
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return addFile(text, title+": "+name, path)
	})
	return found, err
}

func addFile(text *bytes.Buffer, title, path string) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(text, "%s\n%s\n\n%s\n\n\n", title, strings.Repeat("=", len(title)), bytes.TrimSpace(body))
	return nil
}
