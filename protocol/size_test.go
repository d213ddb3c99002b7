package protocol_test

import (
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// Bytes decide the QR version, and the version decides how often a camera reads
// the code at once: the sizes are part of the format. The wanted figures are
// those the format was designed to, the tolerance is 5 %.
func TestMessageSizes(t *testing.T) {
	tests := []struct {
		name              string
		size              int
		deposited, onCall bool // template deposited by hash; live print by the phone
		payment           int
	}{
		{"40 minutiae sealed in the certificate", 120, false, false, 600},
		{"40 minutiae, with a live print", 120, false, true, 725},
		{"60 minutiae sealed in the certificate", 180, false, false, 660},
		{"60 minutiae, with a live print", 180, false, true, 845},
		{"deposited", 120, true, false, 461},
		{"deposited, with a live print of 40", 120, true, true, 586},
		{"deposited, with a live print of 60", 180, true, true, 646},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sale := protocoltest.NewSale(t, test.size, test.deposited)
			request := sale.Request(t)
			wantSize(t, "request", len(request.Bytes()), 358)
			var live protocol.Template
			if test.onCall {
				live = protocoltest.Template(test.size, "live")
			}
			payment := sale.Payment(t, request, live)
			wantSize(t, "payment", len(sale.Sealed(t, request, payment)), test.payment)
			wantSize(t, "receipt", len(sale.Outcome(t, request, payment, 1, protocol.ResultPaid).Bytes()), 178)
		})
	}
}

func wantSize(t *testing.T, what string, have, want int) {
	t.Helper()
	t.Logf("%s: %d bytes, designed %d", what, have, want)
	if have*100 < want*95 || have*100 > want*105 {
		t.Errorf("%s is %d bytes, not within 5 %% of %d", what, have, want)
	}
}
