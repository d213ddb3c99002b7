package program

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"countersign/app/program/configuration"
	"countersign/devices/secureunit"
)

// NewFlags returns the flags of a command, such as "settlement serve"; mistakes
// are told on errOut.
func NewFlags(name string, errOut io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(errOut)
	return flags
}

// Parse reads a command's flags, which are all that it takes. Its error wraps
// [ErrUsage], or is flag.ErrHelp.
func Parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if flags.NArg() > 0 {
		return Usagef("unexpected %q", flags.Arg(0))
	}
	return nil
}

// ParseConfigured is [Parse] for the commands of a program with a configuration file:
// flags that the command line does not give are taken from the environment and the file
// of d. It adds --config, and tells where each value is from. Its error is [Parse]'s, of
// the system, or configuration.Problems.
func ParseConfigured(flags *flag.FlagSet, args []string, d configuration.Declaration) (configuration.Origins, error) {
	d.RegisterFile(flags)
	if err := Parse(flags, args); err != nil {
		return nil, err
	}
	return d.Take(flags, d.Here())
}

// Placed says of a command's complaint about --flags where their values are from, when
// that is a file or the environment: it is a *configuration.Misplaced then, and no longer
// an [ErrUsage]. Others are returned as they are.
func Placed(err error, origins configuration.Origins) error {
	if !errors.Is(err, ErrUsage) {
		return err
	}
	places := origins.Places(err.Error())
	if places == nil {
		return err
	}
	return &configuration.Misplaced{At: places, What: strings.TrimPrefix(err.Error(), ErrUsage.Error()+": ")}
}

// Need returns an error that wraps [ErrUsage] unless every one of the named
// flags was given, and not as nothing.
func Need(flags *flag.FlagSet, names ...string) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = f.Value.String() != "" })
	for _, name := range names {
		if !given[name] {
			return Usagef("%s needs --%s", flags.Name(), name)
		}
	}
	return nil
}

// List splits the value of a flag at its commas, without spaces and empty items.
func List(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// Settings are the flags of a command that keeps a data directory, opens a
// secure unit and writes a log.
type Settings struct {
	Data                   string // directory, made if missing
	Token, PINFile, Module string // of the secure unit
	Log                    string // file, or "" for standard error
}

// Register registers the flags; token is the token's label if none is given.
func (s *Settings) Register(flags *flag.FlagSet, token string) {
	flags.StringVar(&s.Data, "data", "", "data `directory`, made if missing")
	flags.StringVar(&s.Token, "token", token, "`label` of the PKCS#11 token")
	flags.StringVar(&s.PINFile, "pin-file", "", "`file` with the token's PIN")
	flags.StringVar(&s.Module, "module", "", "PKCS#11 library `file` (default SoftHSM 2)")
	flags.StringVar(&s.Log, "log", "", "log `file` (default standard error)")
}

// MakeData makes the data directory, for its owner alone.
func (s *Settings) MakeData() error {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	return nil
}

// SecureUnit is how the token is opened.
func (s *Settings) SecureUnit() secureunit.Config {
	return secureunit.Config{Module: s.Module, Token: s.Token, PIN: secureunit.PINFile(s.PINFile)}
}

// NewToken are the flags of a command that may have to make its token first.
type NewToken struct {
	Make      bool
	SOPINFile string
}

// Register registers the flags.
func (n *NewToken) Register(flags *flag.FlagSet) {
	flags.BoolVar(&n.Make, "init-token", false, "make the token if it is missing")
	flags.StringVar(&n.SOPINFile, "so-pin-file", "", "`file` with the security officer's PIN, for --init-token")
}

// Check returns an error that wraps [ErrUsage] if the flags do not go together.
func (n *NewToken) Check() error {
	if n.Make && n.SOPINFile == "" {
		return Usagef("--init-token needs --so-pin-file")
	}
	return nil
}

// Initialise makes the token if that was asked for and it is missing.
func (n *NewToken) Initialise(config secureunit.Config) error {
	if !n.Make {
		return nil
	}
	err := secureunit.Initialise(config, secureunit.PINFile(n.SOPINFile))
	if errors.Is(err, secureunit.ErrTokenExists) {
		return nil
	}
	return err
}
