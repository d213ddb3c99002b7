// Command guest is the helper inside a machine that is booted for a trial: it runs what
// the driver orders (see package line), and is the devices that the emulator does not
// have. It is in no package and in no image but the trial's.
//
//	guest serve PORT      runs the orders of a virtio serial port as root
//	guest usb camera      is a USB camera (UVC) that is plugged in until it ends
//	guest usb printer     is a USB printer; prints to standard output what it was sent
//	guest cards           prints the readers that pcscd shows to whoever runs it
//	guest keys            prints the code of each key that is let go
//	guest touch GESTURE…  is a touch screen for five fingers, and makes gestures (touch.go)
//	guest time            is a time server (SNTP) on 127.0.0.1
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"countersign/packaging/boot/line"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch strings.Join(args[:min(2, len(args))], " ") {
	case "usb camera":
		return plugIn(ctx, newCamera())
	case "usb printer":
		return plugIn(ctx, &printer{paper: os.Stdout})
	case "cards":
		return listReaders(ctx, os.Stdout)
	case "keys":
		return watchKeys(ctx, os.Stdout)
	case "time":
		return serveTime(ctx, "127.0.0.1:123", time.Now)
	}
	if len(args) == 2 && args[0] == "serve" {
		return serve(ctx, args[1])
	}
	if len(args) > 1 && args[0] == "touch" {
		return touch(ctx, args[1:])
	}
	return errors.New("usage: guest serve PORT | usb camera|printer | cards | keys | touch GESTURE… | time")
}

// serve runs the orders that come over a port, one after the other.
func serve(ctx context.Context, port string) error {
	file, err := os.OpenFile(port, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	defer context.AfterFunc(ctx, func() { file.Close() })()
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	if err := line.Write(file, line.Answer{Boot: strings.TrimSpace(string(boot))}); err != nil {
		return err
	}
	for orders := line.NewReader[line.Order](file); ; {
		order, err := orders.Read()
		switch {
		case errors.Is(err, line.ErrLine):
			continue
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		if err := line.Write(file, obey(ctx, order)); err != nil {
			return err
		}
	}
}

// obey runs one order. Whatever it started in the background and still holds its output
// is not waited for.
func obey(ctx context.Context, order line.Order) line.Answer {
	ctx, enough := context.WithTimeout(ctx, time.Duration(max(order.Seconds, 1))*time.Second)
	defer enough()
	var output bytes.Buffer
	shell := exec.CommandContext(ctx, "/bin/bash", "-c", order.Command)
	shell.Stdout, shell.Stderr = &output, &output
	shell.WaitDelay = time.Second
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	err := shell.Run()
	answer := line.Answer{ID: order.ID, Output: output.String()}
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		answer.Code = ended.ExitCode()
	case err != nil:
		answer.Code = -1
		answer.Output += err.Error()
	}
	return answer
}
