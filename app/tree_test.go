package app

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// A source is one Go file of the module as the rules see it. It is read whatever
// its build constraints are: a rule holds on every platform.
type source struct {
	name       string // slash-separated, from the module's root: "protocol/sign.go"
	pkg        string // the package clause
	documented bool   // the package clause has a comment
	lines      int
	imports    []string // import paths, "C" among them
	cgo        string   // the text above import "C"
	clock      []string // what it calls of package time that reads or waits for a clock
}

func (s source) dir() string { return path.Dir(s.name) }
func (s source) test() bool  { return strings.HasSuffix(s.name, "_test.go") }

// readTree reads every Go file below the module's root but what the go command
// skips as well: testdata, vendor, and names that begin with a dot or underscore.
func readTree(root string) ([]source, error) {
	var tree []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		skipped := name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
		if entry.IsDir() {
			if skipped && file != root {
				return filepath.SkipDir
			}
			return nil
		}
		if skipped || !strings.HasSuffix(name, ".go") {
			return nil
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		s, err := readSource(filepath.ToSlash(relative), text)
		tree = append(tree, s)
		return err
	})
	return tree, err
}

func readSource(name string, text []byte) (source, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, fmt.Errorf("read %s: %w", name, err)
	}
	s := source{
		name:       name,
		pkg:        file.Name.Name,
		documented: file.Doc != nil && strings.TrimSpace(file.Doc.Text()) != "",
		lines:      bytes.Count(text, []byte("\n")),
	}
	clock := "" // what the file calls package time
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.IMPORT {
			continue
		}
		for _, spec := range group.Specs {
			one := spec.(*ast.ImportSpec)
			imported, err := strconv.Unquote(one.Path.Value)
			if err != nil {
				return source{}, fmt.Errorf("read %s: %w", name, err)
			}
			s.imports = append(s.imports, imported)
			switch imported {
			case "C":
				s.cgo += group.Doc.Text() + one.Doc.Text()
			case "time":
				clock = "time"
				if one.Name != nil {
					clock = one.Name.Name
				}
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := selector.X.(*ast.Ident); ok && clock != "" && of.Name == clock {
			switch selector.Sel.Name {
			case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer":
				s.clock = append(s.clock, "time."+selector.Sel.Name)
			}
		}
		return true
	})
	return s, nil
}
