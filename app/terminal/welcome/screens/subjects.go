package screens

import (
	"context"
	"strings"

	"countersign/app/terminal/office"
	"countersign/app/terminal/welcome"
)

// This file is what is asked for on reading pages.

// codeKeys are what an enrolment code is written with: base 32, and its beginning.
var codeKeys = [...]string{"1234567:", "qwertyuiop", "asdfghjkl", "zxcvbnm"}

// addressKeys are what an address is written with.
var addressKeys = [...]string{"1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm.:/"}

// mostAddress is the longest address that is taken, characters.
const mostAddress = 200

// aboutAuthority is the authority's address.
func (g *Guide) aboutAuthority() subject {
	return subject{
		name: "welcome-authority", aim: "welcome.authority.show", key: "welcome.authority.ask", rows: addressKeys[:], most: mostAddress,
		text: g.Wizard.Authority(), byKeys: true, is: welcome.IsAddress, tidy: strings.TrimSpace,
		tell: func(_ context.Context, text string) error { return g.Wizard.TellAuthority(text) },
	}
}

// aboutCode is the enrolment code. Most that are refused were read wrongly or are for
// something else: the next is read anew.
func (g *Guide) aboutCode() subject {
	return subject{
		name: "welcome-code", aim: "welcome.code.show", key: "welcome.code.type", rows: codeKeys[:], upper: true, most: welcome.MaxCode, long: true,
		text: g.Wizard.Code(), forgets: true, is: welcome.IsCode, tidy: welcome.Tidy,
		tell: func(_ context.Context, text string) error { return g.Wizard.TellCode(text) },
	}
}

// aboutSettlement is settlement's address.
func (g *Guide) aboutSettlement() subject {
	return subject{
		name: "welcome-settlement", aim: "welcome.settlement.show", key: "welcome.settlement.ask", rows: addressKeys[:], most: mostAddress,
		text: g.Wizard.Shop().Settlement, byKeys: true, is: welcome.IsAddress, tidy: strings.TrimSpace, tell: g.Wizard.TellSettlement,
	}
}

// aboutMerchant is the reference of the shop's account, which has nothing that a camera
// could know it by.
func (g *Guide) aboutMerchant() subject {
	return subject{
		name: "welcome-merchant", key: "welcome.merchant.ask", rows: office.Letters(g.book.Tag()), upper: true, switches: true, most: welcome.MaxMerchant,
		text: g.Wizard.Shop().Merchant, tidy: strings.TrimSpace, tell: g.Wizard.TellMerchant,
	}
}
