package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"countersign/app/enrol/capture"
	"countersign/app/enrol/consent"
	"countersign/app/program"
	"countersign/assets"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// sizes are those of templates, by the minutiae that they take; read only.
var sizes = map[int]minutiae.Size{minutiae.Small.Capacity(): minutiae.Small, minutiae.Large.Capacity(): minutiae.Large}

func registerMinutiae(flags *flag.FlagSet, points *int) {
	flags.IntVar(points, "minutiae", minutiae.Large.Capacity(), "minutiae kept at most, 60, or 40 for a smaller payment code and more mistakes")
}

func registerCodeOut(flags *flag.FlagSet, file *string) {
	flags.StringVar(file, "code-out", "", "`file` for the wallet's enrolment code (default standard output)")
}

// captureFinger takes the finger of a wallet's owner and prints the wallet's
// enrolment code.
func captureFinger(ctx context.Context, args []string, io streams) (err error) {
	var s settings
	var wallet, sensor, codeOut, who, language string
	var agreed bool
	var points int
	var finger uint
	err = s.parse("capture", args, io, func(flags *flag.FlagSet) {
		flags.StringVar(&wallet, "wallet", "", "the wallet's `name`, such as W-0001")
		flags.StringVar(&sensor, "sensor", "", "the fingerprint sensor's serial `port`")
		flags.BoolVar(&agreed, "consent", false, "the owner read the text that capture prints and agreed to it")
		flags.StringVar(&language, "language", "en", "`tag` of the language that the owner read the text in")
		flags.StringVar(&who, "officer", whoever(), "`name` or staff number of who is at the desk; it is kept")
		flags.UintVar(&finger, "finger", uint(protocol.UnknownFinger), "which finger, by `number`: 1 to 5 right thumb to little finger, 6 to 10 left; 0 not noted")
		registerCodeOut(flags, &codeOut)
		registerMinutiae(flags, &points)
	})
	if err != nil {
		return err
	}
	if wallet == "" || sensor == "" || sizes[points] == 0 || finger > uint(protocol.LeftLittleFinger) {
		return program.Usagef("capture needs --wallet and --sensor, --minutiae is 40 or 60, and --finger 0 to 10")
	}
	book, err := assets.Phrases(language)
	if err != nil {
		return program.Usagef("--language %s: %w", language, err)
	}
	name, text := consent.Text(book)
	fmt.Fprintf(io.err, "%s\n\n", text)
	if !agreed {
		return capture.ErrNoConsent
	}
	d, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	extractor := extraction.New()
	defer func() { err = errors.Join(err, extractor.Close()) }()
	reader := fingerprint.NewReader(fingerprint.Settings{Port: sensor}, extractor, minutiae.Large)
	defer func() { err = errors.Join(err, reader.Close()) }()
	at := &office{desk: d, authority: s.authority, size: sizes[points], taken: func() {
		fmt.Fprintln(io.err, "The finger is taken. Sending it, sealed, to the authority.")
	}}
	code, err := at.Enrol(ctx, reader, newOfficer(io), protocol.ID(wallet), capture.Agreement{
		Text: text, Name: name, At: time.Now(), Finger: protocol.Finger(finger), Officer: who,
	})
	if err != nil {
		return err
	}
	return handOver(io, wallet, code, codeOut)
}

// handOver gives the code to whoever enrols the wallet.
func handOver(io streams, wallet, code, file string) error {
	fmt.Fprintf(io.err, "Enrol wallet %s with this code within a day. It works once; keep it private.\n", wallet)
	if file == "" {
		_, err := fmt.Fprintln(io.out, code)
		return err
	}
	if err := os.WriteFile(file, []byte(code+"\n"), 0o600); err != nil {
		return fmt.Errorf("write enrolment code: %w", err)
	}
	return json.NewEncoder(io.out).Encode(map[string]string{"wallet": wallet, "codeFile": file})
}
