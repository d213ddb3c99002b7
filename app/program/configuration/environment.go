package configuration

import (
	"fmt"
	"slices"
	"strings"
)

// environment reads the environment's values by key.
func (d Declaration) environment(around Surroundings) (map[string]string, Problems) {
	values := map[string]string{}
	var problems Problems
	keys, names := map[string]string{}, []string{d.FileVariable()}
	for _, key := range d.keys() {
		keys[d.Variable(key.Flag)] = key.Flag
		names = append(names, d.Variable(key.Flag))
	}
	checked := d.flags()
	for _, entry := range around.Environ {
		variable, value, _ := strings.Cut(entry, "=")
		key, known := keys[variable]
		switch {
		case !strings.HasPrefix(variable, d.prefix()) || variable == d.FileVariable():
		case !known:
			problems = append(problems, Problem{File: variable, What: "unknown variable" + meantVariable(variable, names)})
		case checked.Set(key, value) != nil:
			wants := strings.ReplaceAll(kindOf(checked.Lookup(key)).wants(), " in quotes", "")
			problems = append(problems, Problem{File: variable, What: fmt.Sprintf("takes %s, not %s", wants, shown(value))})
		default:
			values[key] = value
		}
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.File, b.File) })
	return values, problems
}

// meantVariable is [meant] for variables, whose names begin alike.
func meantVariable(variable string, names []string) string {
	best, distance := "", 4
	for _, name := range names {
		if d := apart(variable, name); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}
