package settle

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// errMorePrints says that live prints of the wallet were kept since the attempt's
// was compared with those that there were.
var errMorePrints = errors.New("more live prints to compare with")

// maxComparisons bounds how often an attempt is compared with newer prints. Each
// time another attempt of the same wallet was decided meanwhile.
const maxComparisons = 64

// keptPrints names what the key is for (RFC 5869, info).
const keptPrints = "countersign settlement: live prints that are kept, 1"

// sealer returns what seals kept live prints: AES-256-GCM with random nonces
// under a key of its own, derived from the one that is in the token.
func sealer(printKey []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, printKey, nil, keptPrints, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	clear(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// place is what a sealed print is bound to: whose it is and where it lies.
func place(wallet protocol.ID, number uint64, place uint8) []byte {
	return append(append(binary.BigEndian.AppendUint64(nil, number), place), wallet...)
}

// sealProbe seals a live print for its place. All are equally long.
func (s *Settler) sealProbe(wallet protocol.ID, number uint64, ms []minutiae.Minutia) (*ledger.Probe, error) {
	template, err := minutiae.Encode(ms, minutiae.Large)
	if err != nil {
		return nil, fmt.Errorf("encode live print: %w", err)
	}
	defer clear(template)
	at := uint8(number % uint64(s.Policy.KeptPrints))
	return &ledger.Probe{Number: number, Sealed: s.probes.Seal(nil, nil, template, place(wallet, number, at))}, nil
}

func (s *Settler) openProbe(wallet protocol.ID, at uint8, p ledger.Probe) ([]minutiae.Minutia, error) {
	template, err := s.probes.Open(nil, nil, p.Sealed, place(wallet, p.Number, at))
	if err != nil {
		return nil, err
	}
	defer clear(template)
	return minutiae.Decode(template)
}

// compareEarlier compares the live print with those kept of the wallet that it was
// not compared with yet, and seals it to be kept after them. However early one of
// them is as good as the same, all are looked at.
func (s *Settler) compareEarlier(ctx context.Context, e *evidence, probe []minutiae.Minutia) error {
	type kept struct {
		place uint8
		ledger.Probe
	}
	var head ledger.Probes
	var newer []kept
	err := s.Ledger.View(ctx, func(r ledger.Snapshot) (err error) {
		newer = newer[:0]
		if head, err = r.Probes(e.wallet); err != nil || head.Number == e.seen {
			return err
		}
		return r.EachProbeOf(e.wallet, func(place uint8, p ledger.Probe) error {
			if p.Number > e.seen {
				newer = append(newer, kept{place, p})
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	unreadable := 0
	for _, k := range newer {
		earlier, err := s.openProbe(e.wallet, k.place, k.Probe)
		if err != nil {
			unreadable++
			continue
		}
		if mayBeClose(probe, earlier) && minutiae.ImplausiblyClose(probe, earlier) {
			e.replayed = true
		}
		clear(earlier)
	}
	if unreadable > 0 {
		s.Log.WarnContext(ctx, "kept live prints cannot be read: damaged, or sealed under another key", "wallet", string(e.wallet), "prints", unreadable)
	}
	e.seen = head.Number
	e.probe, err = s.sealProbe(e.wallet, head.Number+1, probe)
	return err
}

// compareNewer is compareEarlier once more, for what was kept meanwhile.
func (s *Settler) compareNewer(ctx context.Context, e *evidence) error {
	probe, err := minutiae.Decode(e.live)
	if err != nil {
		return fmt.Errorf("read live print again: %w", err)
	}
	defer clear(probe)
	return s.compareEarlier(ctx, e, probe)
}
