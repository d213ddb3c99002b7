package preferences

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "preferences.json")
	without := Preferences{Sounds: true, Language: "de"}
	if got, err := Load(path, without); err != nil || got != without {
		t.Fatalf("without a file: %+v, %v", got, err)
	}
	want := Preferences{Speech: true, Large: true, LongWaits: true, Language: "zh"}
	if err := Save(path, want); err != nil {
		t.Fatal(err)
	}
	if got, err := Load(path, without); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestUnreadable(t *testing.T) {
	for _, text := range []string{"", "{", `{"sounds": 3}`, `{"loud": true}`, `{"sounds": true} x`} {
		path := filepath.Join(t.TempDir(), "preferences.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		without := Preferences{Language: "en"}
		if got, err := Load(path, without); !errors.Is(err, ErrUnreadable) || got != without {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if kept, err := os.ReadFile(path + ".broken"); err != nil || string(kept) != text {
			t.Errorf("%q was not set aside: %v", text, err)
		}
		if _, err := Load(path, without); err != nil {
			t.Errorf("the next start: %v", err)
		}
	}
}

func TestSaveFails(t *testing.T) {
	if err := Save(filepath.Join(t.TempDir(), "gone", "preferences.json"), Preferences{}); err == nil {
		t.Error("no error")
	}
}
