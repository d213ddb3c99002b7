package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"countersign/app/program"
)

// enrol enrols the phone (step 1): keys are made and proved in the trusted
// application. It may be interrupted and run again.
func enrol(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var token program.NewToken
	var codeFile string
	var byHash bool
	err := s.parse("enrol", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&codeFile, "code-file", "", "`file` with the enrolment code, CS1E:…")
		flags.BoolVar(&byHash, "by-hash", false, "keep the owner's sealed template at settlement, for a smaller payment code")
		token.Register(flags)
	})
	if err != nil {
		return err
	}
	if s.authority == "" || codeFile == "" {
		return program.Usagef("enrol needs --authority and --code-file")
	}
	if err := token.Check(); err != nil {
		return err
	}
	code, err := os.ReadFile(codeFile)
	if err != nil {
		return fmt.Errorf("read enrolment code: %w", err)
	}
	var more []string
	if token.Make {
		more = []string{"--init-token", "--so-pin-file", token.SOPINFile}
	}
	return s.withPhone(ctx, errOut, func(p *phone) error {
		done, err := p.trusted.Enrol(ctx, string(code), byHash)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(map[string]any{"enrolled": done.Subject, "authority": done.Authority, "expires": done.Expires})
	}, more...)
}
