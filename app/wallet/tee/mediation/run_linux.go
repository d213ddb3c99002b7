package mediation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee/messageport"
	"countersign/app/wallet/tee/monitor"
)

// Run is the hardware environment's program: it talks to the client that started
// it over file descriptor 3, starts the trusted application, records into the file
// and supervises until both have ended.
func Run(ctx context.Context, program []string, log string, limits monitor.Limits, settings Settings) error {
	client, err := messageport.Inherited()
	if err != nil {
		return err
	}
	defer client.Close()
	if err := guard(); err != nil {
		return err
	}
	record, err := monitor.Open(log, limits, time.Now)
	if err != nil {
		return err
	}
	err = run(ctx, client, program, record, settings)
	note := ""
	if err != nil {
		note = err.Error()
	}
	return errors.Join(err, record.Record(monitor.Entry{What: monitor.WhatEnded, Note: note}), record.Close())
}

func run(ctx context.Context, client *messageport.Port, program []string, record *monitor.Log, settings Settings) error {
	if err := record.Record(monitor.Entry{What: monitor.WhatStarted, Note: fmt.Sprintf("environment, process %d", os.Getpid())}); err != nil {
		return err
	}
	ours, theirs, err := messageport.Pair()
	if err != nil {
		return err
	}
	trusted, err := messageport.Open(ours)
	if err != nil {
		theirs.Close()
		return err
	}
	process, err := Start(program, theirs)
	if err != nil {
		trusted.Close()
		return err
	}
	if err := record.Record(monitor.Entry{What: monitor.WhatStarted, From: "trusted"}); err != nil {
		process.Kill()
		<-process.Exited()
		return errors.Join(err, trusted.Close())
	}
	return Supervise(ctx, client, trusted, process, record, settings)
}

// guard keeps this process's memory, in which keys never are but messages pass,
// from other processes of the same user, and what else it inherited from the
// trusted application.
func guard() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return os.NewSyscallError("forbid dumps", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return os.NewSyscallError("forbid core files", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("renounce privileges", err)
	}
	err := unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) { // before Linux 5.11: the client did it
		return nil
	}
	return os.NewSyscallError("close on exec", err)
}
