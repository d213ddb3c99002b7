package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// eventSize is the size of Linux' struct input_event on 64 bits.
const eventSize = 24

// watchKeys prints a line with the code of each key and button that was let go, of all
// input devices that are there, until ctx ends: so it is known that what was pressed has
// arrived.
func watchKeys(ctx context.Context, out io.Writer) error {
	names, err := filepath.Glob("/dev/input/event*")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errors.New("no input devices")
	}
	var readers sync.WaitGroup
	defer readers.Wait()
	var print sync.Mutex
	for _, name := range names {
		device, err := os.Open(name)
		if err != nil {
			return err
		}
		defer context.AfterFunc(ctx, func() { device.Close() })()
		readers.Go(func() {
			defer device.Close()
			event := make([]byte, eventSize)
			for {
				if _, err := io.ReadFull(device, event); err != nil {
					return // it was pulled, or all ends
				}
				kind, code, value := binary.LittleEndian.Uint16(event[16:]), binary.LittleEndian.Uint16(event[18:]), binary.LittleEndian.Uint32(event[20:])
				if kind == 1 && value == 0 { // a key, let go
					print.Lock()
					fmt.Fprintln(out, code)
					print.Unlock()
				}
			}
		})
	}
	fmt.Fprintln(out, "watching")
	return nil
}
