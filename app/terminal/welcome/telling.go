package welcome

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file is what the first run is told, and how it goes back to it.

// TellAuthority takes the authority's address and goes on to the code, or to the enrolment
// where there is one already. "https://" may be left out. Errors: ErrAddress.
func (w *Wizard) TellAuthority(text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtAuthority); err != nil {
		return err
	}
	address, err := Address(text)
	if err != nil {
		return err
	}
	told, next := w.told, AtCode
	told.Authority = address
	if told.Code != "" {
		next = AtEnrolment
	}
	return w.keep(told, next)
}

// Address completes an authority's address as people type it. Errors: ErrAddress.
func Address(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	at, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || !strings.EqualFold(at.Scheme, "https") || at.Hostname() == "" || at.User != nil || at.RawQuery != "" || at.ForceQuery || at.Fragment != "" {
		return "", fmt.Errorf("%w: %q", ErrAddress, text)
	}
	return at.String(), nil
}

// TellCode takes the enrolment code and goes on to the enrolment. It is what a code reads
// as, in capitals or not, and with the spaces that pasting and folding bring. Errors:
// enrolment.ErrCode, ErrCodeRole: for something else than a terminal.
func (w *Wizard) TellCode(text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtCode); err != nil {
		return err
	}
	code, err := checkCode(text)
	if err != nil {
		return err
	}
	told := w.told
	told.Code = code
	return w.keep(told, AtEnrolment)
}

// TellSettlement takes settlement's address and goes on to the account. "https://" may be
// left out. Errors: ErrAddress.
func (w *Wizard) TellSettlement(ctx context.Context, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtSettlement); err != nil {
		return err
	}
	address, err := Address(text)
	if err != nil {
		return err
	}
	shop := w.terminal.Shop()
	shop.Settlement = address
	if err := w.terminal.KeepShop(shop); err != nil {
		return err
	}
	if w.asks.Merchant == "" {
		w.at = AtMerchant // also where it was told before: it may be what was wrong
		return nil
	}
	return w.onward(ctx)
}

// TellMerchant takes the reference of the account that sales are credited to. Errors:
// ErrMerchant.
func (w *Wizard) TellMerchant(ctx context.Context, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtMerchant); err != nil {
		return err
	}
	shop := w.terminal.Shop()
	shop.Merchant = strings.TrimSpace(text)
	if !IsMerchant(shop.Merchant) {
		return fmt.Errorf("%w: %q", ErrMerchant, text)
	}
	if err := w.terminal.KeepShop(shop); err != nil {
		return err
	}
	return w.onward(ctx)
}

// IsAddress says whether a text that a camera or an imager has read is the whole address of
// a server.
func IsAddress(text string) bool {
	if scheme, _, found := strings.Cut(strings.TrimSpace(text), "://"); !found || !strings.EqualFold(scheme, "https") {
		return false
	}
	_, err := Address(text)
	return err == nil
}

// MaxMerchant is the longest reference, bytes (protocol.Request).
const MaxMerchant = 16

// IsMerchant says whether a text can be the reference of an account.
func IsMerchant(text string) bool {
	odd := func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }
	return text != "" && len(text) <= MaxMerchant && utf8.ValidString(text) && !strings.ContainsFunc(text, odd)
}

// onward goes on to what is not done yet.
func (w *Wizard) onward(ctx context.Context) error {
	next, err := w.settled(ctx)
	if err == nil {
		w.at = next
	}
	return err
}

// Back goes back to what was told before, as far as it can still be told otherwise: not
// behind a complete enrolment, and from the devices only to the shop.
func (w *Wizard) Back() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, can := w.before()
	if can {
		w.at = at
	}
	return can
}

// CanGoBack says whether Back would go anywhere.
func (w *Wizard) CanGoBack() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, can := w.before()
	return can
}

// before is the step that Back leads to.
func (w *Wizard) before() (Step, bool) {
	asksSettlement, asksMerchant := w.asks.Settlement == "", w.asks.Merchant == ""
	switch w.at {
	case AtAuthority, AtCode, AtEnrolment:
		return w.at - 1, true
	case AtMerchant:
		return AtSettlement, asksSettlement
	case AtManager:
		if asksMerchant {
			return AtMerchant, true
		}
		return AtSettlement, asksSettlement
	case AtDevices:
		if asksSettlement {
			return AtSettlement, true
		}
		return AtMerchant, asksMerchant
	}
	return w.at, false
}

// BackTo goes back to the authority's address or to the code after an enrolment has failed.
func (w *Wizard) BackTo(step Step) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at != AtEnrolment || step != AtAuthority && step != AtCode {
		return false
	}
	w.at = step
	return true
}
