// Package pricelist reads what a shop sells from a file that its own spreadsheet
// writes: CSV by RFC 4180, UTF-8, with a line of names and then a line for each item.
//
//	group,name,price,tax,code
//	Coffee,Espresso,2.40,7%,
//	Coffee,Flat white,3.80,7%,4006381333931
//
// group and name are what the cashier reads, price is in the currency that the terminal
// is run with, tax is the part of the price that is tax, in per cent with at most two
// decimals, and code what stands on the item as bars. Columns are found by name, in any
// order; group, tax and code may be left out.
//
// A file with a mistake is refused whole, with the line and what is wrong there: a price
// that was read wrongly is worse than a terminal without a list.
package pricelist

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/protocol/money"
)

// Limits of a list.
const (
	MaxBytes = 1 << 20
	MaxItems = 2000
	MaxName  = 64 // bytes of a name or a group
	MaxCode  = 48 // bytes of a code
)

// ErrList says that a file is no price list; the error names the line.
var ErrList = errors.New("price list")

// Group is the items that stand together, in the order of the file.
type Group struct {
	Name  string // empty for items without one
	Items []Item
}

// Item is something that is sold.
type Item struct {
	Name  string
	Price money.Amount
	Tax   int32 // basis points, included in the price
	Code  string
}

// Read reads the list in a file, with prices in a currency.
func Read(path string, currency money.Currency) ([]Group, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	list, err := Parse(text, currency)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// Parse reads a list.
func Parse(text []byte, currency money.Currency) ([]Group, error) {
	switch {
	case len(text) > MaxBytes:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrList, MaxBytes)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%w: not UTF-8; save it as CSV UTF-8", ErrList)
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	names, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: no line of names: %w", ErrList, err)
	}
	at, err := columns(names)
	if err != nil {
		return nil, err
	}
	var groups []Group
	codes, count := map[string]int{}, 0
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrList, err)
		}
		line, _ := reader.FieldPos(0)
		group, item, err := at.item(fields, currency)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrList, line, err)
		}
		if first := codes[item.Code]; item.Code != "" && first != 0 {
			return nil, fmt.Errorf("%w: line %d: the code %s is in line %d already", ErrList, line, item.Code, first)
		}
		codes[item.Code] = line
		if count++; count > MaxItems {
			return nil, fmt.Errorf("%w: line %d: more than %d items", ErrList, line, MaxItems)
		}
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Name == group })
		if i < 0 {
			i, groups = len(groups), append(groups, Group{Name: group})
		}
		groups[i].Items = append(groups[i].Items, item)
	}
	return groups, nil
}

// places are the columns by name, −1 where there is none.
type places map[string]int

func columns(names []string) (places, error) {
	at := places{"group": -1, "name": -1, "price": -1, "tax": -1, "code": -1}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		place, known := at[name]
		switch {
		case !known:
			return nil, fmt.Errorf("%w: line 1: no column is named %q; they are group, name, price, tax, code", ErrList, name)
		case place >= 0:
			return nil, fmt.Errorf("%w: line 1: two columns are named %s", ErrList, name)
		}
		at[name] = i
	}
	if at["name"] < 0 || at["price"] < 0 {
		return nil, fmt.Errorf("%w: line 1: name and price are needed", ErrList)
	}
	return at, nil
}

func (at places) text(fields []string, name string) string {
	if at[name] < 0 {
		return ""
	}
	return strings.TrimSpace(fields[at[name]])
}

func (at places) item(fields []string, currency money.Currency) (group string, item Item, err error) {
	group, item.Name, item.Code = at.text(fields, "group"), at.text(fields, "name"), at.text(fields, "code")
	switch {
	case item.Name == "":
		return "", item, errors.New("no name")
	case len(item.Name) > MaxName || len(group) > MaxName:
		return "", item, fmt.Errorf("a name of more than %d bytes", MaxName)
	case len(item.Code) > MaxCode:
		return "", item, fmt.Errorf("a code of more than %d bytes", MaxCode)
	case strings.ContainsFunc(group+item.Name+item.Code, unicode.IsControl):
		return "", item, errors.New("a control character")
	}
	if item.Price, err = money.Parse(at.text(fields, "price"), currency); err != nil {
		return "", item, fmt.Errorf("price: %w", err)
	}
	if item.Tax, err = Rate(at.text(fields, "tax")); err != nil {
		return "", item, err
	}
	return group, item, nil
}

// Rate reads a tax in per cent, "7", "7%" or "5.5 %", as basis points; nothing is 0.
func Rate(text string) (int32, error) {
	text = strings.TrimSpace(strings.TrimSuffix(text, "%"))
	if text == "" {
		return 0, nil
	}
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 2 || len(whole) < 1 || len(whole) > 2 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, fmt.Errorf("tax: %q is not a rate of 0 to 99.99 per cent", text)
	}
	var points int32
	for _, digit := range whole + part + "00"[:2-len(part)] {
		points = 10*points + int32(digit-'0')
	}
	return points, nil
}
