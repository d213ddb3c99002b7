//go:build linux

package main

import (
	"strings"
	"testing"

	"countersign/app/program/programtest"
)

// One command tells a terminal all that it needs, and may be run again: nothing is done
// twice. What cannot be is refused before anything is done.
func TestEnrolUnattended(t *testing.T) {
	town := programtest.Open(t)
	at := newTerminal(t)
	code, pin := town.Code("terminal", "T-0001", "--name", shopName), at.Write("manager-pin", "7391")
	whole := at.Founding("--authority", town.Authority.URL(), "--code-file", code, "--settlement", town.Settlement.URL(), "--merchant", merchant,
		"--manager", "anna", "--manager-pin-file", pin)
	for _, wrong := range [][]string{{"--merchant", "M 1"}, {"--merchant", "12345678901234567"}, {"--settlement", "http://s"}, {"--settlement", "s.example"}, {"--manager-pin-file", ""}} {
		if _, says, status := at.Run("enrol", append(whole, wrong...)...); status != 2 || !strings.Contains(says, wrong[0]) {
			t.Errorf("%v: %d, %.200s", wrong, status, says)
		}
	}
	file := at.Write("terminal.toml", "[shop]\nmerchant = \"M-0002\"")
	if _, says, status := at.Run("enrol", append(whole, "--config", file)...); status != 1 || !strings.Contains(says, file+`:2:1: merchant is "M-0002" there`) {
		t.Errorf("%d, %s", status, says)
	}
	first := at.OK("enrol", whole...)
	if again := at.OK("enrol", whole...); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	if staff := at.OK("staff list", at.InData()...); strings.Count(staff, "\n") != 0 || !strings.Contains(staff, `"anna"`) {
		t.Errorf("the staff is %s", staff)
	}
	shown := at.OK("config show", at.InData("--json")...)
	for key, value := range map[string]string{"settlement": town.Settlement.URL(), "merchant": merchant} {
		if !strings.Contains(shown, `"key":"`+key+`","value":"`+value+`","from":"kept"`) {
			t.Errorf("%s is not kept:\n%s", key, shown)
		}
	}
	other := at.Write("other-pin", "8140") // somebody is there already, and stays
	at.OK("enrol", append(whole, "--manager", "bo", "--manager-pin-file", other)...)
	if staff := at.OK("staff list", at.InData()...); strings.Contains(staff, `"bo"`) {
		t.Errorf("the staff is %s", staff)
	}
}
