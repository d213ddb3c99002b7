package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/scene"
	"countersign/app/demo/shop"
	"countersign/app/demo/world"
	"countersign/app/program/subprocess"
	"countersign/devices/secureunit/virtualtoken"
)

// handset is a device of a person's, or the officer's desk: a program of countersign-demo
// with a home and a secure unit of its own.
type handset struct {
	name, program, home, log string
	units                    *virtualtoken.Directory
	env                      []string
	stderr                   func(line []byte)
	runs                     *subprocess.Program
}

func (t *town) newHandset(name, program string) (*handset, error) {
	h := &handset{name: name, program: "/usr/lib/countersign-demo/" + program, home: filepath.Join("/root", name), log: filepath.Join(t.out, name+".log")}
	var err error
	if h.units, err = virtualtoken.Make(filepath.Join(h.home, "unit")); err != nil {
		return nil, err
	}
	for _, label := range []string{name, name + ".so"} {
		var pin [8]byte
		rand.Read(pin[:])
		if err := os.WriteFile(h.units.PINFile(label), []byte(hex.EncodeToString(pin[:])+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	h.env = append([]string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + h.home, "FYNE_SCALE=1", h.units.Environ()}, t.server.Env()...)
	return h, nil
}

func (h *handset) flags() []string {
	return []string{"--data", filepath.Join(h.home, "data"), "--token", h.name, "--pin-file", h.units.PINFile(h.name)}
}

func (h *handset) command(words string, flags ...[]string) subprocess.Command {
	return subprocess.Command{Name: h.name + " " + words, Path: h.program, Args: slices.Concat(strings.Fields(words), h.flags(), slices.Concat(flags...)),
		Env: h.env, Log: h.log, Stderr: h.stderr}
}

func (h *handset) do(ctx context.Context, words string, flags ...[]string) (string, error) {
	return subprocess.Run(ctx, h.command(words, flags...))
}

// file writes something that was handed to the device.
func (h *handset) file(name, text string) (string, error) {
	file := filepath.Join(h.home, name)
	return file, os.WriteFile(file, []byte(strings.TrimSpace(text)+"\n"), 0o600)
}

// enrol has the device certified with a code.
func (h *handset) enrol(ctx context.Context, words, authority, code string) error {
	file, err := h.file("code", code)
	if err != nil {
		return err
	}
	_, err = h.do(ctx, words, []string{"--authority", authority, "--code-file", file, "--init-token", "--so-pin-file", h.units.PINFile(h.name + ".so")})
	return err
}

func (h *handset) close() {
	if h.runs != nil {
		_ = h.runs.Stop() // by force where it must: what is tried does not depend on it
	}
}

// openPhone takes the owner's finger at the desk, enrols the phone, registers the account
// and fills the virtual card, and opens the phone's window.
func (t *town) openPhone(ctx context.Context) (figures string, err error) {
	const authority = "https://127.0.0.1:8444"
	desk, err := t.newHandset("desk", "enrol")
	if err != nil {
		return "", err
	}
	code, err := t.code(ctx, "desk", "D-0001")
	if err != nil {
		return "", err
	}
	if err := desk.enrol(ctx, "join", authority, code); err != nil {
		return "", err
	}
	capture := desk.command("capture", []string{"--authority", authority, "--wallet", "W-0001", "--sensor", t.deskGlass.Path(), "--consent"})
	capture.Stderr = func(line []byte) {
		if strings.HasPrefix(string(line), "Capture ") { // "Capture 2 of 3: place the finger …"
			t.stage.Owner.Press(t.deskGlass)
		}
	}
	if code, err = subprocess.Run(ctx, capture); err != nil {
		return "", err
	}
	h, err := t.newHandset(phone, "wallet")
	if err != nil {
		return "", err
	}
	t.handset = h
	h.stderr = func(line []byte) { t.chronicle.Logged(phone, line) }
	if err := h.enrol(ctx, "enrol", authority, code); err != nil {
		return "", err
	}
	if code, err = t.settlement.do(ctx, "account add", t.settlement.at(), []string{"--number", shop.AccountNumber(1), "--kind", "prepaid", "--currency", currency}); err != nil {
		return "", err
	}
	if _, err := t.settlement.do(ctx, "account load", t.settlement.at(), []string{"--number", shop.AccountNumber(1), "--amount", scene.Balance}); err != nil {
		return "", err
	}
	activation, err := h.file("activation", code)
	if err != nil {
		return "", err
	}
	pin, err := h.file("pin", ownerPIN)
	if err != nil {
		return "", err
	}
	at := []string{"--settlement", "https://" + t.stage.PhoneLink.Address()}
	for _, c := range []struct {
		words string
		flags []string
	}{
		{"account add", append(slices.Clone(at), "--number", shop.AccountNumber(1), "--activation-file", activation)},
		{"card apply", at},
		{"card load", append(slices.Clone(at), "--amount", scene.Load)},
		{"pin set", []string{"--new-file", pin}},
	} {
		if _, err := h.do(ctx, c.words, c.flags); err != nil {
			return "", err
		}
	}
	open := h.command("run", at, []string{"--size", "512x920", "--camera", t.stage.PhoneEye.URL(), "--language", "en", "--announce", "--radio", t.stage.Air.Address()})
	open.Stdout = func(line []byte) { t.chronicle.Announced(phone, line) }
	if h.runs, err = subprocess.Start(open); err != nil {
		return "", err
	}
	t.tasks.Go(func() {
		<-h.runs.Done()
		t.fail(fmt.Errorf("the phone has ended: %w", h.runs.Err()))
	})
	if t.stage.Phone, err = t.place(ctx, phone, display.OfProcess(h.runs.PID())); err != nil {
		return "", err
	}
	t.stage.Secure = (&world.SecureScreen{Screen: t.screen, Found: t.placeSecure}).Wait
	_, _, err = t.chronicle.Wait(ctx, 0, chronicle.OnScreen(phone, "ready"))
	return "", err
}

// place finds a party's window and puts it where it belongs.
func (t *town) place(ctx context.Context, party string, which display.Match) (*world.Window, error) {
	w, err := t.screen.Wait(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("the window of the %s: %w", party, err)
	}
	at := phoneAt
	if party == terminal {
		at = terminalAt
	}
	if err := w.Place(ctx, at); err != nil {
		return nil, fmt.Errorf("the window of the %s: %w", party, err)
	}
	return &world.Window{Party: party, Window: w, Chronicle: t.chronicle}, nil
}

// placeSecure puts the phone's trusted screen over the phone.
func (t *town) placeSecure(ctx context.Context, w *display.Window) (*world.Window, error) {
	if err := errors.Join(w.Place(ctx, phoneAt), w.Raise(ctx)); err != nil {
		return nil, err
	}
	return &world.Window{Party: chronicle.Trusted(phone), Window: w, Chronicle: t.chronicle}, nil
}
