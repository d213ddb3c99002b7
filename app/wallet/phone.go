package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"countersign/app/wallet/client/session"
	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
)

// phone is what every command opens: the trusted application, in a process of its
// own, and a session with it. No key, PIN or token is in this process.
type phone struct {
	log      *slog.Logger
	closeLog func() error
	record   *record
	keeper   *session.Keeper
	trusted  *commands.Client

	// told is called when the trusted application has ended or was started again,
	// and announced with lines of the trusted screen; both before openPhone returns
	// or not at all.
	told      func(context.Context, session.State)
	announced io.Writer
	// tapped takes what happened to the virtual card; nil where nobody looks.
	tapped func(purse.Event)
}

// How the trusted application is kept.
const (
	restarts      = 5
	restartsIn    = 10 * time.Minute
	firstRestart  = 100 * time.Millisecond
	openingPhone  = time.Minute
	closingPhone  = 10 * time.Second
	dialTimeout   = 10 * time.Second
	trustedGrace  = 5 * time.Second
	describeAgain = 10 * time.Second
)

// openPhone starts the trusted application with more flags than the settings say.
func (s *settings) openPhone(ctx context.Context, errOut io.Writer, p *phone, more ...string) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.log, p.closeLog, err = s.logger(errOut); err != nil {
		return err
	}
	programs, err := s.programs()
	if err != nil {
		return err
	}
	if p.record, err = openRecord(s.recordFile()); err != nil {
		return err
	}
	reach := newAddresses(s.settlement, s.authority, (&net.Dialer{Timeout: dialTimeout}).DialContext)
	options := clientapi.Options{
		Environment: programs.environment, Trusted: append([]string{programs.trusted}, append(s.trustedFlags(), more...)...),
		Log: p.record.path, Stderr: errOut, Grace: trustedGrace, OnEvent: p.event, Dial: reach.Dial,
	}
	later := &lateInvoker{}
	p.trusted = commands.NewClient(later)
	opening, cancel := context.WithTimeout(ctx, openingPhone)
	defer cancel()
	p.keeper, err = session.Open(opening, session.Options{
		Start: func(ctx context.Context) (*clientapi.Context, error) { return clientapi.Initialize(ctx, options) },
		Told:  p.changed, Log: p.log, Most: restarts, Within: restartsIn, First: firstRestart,
	})
	if err != nil {
		return err
	}
	later.set(p.keeper)
	described, err := p.trusted.Describe(opening)
	if err == nil {
		reach.announce(described.Authority)
	}
	return err
}

// event takes what the trusted side tells.
func (p *phone) event(kind uint32, data []byte) {
	if kind == commands.EventCard {
		p.cardEvent(data)
		return
	}
	if line := p.trusted.Event(kind, data); line != "" && p.announced != nil {
		fmt.Fprintf(p.announced, "{\"trusted\":%s}\n", strings.TrimSpace(line))
	}
}

// changed learns anew what a trusted application has that was started again, and
// hands the news on.
func (p *phone) changed(ctx context.Context, state session.State) {
	if state == session.Serving {
		asking, cancel := context.WithTimeout(ctx, describeAgain)
		defer cancel()
		if _, err := p.trusted.Describe(asking); err != nil {
			p.log.WarnContext(ctx, "the trusted application does not say what it has", "error", err.Error())
		}
	}
	if p.told != nil {
		p.told(ctx, state)
	}
}

func (p *phone) close() error {
	var errs []error
	if p.keeper != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closingPhone)
		defer cancel()
		errs = append(errs, p.keeper.Close(ctx))
	}
	if p.record != nil {
		errs = append(errs, p.record.close())
	}
	if p.closeLog != nil {
		errs = append(errs, p.closeLog())
	}
	return errors.Join(errs...)
}

// withPhone opens the phone for one thing.
func (s *settings) withPhone(ctx context.Context, errOut io.Writer, do func(*phone) error, more ...string) error {
	p := &phone{}
	if err := s.openPhone(ctx, errOut, p, more...); err != nil {
		return err
	}
	return closing(p, func() error { return do(p) })
}

// closing does something with a phone and closes it.
func closing(p *phone, do func() error) (err error) {
	defer func() { err = errors.Join(err, p.close()) }()
	return do()
}

// isFile says whether a program is there.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
