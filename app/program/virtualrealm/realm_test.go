package virtualrealm_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/program/virtualrealm"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

func TestAWorldSurvivesItsFile(t *testing.T) {
	world, err := virtualrealm.NewWorld(2, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "world.json")
	if err := world.Write(path); err != nil {
		t.Fatal(err)
	}
	read, err := virtualrealm.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range []struct {
		papers virtualrealm.Papers
		role   protocol.Role
		name   protocol.ID
	}{
		{read.Settlement, protocol.RoleSettlement, "settlement-1"},
		{read.Shops[1].Terminal, protocol.RoleTerminal, "T-0002"},
		{read.Shops[1].Wallet, protocol.RoleWallet, "W-0002"},
	} {
		d, err := device.papers.Device()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Trust.Certificate(d.Certificate, device.role, time.Now()); err != nil || d.Subject != device.name {
			t.Errorf("%s: %q %v", device.name, d.Subject, err)
		}
		if (d.Agreement != nil) != device.role.Agrees() || (d.Settlement != nil) != (device.role != protocol.RoleSettlement) {
			t.Errorf("%s: agreement %v, settlement %v", device.name, d.Agreement != nil, d.Settlement != nil)
		}
	}
	if _, err := virtualrealm.Read(filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("read a world that is not there")
	}
}

func TestFingersAreToldApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	capture := func(seed uint64) minutiae.Template {
		template, err := virtualrealm.NewFinger(seed).Capture(random)
		if err != nil {
			t.Fatal(err)
		}
		return minutiae.Template(template)
	}
	for seed := range uint64(50) {
		enrolled := capture(seed)
		same, err := minutiae.CompareTemplates(enrolled, capture(seed))
		if err != nil {
			t.Fatal(err)
		}
		other, err := minutiae.CompareTemplates(enrolled, capture(seed+1000))
		if err != nil {
			t.Fatal(err)
		}
		if !same.Match() || other.Match() {
			t.Errorf("finger %d: %v with itself, %v with another", seed, same, other)
		}
	}
}
