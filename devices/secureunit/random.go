package secureunit

import (
	"fmt"

	"github.com/miekg/pkcs11"
)

// maxRandom bounds one request, far above what any message needs.
const maxRandom = 1 << 16

// Random returns n bytes, 1 to 65,536, from the token's generator.
func (u *Unit) Random(n int) (b []byte, err error) {
	if n < 1 || n > maxRandom {
		return nil, fmt.Errorf("secure unit: draw %d random bytes: %w", n, ErrTooLarge)
	}
	ctx, cancel := u.bounded()
	defer cancel()
	err = u.do(ctx, "draw random bytes", func(s pkcs11.SessionHandle) error {
		b, err = u.m.ctx.GenerateRandom(s, n)
		return err
	})
	return b, err
}
