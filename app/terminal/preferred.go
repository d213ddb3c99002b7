package main

import (
	"context"
	"errors"
	"path/filepath"

	"countersign/app/terminal/office"
	"countersign/app/terminal/preferences"
	"countersign/app/widgets"
)

// This file is what people have set at the till, over what the installer's flags say.

func (s *settings) preferencesFile() string { return filepath.Join(s.Data, "preferences.json") }

// longWaits is by how much the waits grow for people who need longer.
const longWaits = 2

// loadPreferences reads what was set here before.
func (t *terminal) loadPreferences() error {
	p, err := preferences.Load(t.preferencesFile(), preferences.Preferences{
		Sounds: t.sounds, Speech: t.speech, Large: t.textScale >= 1.5, HighContrast: t.highContrast, Light: t.light, LongWaits: t.patience > 1, Language: t.language,
	})
	if errors.Is(err, preferences.ErrUnreadable) {
		t.log.Error("preferences set aside", "error", err.Error())
		err = nil
	}
	t.preferred.Store(&p)
	return err
}

// appearance is how the window looks with what is preferred.
func (t *terminal) appearance() widgets.Appearance {
	p := t.preferred.Load()
	a := widgets.Appearance{Light: p.Light, HighContrast: p.HighContrast, TextScale: float32(t.textScale)}
	if p.Large {
		a.TextScale = max(a.TextScale, 2)
	} else if a.TextScale >= 1.5 {
		a.TextScale = 1
	}
	return a
}

// waits is by what waits are multiplied.
func (t *terminal) waits() float64 {
	if t.preferred.Load().LongWaits {
		return max(t.patience, longWaits)
	}
	return 1
}

// preferences are what is in force, for the manager's page.
func (t *terminal) preferences() office.Preferences { return office.Preferences(*t.preferred.Load()) }

// Prefer keeps what was set, and has it in force at once; longer waits are from the next
// start on.
func (b backoffice) Prefer(_ context.Context, p office.Preferences) error {
	if err := b.may(office.ToPrefer); err != nil {
		return err
	}
	kept := preferences.Preferences(p)
	if err := preferences.Save(b.preferencesFile(), kept); err != nil {
		return err
	}
	b.preferred.Store(&kept)
	b.front.Prefer(kept.Language, b.appearance())
	b.facing.prefer(kept.Language)
	return nil
}
