package main

import (
	"context"
	"os"
	"time"

	"countersign/app/program/configuration"
	"countersign/app/terminal/doctor"
	"countersign/app/terminal/welcome"
	"countersign/settlementclient/enrolment"
)

// This file is which devices the first run finds: by the doctor's checks, as "terminal
// doctor" finds them.

// lookFor is how long a device is waited for.
const lookFor = 8 * time.Second

// Devices looks at everything at once that there is to be.
func (n newcomer) Devices(ctx context.Context) []welcome.Device {
	s := n.present()
	at := map[string]string{
		doctor.NameSettlement: s.settlement, doctor.NameCamera: s.camera, doctor.NameSensor: s.sensor,
		doctor.NameReader: s.reader, doctor.NamePrinter: s.printerAddress, doctor.NameImager: s.imager,
	}
	var checks []doctor.Check
	for _, c := range s.partChecks(doctor.EnrolledAs(n.credentials(ctx)), false) {
		if c.Limit = lookFor; at[c.Name] != "" { // else there is to be none
			checks = append(checks, c)
		}
	}
	var list []welcome.Device
	for _, f := range doctor.Run(ctx, checks) {
		if f.State != doctor.OK {
			n.log.WarnContext(ctx, "not well at the first run", "device", f.Check, "state", string(f.State), "found", f.Found, "do", f.Do, "error", f.Facts["error"])
		}
		list = append(list, welcome.Device{
			ID: f.Check, Detail: configuration.Redacted(at[f.Check]), Needed: f.Check == doctor.NameSettlement,
			Good: f.State != doctor.Bad, Doubt: f.State == doctor.Warning,
		})
	}
	return list
}

// credentials are what the token holds, with settlement's certificate if the authority has
// it by now. nil says that there is none, which is logged.
func (n newcomer) credentials(ctx context.Context) *enrolment.Credentials {
	c, err := enrolment.Load(n.over())
	if err == nil && c.Settlement == nil {
		c, err = enrolment.FetchSettlement(ctx, n.over(), c, enrolment.Options{AuthorityURL: n.authority, Log: n.log})
		if err == nil && c.Settlement == nil {
			err = errNoSettlement
		}
	}
	if err != nil {
		n.log.WarnContext(ctx, "settlement's certificate not there", "error", err.Error())
		return nil
	}
	return c
}

// present are the settings with what was told by now, and the devices that are there by
// now where nobody has said where they are.
func (n newcomer) present() settings {
	n.telling.Lock()
	defer n.telling.Unlock()
	for key, device := range found(devicesFolder) {
		if from := n.origins[key].From; from == configuration.Default || from == configuration.Found {
			*n.place(key), n.origins[key] = device.Text, device.Origin
		}
	}
	return n.settings
}

// place is where a device's setting is.
func (s *settings) place(key string) *string {
	return map[string]*string{"camera": &s.camera, "sensor": &s.sensor, "imager": &s.imager, "printer": &s.printerAddress, "reader": &s.reader}[key]
}

// keepFound keeps the devices that were found and are there still, so that the till tells
// when one of them is missing.
func (n newcomer) keepFound() error {
	kept := map[string]string{}
	for _, r := range roles {
		if from := n.origins[r.key]; from.From == configuration.Found {
			if _, err := os.Stat(from.At); err == nil {
				kept[r.key] = *n.place(r.key)
			}
		}
	}
	return n.keep(kept)
}
