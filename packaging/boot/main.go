// Command boot boots an image with the installed packages in an emulated machine, tries
// what needs a service manager, a kernel, screens and keys of its own, and prints what
// came of it (TAP). Its exit status is 0 when all was well. What it does not try is in
// README.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"countersign/packaging/boot/machine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "boot:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("boot", flag.ContinueOnError)
	image := flags.String("image", "", "`folder` with disk.img, vmlinuz and initrd.img; nothing is written to it")
	pictures := flags.String("pictures", "", "`folder` that gets pictures of the screen")
	only := flags.String("parts", "", "`names` of what is tried after the start, with commas: installed,keys,touch,down,ends,devices,rights,servers,updates,returns; all without it")
	limit := flags.Duration("limit", 2*time.Hour, "for all of it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *image == "" || *pictures == "" || flags.NArg() > 0 {
		return fmt.Errorf("usage: boot -image FOLDER -pictures FOLDER [-parts NAMES] [-limit 2h]")
	}
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		return err
	}
	ctx, enough := context.WithTimeout(ctx, *limit)
	defer enough()
	folder, err := os.MkdirTemp("", "countersign-boot-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	m, err := machine.Start(ctx, machine.Setup{Image: *image, Folder: folder})
	if err != nil {
		return err
	}
	defer m.Close()
	t := &trial{machine: m, pictures: *pictures, out: os.Stdout}
	t.whole(ctx, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }))
	if t.failed > 0 {
		keepLog(filepath.Join(folder, "console.log"), filepath.Join(*pictures, "boot-console.log"))
		return fmt.Errorf("%d of %d checks failed", t.failed, t.count)
	}
	return nil
}

// keepLog keeps what the machine said on its serial line, for whoever looks for a fault.
func keepLog(from, to string) {
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "boot:", err)
	}
}
