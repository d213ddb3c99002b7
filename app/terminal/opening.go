package main

import (
	"context"
	"errors"
	"time"

	"countersign/app/terminal/logbook"
	"countersign/devices/camera"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/imager"
	"countersign/devices/secureunit"
	"countersign/devices/speaker"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

// This file is what a terminal opens when it starts, and closes in the end.

// openParts opens all that a kiosk needs. Camera, sensor and settlement need not
// be there: the screen tells, and they may come.
func (t *terminal) openParts(ctx context.Context) (err error) {
	if err := t.openBooks(ctx); err != nil {
		return err
	}
	if err := t.openStaff(ctx); err != nil {
		return err
	}
	if err := t.openLog(ctx); err != nil {
		return err
	}
	if err := t.openPrinter(ctx); err != nil {
		return err
	}
	t.openImager()
	t.speaker = speaker.Open(ctx, speaker.Settings{Sounds: true, Speech: true, Log: t.log})
	if t.lens, err = camera.Open(ctx, camera.Settings{Address: t.camera, Mirror: true}); err != nil {
		return err
	}
	t.extractor = extraction.New()
	t.glass = fingerprint.NewReader(fingerprint.Settings{Port: t.sensor}, t.extractor, minutiae.Large)
	return t.openRadio(ctx)
}

// openBooks opens what ties the terminal's records to settlement: token, papers,
// journal and client.
func (t *terminal) openBooks(ctx context.Context) (err error) {
	if t.unit == nil {
		if t.unit, err = secureunit.Open(ctx, t.SecureUnit()); err != nil {
			return err
		}
	}
	over := enrolment.Over(t.unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	credentials, err := enrolment.Load(over)
	if err != nil {
		return err
	}
	options := enrolment.Options{AuthorityURL: t.authority, Log: t.log}
	if credentials.Settlement == nil { // enrolled before there was a settlement server
		if credentials, err = enrolment.FetchSettlement(ctx, over, credentials, options); err != nil {
			return err
		}
		if credentials.Settlement == nil {
			return errNoSettlement
		}
	}
	t.papers = enrolment.NewMaintainer(over, credentials, options)
	signer, err := t.unit.Signer(secureunit.Signing)
	if err != nil {
		return err
	}
	anchors, err := anchorsOf(signer)
	if err != nil {
		return err
	}
	t.allowOpening(ctx)
	if t.journal, err = t.openJournal(ctx, t.log, anchors); err != nil {
		return err
	}
	t.client, err = settlementclient.New(settlementclient.Options{
		URL: t.settlement, TLS: t.papers.ClientTLS(protocol.RoleSettlement),
		Trust: papers{t.papers}.Trust, Certificate: papers{t.papers}.Certificate,
	})
	return err
}

// openLog opens what is derived from the journal: the log's index, and the reports.
func (t *terminal) openLog(ctx context.Context) (err error) {
	if t.logbook, err = logbook.Open(ctx, t.logbookFile(), t.journal, logbook.Options{Location: time.Local, Log: t.log}); err != nil {
		return err
	}
	t.books, err = t.openReports(ctx)
	return err
}

// openImager has a hand-held imager read codes, if there is to be one: payment codes for
// the sale that waits for one, and between sales what stands on goods.
func (t *terminal) openImager() {
	if t.imager == "" {
		return
	}
	t.handed = make(chan error, 1)
	t.hand = imager.New(imager.Settings{
		Port: t.imager,
		Changed: func(err error) {
			select { // the newest is what counts
			case <-t.handed:
			default:
			}
			t.handed <- err
		},
		Unclaimed: func(text string) { t.front.Goods(text) }, // it reads once the window is there
	})
}

// close closes what openParts opened, last first.
func (t *terminal) close() error {
	var errs []error
	if t.paper != nil {
		errs = append(errs, t.paper.Close())
	}
	if t.speaker != nil {
		t.speaker.Close()
	}
	if t.logbook != nil { // before the journal, which it follows
		errs = append(errs, t.logbook.Close())
	}
	if t.radio != nil {
		errs = append(errs, t.radio.Close())
	}
	if t.glass != nil {
		errs = append(errs, t.glass.Close(), t.extractor.Close())
	}
	if t.lens != nil {
		errs = append(errs, t.lens.Close())
	}
	if t.client != nil {
		t.client.Close()
	}
	if t.people != nil {
		errs = append(errs, t.people.Close())
	}
	if t.journal != nil {
		errs = append(errs, t.journal.Close())
	}
	if t.unit != nil {
		errs = append(errs, t.unit.Close())
	}
	return errors.Join(errs...)
}
