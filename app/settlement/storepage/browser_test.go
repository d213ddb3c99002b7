package storepage_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// window opens a browser's window for a test: Debian's chromium, without a screen. It
// takes the certificate of the test's own authority, which no browser knows.
func window(t *testing.T) context.Context {
	t.Helper()
	path := "/usr/bin/chromium"
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the browser test needs Debian's chromium (packaging/setup.sh): %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.IgnoreCertErrors,
		chromedp.Flag("accept-lang", "en"), chromedp.UserDataDir(t.TempDir()))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // chromium refuses its sandbox to root
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	browser := ctx
	t.Cleanup(func() {
		if err := chromedp.Cancel(browser); err != nil { // and waits for the browser's end
			t.Errorf("close the browser: %v", err)
		}
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// sized sets the window's size in CSS pixels, and light or dark.
func sized(width, height int64, dark bool) chromedp.Action[chromedp.Void] {
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := chromedp.EmulateViewport(width, height)(ctx, t); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}

// do carries steps out, or ends the test with a picture of what was there.
func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%v\n%s", err, text(t, ctx))
	}
}

// text is what the page says.
func text(t *testing.T, ctx context.Context) string {
	t.Helper()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		t.Errorf("read the page: %v", err)
	}
	return said
}

// picture keeps what the window shows, where COUNTERSIGN_STORE_PICTURES says.
func picture(t *testing.T, ctx context.Context, name string, width int64, dark bool) {
	t.Helper()
	directory := os.Getenv("COUNTERSIGN_STORE_PICTURES")
	if directory == "" {
		return
	}
	do(t, ctx, sized(width, 900, dark))
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
