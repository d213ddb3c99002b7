//go:build linux

package main

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/enrol/consent"
	"countersign/app/enrol/visit"
	"countersign/app/program/programtest"
	"countersign/assets"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/settlementclient/enrolment"
)

// bench is the desk without its window, at an authority that runs as a program and
// a sensor on a serial line; whoever tests is officer and owner.
type bench struct {
	t         *testing.T
	authority *programtest.Program
	tokens    *virtualtoken.Directory
	sensor    *virtualsensor.Sensor
	served    *visit.Desk
	views     chan visit.View
	last      visit.View
	prints    []image.Image // that the owner places next
	lifted    bool
}

func picture(t *testing.T, name string) image.Image {
	t.Helper()
	raw, err := os.ReadFile("../../devices/fingerprint/testdata/prints/" + name + ".png")
	if err != nil {
		t.Fatal(err)
	}
	print, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return print
}

func newBench(t *testing.T) *bench {
	t.Helper()
	programtest.Build(t, "authority")
	b := &bench{t: t, authority: programtest.OpenAuthority(t), views: make(chan visit.View, 4096)}
	var err error
	if b.tokens, err = virtualtoken.Make(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, b.tokens.Conf())
	if _, err := b.tokens.Token("desk"); err != nil {
		t.Fatal(err)
	}
	town, dir := programtest.Town{Authority: b.authority}, t.TempDir()
	flags := []string{"--data", dir, "--token", "desk", "--pin-file", b.tokens.PINFile("desk"), "--authority", b.authority.URL()}
	said := streams{out: io.Discard, err: io.Discard}
	if err := join(t.Context(), append(flags, "--code-file", town.Code("desk", "D-0001")), said); err != nil {
		t.Fatal(err)
	}
	b.sensor, err = virtualsensor.New(virtualsensor.Options{Link: filepath.Join(dir, "sensor"), Unpaced: true, Baud: 115200, Unsteady: 6, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.sensor.Close() })
	var s settings
	var w window
	if err := s.parse("desk", append(flags, "--sensor", b.sensor.Path()), said, w.register); err != nil {
		t.Fatal(err)
	}
	if err := w.check(); err != nil {
		t.Fatal(err)
	}
	d, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reader := fingerprint.NewReader(fingerprint.Settings{Port: w.sensor, Baud: 115200}, extraction.New(), minutiae.Large)
	b.served = visit.New(visit.Config{
		Office: &office{desk: d, authority: s.authority, size: sizes[w.points]}, Reader: reader, Reason: reason,
		Show: func(v visit.View) { b.views <- v }, Clock: time.Now, Log: d.log,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { b.served.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		serving.Wait()
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// until plays the owner, who does what the desk asks, until a view comes.
func (b *bench) until(what string, here func(visit.View) bool) visit.View {
	b.t.Helper()
	within := time.After(2 * time.Minute)
	for !here(b.last) {
		select {
		case b.last = <-b.views:
		case <-within:
			b.t.Fatalf("no %s; the desk shows %+v", what, b.last)
		}
		if b.last.Stage != visit.Taking {
			continue
		}
		switch b.last.Prompt {
		case visit.Place:
			if b.lifted && len(b.prints) > 0 {
				b.sensor.Place(b.prints[0])
				b.prints, b.lifted = b.prints[1:], false
			}
		case visit.Lift, visit.Good:
			b.sensor.Lift()
			b.lifted = true
		}
	}
	return b.last
}

func (b *bench) at(s visit.Stage) visit.View {
	b.t.Helper()
	return b.until("stage", func(v visit.View) bool { return v.Stage == s })
}

// place has the owner place fingers, one after the other.
func (b *bench) place(names ...string) {
	for _, name := range names {
		b.prints = append(b.prints, picture(b.t, name))
	}
}

// enrol enrols a party in this process.
func (b *bench) enrol(label, code string) (*secureunit.Unit, *enrolment.Credentials) {
	b.t.Helper()
	config, err := b.tokens.Token(label)
	if err != nil {
		b.t.Fatal(err)
	}
	token, err := secureunit.Open(b.t.Context(), config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = token.Close() })
	unit := enrolment.Over(token, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	c, err := enrolment.Enrol(b.t.Context(), unit, enrolment.Options{AuthorityURL: b.authority.URL(), Code: code})
	if err != nil {
		b.t.Fatal(err)
	}
	return token, c
}

// An officer serves owners: one whose finger is taken, with another finger among
// the captures and a sensor that is pulled out meanwhile; who then wants the
// template erased; and who is enrolled without a print.
func TestDesk(t *testing.T) {
	b := newBench(t)
	b.at(visit.Home)
	b.served.Begin("Officer 7", "no such name!")
	b.served.Begin("Officer 7", "W-0001")
	b.at(visit.Choosing)
	b.served.Choose(2)
	b.at(visit.Consenting)

	// There is nobody to seal to yet.
	book, err := assets.Phrases("zh")
	if err != nil {
		t.Fatal(err)
	}
	name, text := consent.Text(book)
	b.served.Agree(name, text)
	if v := b.at(visit.Refused); v.Reason != visit.ReasonSettlement || b.sensor.Captures() != 0 {
		t.Errorf("without settlement: %+v, %d captures", v, b.sensor.Captures())
	}
	code, err := os.ReadFile(programtest.Town{Authority: b.authority}.Code("settlement", "settlement-1"))
	if err != nil {
		t.Fatal(err)
	}
	settlement, _ := b.enrol("settlement", string(code))
	b.served.Retry()
	b.at(visit.Consenting) // the owner agrees anew
	b.served.Agree(name, text)

	// A second finger among the captures, then the right one.
	b.place("101_1", "101_2", "102_3", "101_1")
	if v := b.until("mismatch", func(v visit.View) bool { return v.Mismatch == 1 }); v.Stage != visit.Taking {
		t.Errorf("%+v", v)
	}
	b.until("second capture", func(v visit.View) bool { return v.Capture == 2 && v.Prompt == visit.Place })
	b.sensor.Unplug()
	if v := b.until("word that the sensor is away", func(v visit.View) bool { return v.Prompt == visit.Plug }); v.Advice == "" || v.Capture != 2 {
		t.Errorf("pulled out: %+v", v)
	}
	if err := b.sensor.Plug(); err != nil {
		t.Fatal(err)
	}
	b.lifted = true
	b.place("101_2", "101_3")
	v := b.at(visit.Coded)
	if !strings.HasPrefix(v.Code, protocol.PrefixEnrolment) || v.NoPrint || v.Wallet != "W-0001" || v.Finger != 2 || time.Until(v.Until) < 23*time.Hour {
		t.Errorf("coded: %+v", v)
	}
	_, wallet := b.enrol("wallet", v.Code)
	agreement, err := settlement.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	enrolled, err := protocol.OpenEnrolledTemplate(agreement, "countersign/1", "W-0001", wallet.Claims.Device.Print)
	if err != nil {
		t.Fatal(err)
	}
	if len(enrolled) != int(minutiae.Large) {
		t.Errorf("settlement opens %d bytes", len(enrolled))
	}
	b.served.Finish()
	if v := b.at(visit.Home); v.Code != "" || v.Wallet != "" || v.Officer != "Officer 7" {
		t.Errorf("the next owner sees %+v", v)
	}

	// The owner wants it erased.
	b.served.BeginErasing("Officer 7", "W-0001")
	b.at(visit.Erasing)
	b.served.State("  ")
	b.served.State("asked for in person")
	b.at(visit.Erased)
	if said := b.authority.OK("erasures", b.authority.InData()...); !strings.Contains(said, `"desk":"D-0001","officer":"Officer 7","reason":"asked for in person","consent":true`) {
		t.Errorf("the authority keeps %s", said)
	}
	if said := b.authority.OK("devices", b.authority.InData()...); !strings.Contains(said, `"subject":"W-0001"`) || !strings.Contains(said, `"revoked":true`) {
		t.Errorf("devices: %s", said)
	}
	b.served.Finish()
	b.at(visit.Home)
	b.served.BeginErasing("Officer 7", "W-0404")
	b.at(visit.Erasing)
	b.served.State("asked for in person")
	if v := b.at(visit.Refused); v.Reason != visit.ReasonNothing {
		t.Errorf("nothing to erase: %+v", v)
	}
	b.served.Back()
	b.at(visit.Home)

	// And without a print.
	b.served.Begin("Officer 7", "W-0001")
	b.at(visit.Choosing)
	b.served.NoPrint()
	b.at(visit.Stating)
	b.served.State("skin too worn")
	v = b.at(visit.Coded)
	if !v.NoPrint {
		t.Errorf("%+v", v)
	}
	if _, anew := b.enrol("wallet of the same owner", v.Code); anew.Claims.Device.Print != nil || anew.Subject != "W-0001" {
		t.Errorf("%q with a print of %d bytes", anew.Subject, len(anew.Claims.Device.Print))
	}
	b.served.Finish()
	b.at(visit.Home)
	b.served.Begin("Officer 7", "W-0001")
	b.at(visit.Choosing)
	b.served.NoPrint()
	b.at(visit.Stating)
	b.served.State("skin too worn")
	if v := b.at(visit.Refused); v.Reason != visit.ReasonEnrolled || v.From != visit.Stating {
		t.Errorf("enrolled already: %+v", v)
	}
	b.served.Retry()
	b.at(visit.Stating)
	b.served.Back()
	b.at(visit.Home)
	if log := b.authority.Log.String(); !strings.Contains(log, `"consent":"1/zh"`) || !strings.Contains(log, `"msg":"no readable print","decision":"granted"`) {
		t.Errorf("the authority's log:\n%s", log)
	}
}
