package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/terminal/training"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// learner is a till to learn on as the cashier's window sees it.
type learner struct {
	*training.Training
	log *slog.Logger
}

// SellForCash sells for made-up notes.
func (l learner) SellForCash(b sale.Bill, given protocol.Amount) error {
	_, err := l.PayCash(b, given)
	return err
}

// Acts are what the customer could do now.
func (l learner) Acts(v sale.View) (acts []screens.Act) {
	for _, a := range l.Training.Acts(v) {
		acts = append(acts, screens.Act(a))
	}
	return acts
}

// Play has the customer do it.
func (l learner) Play(a screens.Act) { l.Training.Play(training.Act(a)) }

// open runs the kiosk, and goes on as the program that training was begun or ended as.
func open(ctx context.Context, args []string, out, errOut io.Writer) error {
	t := &terminal{}
	if err := t.run(ctx, args, out, errOut); err != nil || t.next == nil || ctx.Err() != nil {
		return err
	}
	if err := goOn(t.next); err != nil {
		return fmt.Errorf("go on as %s: %w", strings.Join(t.next, " "), err)
	}
	return nil
}

// beginTraining ends the window, and then this program goes on as a till to learn on, with
// the same flags: a process of its own, that has no token, no journal and no connection of
// this one. It is an intent of the window's, and returns at once. Errors: sale.ErrSaleOpen
// while a sale is in front.
func (t *terminal) beginTraining() error { return t.turn(t.till.View, t.front, true) }

// BeginTraining is the manager's pages' intent for it.
func (b backoffice) BeginTraining(context.Context) error {
	if err := b.may(office.ToTrain); err != nil {
		return err
	}
	return b.beginTraining()
}

// turn ends the window for a program that trains, or for one that does not.
func (t *terminal) turn(view func() sale.View, window interface{ Quit() }, train bool) error {
	if v := view(); v.Stage != sale.Idle {
		return fmt.Errorf("%w: number %d", sale.ErrSaleOpen, v.Number)
	}
	t.next = trainingArgs(os.Args, train)
	if !train { // also where a file says that it trains
		t.next = append(t.next, "--training=false")
	}
	window.Quit()
	return nil
}

// couldSell says whether the program was given what it needs when it does not train.
func (t *terminal) couldSell() bool {
	s := t.settings
	s.training, s.amounts = false, nil
	return s.checkKiosk() == nil
}

// trainingArgs are a program's arguments with --training, or without.
func trainingArgs(args []string, train bool) []string {
	next := slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		return name == "-training" || name == "training" && arg[0] == '-'
	})
	if train {
		next = append(next, "--training")
	}
	return next
}

// learn opens the window on a till whose customer, phone and settlement are made up. It
// opens no token, no journal but its own, no device and no connection.
func (t *terminal) learn(ctx context.Context, out io.Writer) (err error) {
	if err := t.loadPreferences(); err != nil {
		return err
	}
	settings := sale.Defaults()
	settings.Currency, settings.Fallback, settings.PINMost = protocol.Currency(t.currency), t.fallback, t.pinLimit
	settings.Life, settings.FingerWait = t.settings.life, t.fingerWait
	till, err := training.Open(ctx, training.Options{Dir: t.Data, Settings: settings, Show: t.views.show, Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, till.Close()) }()
	l := learner{till, t.log}
	var announce io.Writer
	if t.announce {
		announce = out
	}
	look := widgets.Window{Width: t.width, Height: t.height, FullScreen: t.fullScreen, Announce: announce, Appearance: t.appearance(), Attend: t.supervised}
	setup := screens.Setup{
		Shop: t.shopName, Currency: t.currency, Quick: t.amounts, Language: t.preferred.Load().Language,
		Life: settings.Life, FingerWait: settings.FingerWait, Now: time.Now, Layout: screens.Layout(t.layout),
		Items: offered(t.items), KeyedTax: t.keyedTaxRate, Tips: t.tips, Cash: l, Training: l,
		Recent: func(most int) []screens.Recent { return l.recent(most) },
	}
	if t.couldSell() {
		setup.EndTraining = func() error { return t.turn(l.View, t.front, false) }
	}
	return screens.Run(ctx, look, setup, l, func(k *screens.Kiosk) func() {
		t.front = k
		t.views.add(k.Show)
		k.Show(till.View())
		return func() {}
	})
}

// recent are the last sales that were played.
func (l learner) recent(most int) (list []screens.Recent) {
	entries, err := l.Last(most)
	if err != nil {
		l.log.Error("last training sales not read", "error", err.Error())
	}
	for _, e := range entries {
		list = append(list, screens.Recent{
			Number: e.Sale, At: e.At, Ending: e.Ending, Rail: e.Rail(), Reason: e.Reason,
			Amount: money.Amount{Minor: int64(e.Amount), Currency: money.Currency(e.Currency)},
		})
	}
	return list
}
