package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"

	"countersign/app/program"
	customerscreens "countersign/app/terminal/customer/screens"
	"countersign/app/terminal/pricelist"
	"countersign/app/terminal/screens"
	"countersign/devices/printer/escpos"
)

// counter registers the flags of run that say how the shop works.
func (s *settings) counter(flags *flag.FlagSet) {
	flags.BoolVar(&s.cash, "cash", false, "take cash too, in one till")
	flags.StringVar(&s.itemsFile, "items", "", "`file` of the shop's items, CSV with a line of names: group,name,price,tax,code")
	flags.StringVar(&s.keyedTax, "keyed-tax", "0", "the tax that is in a price that was keyed, in `per cent`")
	flags.StringVar(&s.tipList, "tips", "", "`per cents` that a customer is offered as a tip, at most four: 5,10,15")
	flags.BoolVar(&s.training, "training", false, "a till to learn on: nothing that happens there is true or leaves this machine")
	flags.StringVar(&s.shopName, "shop-name", "Training", "the shop's `name` while training; else the certificate has it")
	flags.StringVar(&s.layout, "layout", string(screens.LayoutCounter), "counter, where a cashier stands, or one-screen, where customers stand alone: `layout`")
	flags.StringVar(&s.customer, "customer-display", "", "a second window for the customer, on the second monitor, on the one with a point of the desktop (1920,0), or any: second, X,Y or window, its `place`")
	flags.DurationVar(&s.lockAfter, "lock-after", 0, "`time` without a touch after which the cashier's window locks; 0 for never")
	flags.StringVar(&s.imager, "imager", "", "serial `port` of a hand-held imager")
	flags.StringVar(&s.printerAddress, "printer", "", "receipt printer: serial:PORT?baud=N, usb:DEVICE or tcp:HOST, its `address`; empty for none")
	flags.StringVar(&s.printerProfile, "printer-profile", "", "its `kind`: "+strings.Join(profiles(), ", "))
	flags.IntVar(&s.drawerPin, "drawer-pin", 2, "`pin` of the printer's drawer connector that opens the cash drawer: 2 or 5")
	flags.StringVar(&s.drawerSwitch, "drawer-switch", "high", "`level` of the drawer's switch while it is open: high or low")
	flags.BoolVar(&s.autoPrint, "print", false, "print every receipt without being asked")
	flags.StringVar(&s.shopLines, "shop-lines", "", "`lines` below the shop's name on receipts, | between them")
	flags.StringVar(&s.taxNumber, "tax-number", "", "the shop's tax `number` on receipts")
	flags.StringVar(&s.footLines, "foot-lines", "", "`lines` at the end of receipts, | between them")
	flags.BoolVar(&s.sounds, "sounds", true, "sounds for approved, refused and attention; can be changed at the till")
	flags.BoolVar(&s.speech, "speech", false, "speak to customers who cannot see the screen; can be changed at the till")
	flags.Float64Var(&s.textScale, "text-scale", 1, "size of text, 1 to 2; can be changed at the till")
	flags.Float64Var(&s.patience, "patience", 1, "by what waits are multiplied for people who need longer, 1 to 5")
}

func profiles() (names []string) {
	for _, p := range escpos.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

// checkCounter reads them.
func (s *settings) checkCounter() (err error) {
	if s.itemsFile != "" {
		if s.items, err = pricelist.Read(s.itemsFile, s.currency); err != nil {
			return program.Usagef("--items: %w", err)
		}
	}
	if s.keyedTaxRate, err = pricelist.Rate(s.keyedTax); err != nil {
		return program.Usagef("--keyed-tax: %w", err)
	}
	for text := range strings.SplitSeq(s.tipList, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		percent, err := strconv.ParseUint(text, 10, 7)
		if err != nil || percent < 1 || percent > 50 || len(s.tips) == 4 {
			return program.Usagef("--tips takes at most four numbers from 1 to 50, not %q", s.tipList)
		}
		s.tips = append(s.tips, int(percent))
	}
	if s.customer != "" {
		if err := (customerscreens.Window{Place: s.customer}).Check(); err != nil {
			return program.Usagef("--customer-display: %w", err)
		}
	}
	switch {
	case s.layout != string(screens.LayoutCounter) && s.layout != string(screens.LayoutOneScreen):
		return program.Usagef("--layout is counter or one-screen, not %q", s.layout)
	case s.lockAfter < 0:
		return program.Usagef("--lock-after takes a time")
	case s.textScale < 1 || s.textScale > 2:
		return program.Usagef("--text-scale takes 1 to 2")
	case s.patience < 1 || s.patience > 5:
		return program.Usagef("--patience takes 1 to 5")
	}
	if err := s.checkPrinter(); err != nil {
		return err
	}
	if s.shopAddress, err = lines(s.shopLines); err != nil {
		return program.Usagef("--shop-lines: %w", err)
	}
	if s.footer, err = lines(s.footLines); err != nil {
		return program.Usagef("--foot-lines: %w", err)
	}
	return nil
}

// checkPrinter reads what kind of printer there is, and how its drawer is wired.
func (s *settings) checkPrinter() (err error) {
	if s.profile, err = escpos.ByName(s.printerProfile); err != nil {
		return program.Usagef("--printer-profile: %w", err)
	}
	if s.drawerSwitch != "high" && s.drawerSwitch != "low" {
		return program.Usagef("--drawer-switch is high or low, not %q", s.drawerSwitch)
	}
	if s.profile, err = s.profile.WithDrawer(s.drawerPin, s.drawerSwitch == "low"); err != nil {
		return program.Usagef("--drawer-pin: %w", err)
	}
	return nil
}

// lines reads a few lines of a receipt.
func lines(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	list := strings.Split(text, "|")
	if len(list) > 6 {
		return nil, fmt.Errorf("%d lines, more than 6", len(list))
	}
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list, nil
}
