package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/scene"
	"countersign/app/demo/shop"
	"countersign/app/demo/world"
	"countersign/app/program/subprocess"
)

// errClosed says that a person closed one of the windows.
var errClosed = errors.New("a window was closed")

// patience is how long a scene that is played without a person may take. It ends what
// hangs: a machine that is busy with much else takes a minute for what takes it ten
// seconds alone.
const patience = 4 * time.Minute

// mourning is how long a program may take to end after its window has gone.
const mourning = 5 * time.Second

// play sets everything up, plays, takes everything down again, and returns the
// exit status.
func (s *settings) play(ctx context.Context) (code int, err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var t theatre
	defer func() { err = errors.Join(err, t.close()) }()
	began := time.Now()
	if err := t.open(ctx, s, fail); err != nil {
		return 0, because(ctx, err)
	}
	t.teller.enrolled()
	t.teller.note(fmt.Sprintf(ready[s.language], time.Since(began).Seconds()))
	if !s.alone() {
		return 0, because(ctx, s.byHand(ctx, &t))
	}
	for _, c := range s.chosen {
		if s.scene != "" {
			fmt.Fprintf(s.stdout, "%s: %s\n", c.Name, c.About)
		}
		ending, err := t.play(ctx, c)
		if err != nil {
			return 0, because(ctx, err)
		}
		if fmt.Fprintln(s.stdout, ending); ending.How != scene.Approved {
			code = 1
		}
	}
	return code, nil
}

// play plays one scene, and checks settlement's books after it.
func (t *theatre) play(ctx context.Context, c scene.Scene) (ending scene.Ending, err error) {
	ctx, stop := context.WithTimeoutCause(ctx, patience, fmt.Errorf("scene %s has not ended after %v", c.Name, patience))
	defer stop()
	var hands sync.WaitGroup
	fingers, lift := context.WithCancel(ctx)
	defer hands.Wait()
	defer lift()
	finger := t.stage.Owner
	switch c.Finger {
	case world.Stranger:
		finger = t.stage.Stranger
	case world.Unlaid:
		finger = nil
	}
	hands.Go(func() { t.stage.Hands(fingers, finger) })
	if err := t.setTerminal(ctx, c); err != nil {
		return ending, because(ctx, err)
	}
	ending, err = c.Play(ctx, &t.stage)
	if errors.Is(err, display.ErrWindowGone) {
		// Its program has died or was closed; whoever watches it knows in a moment.
		select {
		case <-ctx.Done():
		case <-time.After(mourning):
		}
	}
	t.teller.catchUp()
	t.teller.end()
	if err != nil {
		return ending, because(ctx, err)
	}
	t.gallery.catchUp(ctx)
	if err := t.shop.Proof(ctx); err != nil {
		return ending, &scene.Failure{Scene: c.Name, Why: fmt.Sprintf("settlement's books do not hold: %v", err)}
	}
	return ending, nil
}

// byHand lets a person play until a window is closed.
func (s *settings) byHand(ctx context.Context, t *theatre) error {
	fmt.Fprintln(s.stdout, hint[s.language])
	fmt.Fprintf(s.stdout, pinHint[s.language]+"\n", scene.PINMost, ownerPIN)
	if t.stage.Air != nil {
		fmt.Fprintln(s.stdout, tapHint[s.language])
	}
	scene.Person(ctx, &t.stage)
	return context.Cause(ctx)
}

// ready says that everybody is set up.
var ready = map[string]string{"en": "everybody is set up, %.1f s after the start", "zh": "各方已就绪，启动后 %.1f 秒"}

// hint tells a person what to do.
var hint = map[string]string{
	"en": "Terminal: key an amount and press Charge. Phone: press Scan to pay, pick an account and pay; it sees the terminal's screen, and the terminal sees the phone's.\n" +
		"When a screen asks for the finger it is laid on the sensor for you. Close a window to end.",
	"zh": "终端：输入金额并按收款。手机：按“扫码付款”，选择账户并支付；手机与终端的摄像头互相可见对方屏幕。\n" +
		"屏幕提示按指纹时，手指会自动放到采集器上。关闭任一窗口即结束。",
}

// pinHint tells a person how to pay without a finger, and the PIN.
var pinHint = map[string]string{
	"en": "Up to CNY %s the phone's PIN serves where no finger can be read; its secure screen takes %s.",
	"zh": "金额不超过 CNY %s 且指纹无法读取时，可用手机密码付款；安全屏幕的密码是 %s。",
}

// tapHint tells a person how to tap.
var tapHint = map[string]string{
	"en": "Or by tap: on the phone open the virtual card and press Tap to pay.",
	"zh": "或碰一碰：在手机上打开虚拟卡，按“碰一碰付款”。",
}

// because is what ended the context, if that is why err came about.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w (%w)", cause, err)
	}
	return err
}

// watch ends everything when a program ends that was to stay.
func watch(ctx context.Context, ended <-chan *subprocess.Program, fail context.CancelCauseFunc) {
	for {
		select {
		case p := <-ended:
			if p.Closed() && (p.Name() == shop.Terminal+" run" || p.Name() == shop.Wallet+" run") {
				fail(errClosed)
				return
			}
			if err := p.Err(); err != nil {
				fail(err)
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// newChronicle is one by the machine's clock.
func newChronicle() *chronicle.Chronicle { return chronicle.New(time.Now) }
