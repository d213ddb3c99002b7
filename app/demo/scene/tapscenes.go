package scene

import (
	"context"
	"fmt"

	"countersign/app/demo/chronicle"
	"countersign/devices/contactless/virtualcard"
	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/steps"
)

// begun is a sale by tap up to the phone's being held to the reader.
func (s *Stage) begun(ctx context.Context, keys []string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.charge(ctx, keys); err != nil {
		return err
	}
	return s.offered(ctx)
}

// tornTap: the phone is taken away while its answer to PAY is on the way. It has
// deducted; the terminal does not know. Held again it says so once more, and deducts
// nothing.
func tornTap(ctx context.Context, s *Stage) (Ending, error) {
	before, err := s.Books.Card(ctx)
	if err != nil {
		return Ending{}, err
	}
	if err := s.begun(ctx, sum); err != nil {
		return Ending{}, err
	}
	s.Air.CutWithin(protocol.TapInsPay)
	if err := s.holdPhone(ctx); err != nil {
		return Ending{}, err
	}
	if _, err := s.only(ctx, "waiting for the tap to be torn", chronicle.Any(torn, endedHere, taken)); err != nil {
		return Ending{}, err
	}
	if err := s.never("torn-tap", "the terminal has the whole answer", taken); err != nil {
		return Ending{}, err
	}
	if _, err := s.only(ctx, "waiting for the terminal to ask for the same phone", chronicle.OnScreen(terminal, "torn")); err != nil {
		return Ending{}, err
	}
	s.do("the phone was taken away too early: the card has deducted, the terminal has half an answer; it asks for the same phone", "手机拿开过早：卡已扣减，终端只收到一半应答；终端请同一手机再次靠近")
	if err := s.holdAgain(ctx); err != nil {
		return Ending{}, err
	}
	told, err := s.only(ctx, "waiting for the phone to tell what became of the tap", chronicle.Said(phone, "torn tap recovered"))
	if err != nil {
		return Ending{}, err
	}
	if got := told.Entry.Text("status"); got != "deducted" {
		return Ending{}, &Failure{"torn-tap", "the phone says that the torn tap was " + got}
	}
	ending, err := s.credited(ctx)
	if err != nil {
		return ending, err
	}
	after, err := s.Books.Card(ctx)
	if err != nil {
		return ending, err
	}
	if after.Deducted-before.Deducted != Sum {
		return ending, &Failure{"torn-tap", fmt.Sprintf("the card was charged %d, not once %d", after.Deducted-before.Deducted, Sum)}
	}
	s.do("one deduction of %d.%02d, at card, terminal and settlement", "卡、终端、结算三方一致：只扣减一次 %d.%02d", Sum/100, Sum%100)
	return ending, nil
}

// wrongApplication: readers in the street ask the armed phone for other applications,
// and hear 6A82 and nothing else (S3). Then a card that has another application is held
// to the terminal, which finds none of ours on it.
func wrongApplication(ctx context.Context, s *Stage) (Ending, error) {
	if err := s.begin(ctx); err != nil {
		return Ending{}, err
	}
	s.do("the phone comes before a reader that asks for other applications", "手机靠近一个选择其他应用的读卡器")
	reader, err := s.strangersReader(ctx)
	if err != nil {
		return Ending{}, err
	}
	ours := protocol.TapApplication()
	for _, name := range [][]byte{[]byte("\xf0OTHER1"), ours[:len(ours)-1], append(protocol.TapApplication(), 'X'), []byte("\xa0\x00\x00\x00\x03\x10\x10"), []byte("2PAY.SYS.DDF01")} {
		r, err := reader.send(ctx, iso7816.Select(name))
		if err != nil {
			return Ending{}, err
		}
		if r.SW != iso7816.NotFound || len(r.Data) > 0 {
			return Ending{}, &Failure{"wrong-application", fmt.Sprintf("asked for % X the phone answers %04X and %d bytes", name, uint16(r.SW), len(r.Data))}
		}
		s.do("SELECT % X: %04X and nothing else", "SELECT % X：%04X，别无他物", name, uint16(r.SW))
	}
	if err := reader.leave(ctx); err != nil {
		return Ending{}, err
	}
	if err := s.never("wrong-application", "the phone took another name for its own", chronicle.Tap(phone, int(steps.TapMatched))); err != nil {
		return Ending{}, err
	}
	if err := s.begun(ctx, sum); err != nil {
		return Ending{}, err
	}
	s.do("a card with another application is held to the terminal", "一张装有其他应用的卡靠近终端")
	card, err := virtualcard.Attach(ctx, s.Field, virtualcard.Options{Handler: func(context.Context, []byte) []byte {
		return []byte{0x6A, 0x82}
	}})
	if err != nil {
		return Ending{}, err
	}
	e, err := s.only(ctx, "waiting for the terminal to find no application of ours", chronicle.Any(notTaken, taken, endedHere))
	if left := card.Close(); err == nil {
		err = left
	}
	if err != nil {
		return Ending{}, err
	}
	ending := Ending{Refused, e.Entry.Text("reason"), terminal}
	if err := s.notice(ctx, s.Terminal); err != nil {
		return ending, err
	}
	if err := s.cancel(ctx); err != nil {
		return ending, err
	}
	if err := s.never("wrong-application", "the terminal asked the card for its number", chronicle.Tap(terminal, int(steps.TapAsked))); err != nil {
		return ending, err
	}
	return ending, refused("wrong-application", ending, terminal, "tap-not-ours")
}

// overdraw: the card says that it does not hold so much, signed, and deducts nothing.
// A smaller sum passes.
func overdraw(ctx context.Context, s *Stage) (Ending, error) {
	if err := s.begun(ctx, tooMuch); err != nil {
		return Ending{}, err
	}
	if err := s.holdPhone(ctx); err != nil {
		return Ending{}, err
	}
	ending, err := s.tapOutcome(ctx)
	if err != nil {
		return ending, err
	}
	if err := refused("overdraw", ending, phone, "funds"); err != nil {
		return ending, err
	}
	if err := s.notice(ctx, s.Terminal); err != nil {
		return ending, err
	}
	if err := s.cancel(ctx); err != nil {
		return ending, err
	}
	s.do("the cashier keys a smaller sum", "收银员输入较小的金额")
	smaller, err := s.tap(ctx, sum)
	if err != nil {
		return ending, err
	}
	if smaller.How != Approved {
		return ending, &Failure{"overdraw", "the smaller tap is " + smaller.String()}
	}
	s.do("paid: settlement's number is %s", "已付款：结算编号 %s", smaller.Reason)
	return ending, nil
}

// clonedCard: the owner copies the whole phone, secure unit and all, pays, puts the
// copy back, keeps it from settlement, and pays with the same money again. The shop
// cannot tell and is paid both times; settlement sees two deductions with one counter
// when the second is cleared, and blocks the card. The next terminal that knows the
// list refuses it.
func clonedCard(ctx context.Context, s *Stage) (Ending, error) {
	s.do("the owner copies the whole phone", "机主复制整部手机")
	if err := s.Cheat.Copy(ctx); err != nil {
		return Ending{}, err
	}
	for round, say := range [][2]string{
		{"and pays", "付款一次"},
		{"puts the copy back, keeps the phone offline, and pays with the same money again", "恢复副本，使手机离线，再花同一笔钱"},
	} {
		s.do("%s", "%s", map[bool]string{true: say[1], false: say[0]}[s.Language == "zh"])
		if round == 1 {
			s.PhoneLink.Cut()
			defer s.PhoneLink.Mend()
			if err := s.Cheat.PutBack(ctx); err != nil {
				return Ending{}, err
			}
		}
		paid, err := s.tap(ctx, sum)
		if err != nil {
			return paid, err
		}
		if paid.How != Approved {
			return paid, &Failure{"cloned-card", "a tap that was cleared is " + paid.String()}
		}
		forked := s.has(chronicle.Said(terminal, "tap cleared", "forked", "true"))
		if forked != (round == 1) {
			return paid, &Failure{"cloned-card", fmt.Sprintf("settlement says forked %t of tap %d", forked, round+1)}
		}
	}
	book, err := s.Books.Card(ctx)
	if err != nil {
		return Ending{}, err
	}
	if !book.Forked || book.Blocked == "" {
		return Ending{}, &Failure{"cloned-card", fmt.Sprintf("settlement's books have the card as %+v", book)}
	}
	s.do("settlement finds two deductions with one counter: the card is blocked (%s)", "结算服务器发现同一计数的两次扣减：卡被停用（%s）", book.Blocked)
	if _, err := s.only(ctx, "waiting for the terminal's list of blocked cards", chronicle.Said(terminal, "list of blocked cards")); err != nil {
		return Ending{}, err
	}
	if err := s.begun(ctx, sum); err != nil {
		return Ending{}, err
	}
	if err := s.holdPhone(ctx); err != nil {
		return Ending{}, err
	}
	ending, err := s.tapOutcome(ctx)
	if err != nil {
		return ending, err
	}
	if err := s.notice(ctx, s.Terminal); err != nil {
		return ending, err
	}
	if err := s.cancel(ctx); err != nil {
		return ending, err
	}
	if err := s.never("cloned-card", "the terminal asked the blocked card to pay", chronicle.Tap(terminal, int(steps.TapVerified))); err != nil {
		return ending, err
	}
	return ending, refused("cloned-card", ending, terminal, "tap-blocked")
}
