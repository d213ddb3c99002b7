package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"

	"countersign/app/program"
)

// setPIN has the owner's PIN set: by the trusted application, from files that it
// alone reads, or on its screen.
func setPIN(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var fresh, old, phrase string
	err := s.parse("pin set", args, errOut, s.windowLook, func(flags *flag.FlagSet) {
		flags.StringVar(&fresh, "new-file", "", "`file` with the new PIN, 4 to 8 digits; without it the trusted screen asks")
		flags.StringVar(&old, "old-file", "", "`file` with the present PIN, where there is one")
		flags.StringVar(&phrase, "phrase-file", "", "`file` with a phrase that the trusted screen shows the owner")
	})
	if err != nil {
		return err
	}
	var more []string
	if fresh == "" {
		if old != "" || phrase != "" {
			return program.Usagef("--old-file and --phrase-file go with --new-file")
		}
		if err := s.checkLook(); err != nil {
			return err
		}
		more = s.screenFlags()
	}
	for _, one := range [][2]string{{"--new-file", fresh}, {"--old-file", old}, {"--phrase-file", phrase}} {
		if one[1] != "" {
			more = append(more, one[0], one[1])
		}
	}
	p := &phone{}
	if s.announce {
		p.announced = out
	}
	if err := s.openPhone(ctx, errOut, p, more...); err != nil {
		return err
	}
	return closing(p, func() error {
		if err := p.trusted.SetPIN(ctx); err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(map[string]bool{"pin": true})
	})
}

// describe tells what the trusted application is and has, and what was taken away
// from it.
func describe(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("trusted", args, errOut); err != nil {
		return err
	}
	return s.withPhone(ctx, errOut, func(p *phone) error {
		described, err := p.trusted.Describe(ctx)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(described)
	})
}
