package main_test

import (
	"testing"

	"countersign/app/program/programtest"
)

// The service manager is told when the authority answers, again and again that it is
// alive, and when it ends.
func TestSupervised(t *testing.T) {
	p := programtest.New(t, "authority")
	p.OK("init", p.Founding("--name", "countersign/1")...)
	p.ServesSupervised()
}
