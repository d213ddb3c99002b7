package protocol_test

import (
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// A paymentVariant is one of the forms that a payment's code can have. The form
// decides the bytes, and the bytes decide how well a camera reads it.
type paymentVariant struct {
	name      string
	size      int  // of the templates, bytes
	deposited bool // the certificate has the template's hash only
	print     bool // the phone brings a live print of its own
	pin       bool // the phone verified its holder by PIN
}

func paymentVariants() []paymentVariant {
	return []paymentVariant{
		{name: "template of 40 minutiae", size: 120},
		{name: "template of 40 minutiae, live print", size: 120, print: true},
		{name: "template of 60 minutiae", size: 180},
		{name: "template of 60 minutiae, live print", size: 180, print: true},
		{name: "template deposited", size: 120, deposited: true},
		{name: "template deposited, live print of 40 minutiae", size: 120, deposited: true, print: true},
		{name: "template deposited, live print of 60 minutiae", size: 180, deposited: true, print: true},
		{name: "template of 40 minutiae, holder by PIN", size: 120, pin: true},
	}
}

func (v paymentVariant) sale(t testing.TB) protocoltest.Sale {
	return protocoltest.NewSale(t, v.size, v.deposited)
}

// request is the sale's; for a PIN, one that asks for it.
func (v paymentVariant) request(t testing.TB, sale protocoltest.Sale) *protocol.Signed[protocol.Request] {
	claims := sale.RequestClaims()
	claims.WantsPIN = v.pin
	return protocoltest.Sign(t, sale.Terminal.Key, claims)
}

func (v paymentVariant) payment(t testing.TB, sale protocoltest.Sale, request *protocol.Signed[protocol.Request]) *protocol.Signed[protocol.Payment] {
	var print protocol.Template
	if v.print {
		print = protocoltest.Template(v.size, "live")
	}
	claims := sale.PaymentClaims(t, request, print)
	claims.HolderByPIN = v.pin
	return protocoltest.Sign(t, sale.Wallet.Key, claims)
}
