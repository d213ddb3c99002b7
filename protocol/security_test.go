package protocol_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// SECURITY.md names functions and tests; each must be there.
func TestSecurityNamesWhatThereIs(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := make(map[string]bool)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				declared[n.Name.Name] = true
				if n.Recv != nil {
					if receiver, plain := n.Recv.List[0].Type.(*ast.Ident); plain {
						declared[receiver.Name+"."+n.Name.Name] = true
					}
				}
			case *ast.TypeSpec:
				declared[n.Name.Name] = true
			case *ast.ValueSpec:
				for _, name := range n.Names {
					declared[name.Name] = true
				}
			case *ast.Field:
				for _, name := range n.Names {
					declared[name.Name] = true
				}
			}
			return true
		})
	}
	text, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([A-Z][A-Za-z0-9.]*)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 40 {
		t.Errorf("SECURITY.md names only %d things", len(named))
	}
	for _, match := range named {
		if !declared[match[1]] {
			t.Errorf("SECURITY.md names %s, which there is not", match[1])
		}
	}
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "| ") && strings.Count(line, "|") > 4 && !strings.Contains(line, "`") && !strings.Contains(line, "held by") {
			t.Errorf("line %d claims something that nothing carries", i+1)
		}
	}
}
