package watchdog

import (
	"context"
	"errors"
)

// Supervise is a server's whole conversation with the service manager that getenv names
// (os.Getenv): it tells that the server answers, with a status in words, until ctx ends
// that it is alive as [Manager.Watch] does, and then that it stops. It returns no error
// for a context that ended, and waits for that also where nobody started the server.
func Supervise(ctx context.Context, getenv func(string) string, status string, alive func(context.Context) error) (err error) {
	manager, err := Open(getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, manager.Close()) }()
	if err := manager.Ready(status); err != nil {
		return err
	}
	if err = manager.Watch(ctx, alive); err == nil {
		<-ctx.Done() // also where nobody watches
	}
	return errors.Join(err, manager.Stopping())
}
