//go:build linux

package main

import (
	"crypto"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	qr "github.com/piglig/go-qr"

	"countersign/devices/camera/virtualcamera"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
	"countersign/settlementclient/enrolment/enrolmenttest"
)

// phone is the screen that a customer holds to the terminal's camera.
type phone struct {
	tb     testing.TB
	camera *virtualcamera.Server
}

func newPhone(tb testing.TB) *phone {
	tb.Helper()
	// A steady hand in good light: how bad it may be is the camera's own test.
	server, err := virtualcamera.Serve(virtualcamera.Light{
		Width: 640, Height: 512, MinModule: 4.5, MaxModule: 5, Roll: 2, Tilt: 2, Noise: 3, Quality: 85, Seed: 1,
	}, virtualcamera.Options{Interval: 50 * time.Millisecond})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &phone{tb, server}
}

// show holds a text to the camera as a QR code. The channel is closed when the
// camera has had a picture of it.
func (p *phone) show(text string) (seen <-chan struct{}) {
	p.tb.Helper()
	screen, pictures, done := symbol(p.tb, text, 4), 0, make(chan struct{})
	p.camera.ShowLive(func() image.Image { // called before each picture, by one goroutine
		switch pictures++; pictures {
		case 1:
			return screen
		case 2:
			close(done)
		}
		return nil
	})
	return done
}

// leave takes the phone away and waits until it is out of view.
func (p *phone) leave() {
	p.tb.Helper()
	select {
	case <-p.show(""):
	case <-time.After(patience):
		p.tb.Fatal("nobody looks through the camera")
	}
}

// symbol draws a text as a QR code with its quiet zone; "" is a dark screen.
func symbol(tb testing.TB, text string, module int) *image.RGBA {
	tb.Helper()
	if text == "" {
		return image.NewRGBA(image.Rect(0, 0, 320, 240))
	}
	segment, err := qr.MakeAlphanumeric(text)
	if err != nil {
		tb.Fatal(err)
	}
	code, err := qr.EncodeSegments([]*qr.QrSegment{segment}, qr.Low, qr.MinVersion, qr.MaxVersion, -1, true)
	if err != nil {
		tb.Fatal(err)
	}
	side := (code.GetSize() + 8) * module
	screen := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(screen, screen.Rect, image.White, image.Point{}, draw.Src)
	for y := range code.GetSize() {
		for x := range code.GetSize() {
			if code.GetModule(x, y) {
				at := image.Pt((x+4)*module, (y+4)*module)
				draw.Draw(screen, image.Rectangle{Min: at, Max: at.Add(image.Pt(module, module))}, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return screen
}

// wallet is a customer: a phone's keys and papers, an account, a finger.
type wallet struct {
	*enrolment.Credentials
	account  protocol.Account
	finger   string // of the prints
	placed   int
	skin     *rand.Rand // how differently it is laid down each time
	enrolled protocol.Template
}

// newWallet takes a customer's finger at the desk, on the shop's sensor, enrols the
// phone with what the desk hands out, and registers an account with money in it.
func (s *shop) newWallet(subject protocol.ID, finger string, byHash bool) *wallet {
	s.tb.Helper()
	w := &wallet{account: protocol.Account("62220202001122" + string(subject[2:])), finger: finger, skin: rand.New(rand.NewPCG(7, 11))}
	reader := fingerprint.NewReader(fingerprint.Settings{Port: s.sensor.Path()}, extraction.Libfprint{}, minutiae.Large)
	s.sensor.Place(fingerImage(s.tb, finger+"_1"))
	template, _, captured, err := reader.Read(s.tb.Context(), nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.sensor.Lift()
	if err := reader.Close(); err != nil {
		s.tb.Error(err)
	}
	w.enrolled = template
	sealed, err := protocol.SealEnrolledTemplate(s.point(), s.desk.Anchor.Authority, subject, w.enrolled)
	if err != nil {
		s.tb.Fatal(err)
	}
	deposit, err := protocol.Sign(s.desk.Signer, protocol.TemplateDeposit{Authority: s.desk.Anchor.Authority, Wallet: subject, Sealed: sealed,
		Captured: protocol.At(captured), Desk: s.desk.Certificate, Consent: true})
	if err != nil {
		s.tb.Fatal(err)
	}
	code, err := enrolment.DepositTemplate(s.tb.Context(), s.desk, enrolment.Options{}, deposit)
	if err != nil {
		s.tb.Fatal(err)
	}
	unit := enrolmenttest.NewUnit()
	w.Credentials = s.enrol(unit, protocol.RoleWallet, code, byHash)
	s.openAccount(w, unit)
	return w
}

// openAccount registers an account to the wallet's key and loads it; a template
// that the certificate only names is handed to settlement.
func (s *shop) openAccount(w *wallet, unit enrolment.Unit) {
	s.tb.Helper()
	client, err := settlementclient.New(settlementclient.Options{
		URL: s.ledger.URL(), TLS: w.ClientTLS(protocol.RoleSettlement), Trust: func() protocol.Trust { return w.Trust },
		Certificate: func() *protocol.Signed[protocol.Certificate] { return w.Certificate },
	})
	if err != nil {
		s.tb.Fatal(err)
	}
	defer client.Close()
	deposit, err := enrolment.PendingDeposit(unit)
	if err != nil {
		s.tb.Fatal(err)
	}
	if deposit != nil {
		if err := client.DepositTemplate(s.tb.Context(), deposit); err != nil {
			s.tb.Fatal(err)
		}
	}
	activation := s.ledger.OK("account add", s.ledger.InData("--number", string(w.account), "--kind", "prepaid", "--currency", "CNY")...)
	s.ledger.OK("account load", s.ledger.InData("--number", string(w.account), "--amount", "1000000.00")...)
	change, err := protocol.NewAccountChange(w.account, activation, protocol.NewCode(), protocol.At(time.Now()), w.Certificate)
	if err != nil {
		s.tb.Fatal(err)
	}
	signed, err := protocol.Sign(w.Signer, change)
	if err != nil {
		s.tb.Fatal(err)
	}
	if _, err := client.RegisterAccount(s.tb.Context(), signed); err != nil {
		s.tb.Fatal(err)
	}
}

// point is the key that messages to settlement are sealed to.
func (s *shop) point() protocol.Point { return *s.desk.Settlement.Unverified().Device.Agreement }

// print is the next impression of the wallet's finger, never the enrolled one, laid down
// as it never was before.
func (w *wallet) print(tb testing.TB) image.Image {
	tb.Helper()
	w.placed++
	return virtualsensor.Laid(fingerImage(tb, w.finger+[]string{"_2", "_3", "_4"}[w.placed%3]), w.skin)
}

func fingerImage(tb testing.TB, name string) *image.Gray {
	tb.Helper()
	file, err := os.Open("../../devices/fingerprint/testdata/prints/" + name + ".png")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	print, err := png.Decode(file)
	if err != nil {
		tb.Fatal(err)
	}
	grey, ok := print.(*image.Gray)
	if !ok {
		tb.Fatalf("%s is a %T", name, print)
	}
	return grey
}

// smudge is a finger that nobody could read.
func smudge() image.Image { return image.NewUniform(color.Gray{Y: 120}) }

// draft is a payment before it is signed: what a hostile or unlucky customer
// changes.
type draft struct {
	protocol.Payment
	account protocol.Account
	live    protocol.Template
	signer  crypto.Signer
	// terminal is whose key it is sealed to.
	terminal protocol.Point
}

// pay is steps 4 to 7: the phone verifies the request, signs and seals a payment
// and returns the text of its code.
func (s *shop) pay(w *wallet, request *protocol.Signed[protocol.Request], change func(*draft)) string {
	s.tb.Helper()
	asked, shop, err := protocol.VerifyRequest(request, w.Trust, time.Now())
	if err != nil || *shop.Device.Name != shopName {
		s.tb.Fatalf("the phone refuses the request: %v", err)
	}
	return s.payBlindly(w, request, asked, change)
}

// payBlindly is pay without the phone's own checks.
func (s *shop) payBlindly(w *wallet, request *protocol.Signed[protocol.Request], asked protocol.Request, change func(*draft)) string {
	s.tb.Helper()
	d := draft{
		Payment: protocol.Payment{Request: request.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble, Wallet: w.Certificate},
		account: w.account, signer: w.Signer, terminal: *asked.Terminal.Unverified().Device.Agreement,
	}
	if change != nil {
		change(&d)
	}
	var err error
	d.HasPrint = d.live != nil
	d.Secret, err = protocol.SealPayerSecret(s.point(), request.Hash(), d.Wallet.Hash(), protocol.PayerSecret{Account: d.account, Print: d.live})
	if err != nil {
		s.tb.Fatal(err)
	}
	payment, err := protocol.Sign(d.signer, d.Payment)
	if err != nil {
		s.tb.Fatal(err)
	}
	sealed, err := protocol.SealPayment(d.terminal, request.Hash(), payment)
	if err != nil {
		s.tb.Fatal(err)
	}
	return protocol.PaymentText(sealed)
}
