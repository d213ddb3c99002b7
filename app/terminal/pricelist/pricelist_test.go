package pricelist

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/protocol/money"
)

const list = "\ufeffgroup,name,price,tax,code\r\nCoffee,Espresso,2.40,7%,\r\n咖啡,\"Flat white, large\",3.80,5.5 %,4006381333931\r\nCoffee,Lungo,2.60,19,\r\n"

func euro(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: money.EUR} }

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "items.csv")
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path, money.EUR)
	want := []Group{
		{"Coffee", []Item{{"Espresso", euro(240), 700, ""}, {"Lungo", euro(260), 1900, ""}}},
		{"咖啡", []Item{{"Flat white, large", euro(380), 550, "4006381333931"}}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = Parse([]byte("price,name\n3,Bun\n"), money.EUR)
	if want := []Group{{"", []Item{{"Bun", euro(300), 0, ""}}}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"empty":             {"", "no line of names"},
		"no price column":   {"name\nBun\n", "name and price are needed"},
		"unknown column":    {"name,price,colour\n", `"colour"`},
		"column twice":      {"name,price,name\n", "two columns are named name"},
		"no name":           {"name,price\n,3\n", "line 2: no name"},
		"no price":          {"name,price\nBun,\n", "line 2: price"},
		"price of nothing":  {"name,price\nBun,0\n", "line 2: price"},
		"too many decimals": {"name,price\nBun,2.405\n", "line 2: price"},
		"negative":          {"name,price\nBun,-1\n", "line 2: price"},
		"tax of 100 %":      {"name,price,tax\nBun,1,100\n", "line 2: tax"},
		"tax in words":      {"name,price,tax\nBun,1,full\n", "line 2: tax"},
		"code twice":        {"name,price,code\nBun,1,4\nRoll,1,4\n", "line 3: the code 4 is in line 2 already"},
		"ragged":            {"name,price\nBun,1,2\n", "line 2"},
		"control character": {"name,price\nB\x07n,1\n", "line 2: a control character"},
		"not UTF-8":         {"name,price\nB\xe4r,1\n", "CSV UTF-8"},
		"too long":          {"name,price\n" + strings.Repeat("x", MaxName+1) + ",1\n", "line 2: a name of more"},
		"too many":          {"name,price\n" + strings.Repeat("Bun,1\n", MaxItems+1), "line 2002: more than 2000 items"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Parse([]byte(c.text), money.EUR); !errors.Is(err, ErrList) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.csv"), money.EUR); !errors.Is(err, ErrList) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// FuzzParse: whatever is in the file, there is a list within the limits or an error.
func FuzzParse(f *testing.F) {
	f.Add([]byte(list))
	f.Add([]byte("name,price,tax\n\"a\"\"b\",1.00,0.01%\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		groups, err := Parse(text, money.EUR)
		if err != nil {
			if !errors.Is(err, ErrList) {
				t.Error(err)
			}
			return
		}
		for _, g := range groups {
			for _, i := range g.Items {
				if i.Name == "" || i.Price.Minor < 1 || i.Price.Currency != money.EUR || i.Tax < 0 || i.Tax > 9999 {
					t.Errorf("%+v", i)
				}
			}
		}
	})
}
