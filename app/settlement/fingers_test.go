package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/app/settlement/settle"
	"countersign/protocol"
)

func TestBands(t *testing.T) {
	good := settle.Bands{{UpTo: 5000, Threshold: 21}, {UpTo: 50000, Threshold: 25}, {Threshold: 30}}
	for _, c := range []struct {
		text string
		want map[protocol.Currency]settle.Bands
		says string
	}{
		{"", map[protocol.Currency]settle.Bands{}, ""},
		{"CNY=50.00:21,500.00:25,*:30", map[protocol.Currency]settle.Bands{156: good}, ""},
		{"CNY=50.00:21, 500.00:25, *:30,USD=10.00:25", map[protocol.Currency]settle.Bands{156: good, 840: {{UpTo: 1000, Threshold: 25}}}, ""},
		{"JPY=500:40", map[protocol.Currency]settle.Bands{392: {{UpTo: 500, Threshold: 40}}}, ""},
		{"CNY=50.00:25,500.00:25", map[protocol.Currency]settle.Bands{156: {{UpTo: 5000, Threshold: 25}, {UpTo: 50000, Threshold: 25}}}, ""},
		{"50.00:21", nil, "belongs to no currency: write CNY=50.00:21"},
		{"XYZ=50.00:21", nil, "XYZ"},
		{"CNY=50.00", nil, "AMOUNT:SCORE"},
		{"CNY=", nil, "AMOUNT:SCORE"},
		{"CNY=fifty:21", nil, `"fifty:21"`},
		{"CNY=50.001:21", nil, `not a number: "50.001"`},
		{"CNY=50.00:0", nil, "1 to 1000"},
		{"CNY=50.00:1001", nil, "1 to 1000"},
		{"CNY=50.00:-1", nil, "1 to 1000"},
		{"CNY=50.00:2.5", nil, "1 to 1000"},
		{"CNY=50.00:021", nil, "1 to 1000"},
		{"CNY=50.00:21,50.00:25", nil, "do not rise"},
		{"CNY=50.00:21,20.00:25", nil, "do not rise"},
		{"CNY=50.00:25,500.00:21", nil, "asks for less"},
		{"CNY=50.00:25,*:21", nil, "asks for less"},
		{"CNY=*:21,50.00:25", nil, "only the last band"},
		{"CNY=50.00:21,CNY=60.00:22", nil, "CNY twice"},
	} {
		have, err := bands("--finger-bands", c.text)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--finger-bands") {
				t.Errorf("%q: %v does not say %q", c.text, err, c.says)
			}
			continue
		}
		if err != nil || !maps.EqualFunc(have, c.want, slices.Equal) {
			t.Errorf("%q: %v, %v", c.text, have, err)
		}
	}
}

func TestFingerSettings(t *testing.T) {
	for _, c := range []struct {
		set  fingerSettings
		says string
	}{
		{fingerSettings{noPrint: "refuse"}, ""},
		{fingerSettings{noPrint: "pin", noPrintLimit: "CNY=50.00"}, ""},
		{fingerSettings{noPrint: "pin"}, "needs --no-print-limit"},
		{fingerSettings{noPrint: "refuse", noPrintLimit: "CNY=50.00"}, "goes with --no-print pin"},
		{fingerSettings{noPrint: "nothing"}, "refuse or pin"},
		{fingerSettings{noPrint: "refuse", threshold: 1001}, "1 to 1000"},
		{fingerSettings{noPrint: "refuse", pinLimit: "50.00"}, "--pin-limit"},
		{fingerSettings{noPrint: "pin", noPrintLimit: "50.00"}, "--no-print-limit"},
	} {
		var p settle.Policy
		if err := c.set.apply(&p); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.set, err)
		}
	}
}
