package machine

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
)

// emulator answers commands in order with what is given for each, after its greeting.
func emulator(t *testing.T, answers map[string]string) *monitor {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer theirs.Close()
		if _, err := fmt.Fprintln(theirs, `{"QMP": {"version": {}}}`); err != nil {
			return
		}
		for lines := bufio.NewScanner(theirs); lines.Scan(); {
			var order struct{ Execute string }
			if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
				t.Errorf("%s: %v", lines.Bytes(), err)
				return
			}
			answer, ok := answers[order.Execute]
			if !ok {
				return // it dies of it
			}
			if _, err := fmt.Fprintln(theirs, answer); err != nil {
				return
			}
		}
	}()
	m, err := openMonitor(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.close()
		<-done
	})
	return m
}

func TestMonitor(t *testing.T) {
	m := emulator(t, map[string]string{
		"qmp_capabilities": `{"return": {}}`,
		"query-status":     `{"event": "RESET", "data": {}}` + "\n" + `{"event": "RESET"}` + "\n" + `{"return": {"status": "running"}}`,
		"device_del":       `{"error": {"class": "DeviceNotFound", "desc": "Device 'x' not found"}}`,
	})
	var status struct{ Status string }
	if err := m.execute(t.Context(), "query-status", nil, &status); err != nil || status.Status != "running" {
		t.Fatalf("%q, %v", status.Status, err)
	}
	if n := m.events("RESET"); n != 2 {
		t.Errorf("it told of %d resets", n)
	}
	if err := m.execute(t.Context(), "device_del", map[string]string{"id": "x"}, nil); err == nil || !strings.Contains(err.Error(), "Device 'x' not found (DeviceNotFound)") {
		t.Errorf("an error came as %v", err)
	}
	if err := m.execute(t.Context(), "quit", nil, nil); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a dead emulator: %v", err)
	}
}
