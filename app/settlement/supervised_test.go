package main_test

import (
	"syscall"
	"testing"

	"countersign/app/program/programtest"
)

// The service manager is told when settlement answers, again and again that it is
// alive, and when it ends.
func TestSupervised(t *testing.T) {
	town := programtest.Open(t)
	if err := town.Settlement.Stop(syscall.SIGTERM); err != nil {
		t.Fatalf("%v\n%s", err, town.Settlement.Log.Tail())
	}
	town.Settlement.ServesSupervised("--authority", town.Authority.URL())
}
