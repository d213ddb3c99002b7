package scene

import (
	"context"
	"fmt"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/forgery"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// submitted is settlement's hearing of a sale.
var submitted = chronicle.Step(settlement, int(steps.Submitted))

// replay: what was paid once is photographed and held to the camera of the next
// sale. It is sealed for the first request, so the terminal cannot even open it,
// and goes on waiting for a payment; nobody else hears of it.
func replay(ctx context.Context, s *Stage) (Ending, error) {
	photograph := make(chan error, 1)
	taking, stop := context.WithCancel(ctx)
	defer stop()
	go func() { photograph <- s.photographPayment(taking) }()
	first, err := s.sale(ctx, sum)
	stop()
	taken := <-photograph
	switch {
	case err != nil:
		return first, err
	case first.How != Approved:
		return first, &Failure{"replay", "the first sale is " + first.String()}
	case taken != nil:
		return first, fmt.Errorf("photographing the payment's code: %w", taken)
	}
	s.do("paid: settlement's number is %s", "已付款：结算编号 %s", first.Reason)
	if err := s.begin(ctx); err != nil {
		return first, err
	}
	if err := s.charge(ctx, sum); err != nil {
		return first, err
	}
	s.do("the photograph of the first payment is held to the camera", "将第一笔支付码的照片对准摄像头")
	s.TerminalEye.Show(s.photograph)
	e, err := s.wait(ctx, "waiting for the terminal to refuse", chronicle.Said(terminal, "code refused"))
	if err != nil {
		return first, err
	}
	ending := Ending{Refused, e.Entry.Text("reason"), terminal}
	if err := s.notice(ctx, s.Terminal); err != nil {
		return ending, err
	}
	if err := s.cancel(ctx); err != nil {
		return ending, err
	}
	if err := s.never("replay", "settlement was sent the replayed payment", submitted); err != nil {
		return ending, err
	}
	return ending, refused("replay", ending, terminal, "other-sale")
}

// photographPayment takes a picture of the phone as soon as it shows a payment's
// code.
func (s *Stage) photographPayment(ctx context.Context) error {
	from := s.Chronicle.Len()
	if _, _, err := s.Chronicle.Wait(ctx, from, chronicle.WithControl(phone, "code", "showing")); err != nil {
		return err
	}
	picture, err := s.Phone.Photograph(ctx)
	if err != nil {
		return err
	}
	if _, err := forgery.Read(picture, protocol.PrefixPayment); err != nil {
		return err
	}
	s.photograph = picture
	return nil
}

// alteredAmount: a cheat between the two screens changes the amount that the
// phone is asked for. The terminal's signature does not hold for it.
func alteredAmount(ctx context.Context, s *Stage) (Ending, error) {
	return s.forged(ctx, "altered-amount", func(genuine string) (string, error) {
		s.do("on its way to the phone the amount is altered to a tenth", "传到手机途中，金额被改为十分之一")
		return forgery.Alter(genuine, Sum/10)
	})
}

// foreignTerminal: a stranger's terminal says everything that the shop's does, on its
// screen and, where the phone has a radio, by its reader. The owner's authority has
// not certified it.
func foreignTerminal(ctx context.Context, s *Stage) (Ending, error) {
	var imitated string
	ending, err := s.forged(ctx, "foreign-terminal", func(genuine string) (string, error) {
		s.do("a stranger's terminal shows the same request, certified by a stranger's authority", "另一认证中心的终端显示同样的收款请求")
		imitated = genuine
		return forgery.Imitate(genuine, time.Now())
	})
	if err != nil || s.Air == nil {
		return ending, err
	}
	return ending, s.foreignReader(ctx, imitated)
}

// forged shows the phone something else than the terminal's request. The phone
// must refuse it, and the terminal must never see a payment.
func (s *Stage) forged(ctx context.Context, scene string, forge func(genuine string) (string, error)) (Ending, error) {
	if err := s.begin(ctx); err != nil {
		return Ending{}, err
	}
	s.PhoneEye.Cover()
	if err := s.charge(ctx, sum); err != nil {
		return Ending{}, err
	}
	picture, err := s.Terminal.Photograph(ctx)
	if err != nil {
		return Ending{}, err
	}
	genuine, err := forgery.Read(picture, protocol.PrefixRequest)
	if err != nil {
		return Ending{}, fmt.Errorf("reading the terminal's code: %w", err)
	}
	text, err := forge(genuine)
	if err != nil {
		return Ending{}, err
	}
	shown, err := forgery.Draw(text)
	if err != nil {
		return Ending{}, err
	}
	s.PhoneEye.Show(shown)
	if err := s.scan(ctx); err != nil {
		return Ending{}, err
	}
	e, err := s.only(ctx, "waiting for the phone to refuse", chronicle.Any(ended, chronicle.OnScreen(phone, "confirm")))
	if err != nil {
		return Ending{}, err
	}
	if e.Entry == nil {
		return Ending{}, &Failure{scene, "the phone offered the forged request to its owner"}
	}
	ending := s.ending(e)
	if _, err := s.only(ctx, "waiting for the phone's words", chronicle.OnScreen(phone, "ended")); err != nil {
		return ending, err
	}
	if err := s.never(scene, "the terminal read a payment", chronicle.Step(terminal, int(steps.PaymentRead))); err != nil {
		return ending, err
	}
	if err := s.cancel(ctx); err != nil {
		return ending, err
	}
	return ending, refused(scene, ending, phone, "not-genuine")
}
