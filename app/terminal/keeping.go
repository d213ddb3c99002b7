package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"countersign/app/program/configuration"
	"countersign/app/program/wholefile"
)

// This file is what a terminal knows of itself where its installer has said nothing: what
// it was told when it was set up, which it keeps beside its data, and which devices udev
// has named.

// keptFile is where it keeps what it was told. The installer's configuration file goes
// before it.
func (s *settings) keptFile() string { return keptIn(s.Data) }

func keptIn(data string) string { return filepath.Join(data, "settings.toml") }

// keptComment is on top of that file.
const keptComment = "Written by the terminal: what it was told when it was set up, and the devices that it found\n" +
	"then. The configuration file, the environment and the command line go before it."

// keep keeps values by their keys beside those that it has kept before, whole or not at
// all.
func (s *settings) keep(values map[string]string) error {
	all, err := keptValues(s.keptFile())
	if err != nil {
		return err
	}
	kept := map[string]string{}
	for key, v := range all {
		kept[key] = v.Text
	}
	changed := false
	for key, value := range values {
		before, had := kept[key]
		changed = changed || !had || before != value
		kept[key] = value
	}
	if !changed {
		return nil
	}
	if err := wholefile.Replace(s.keptFile(), []byte(configured().File(keptComment, kept))); err != nil {
		return fmt.Errorf("keep the terminal's settings: %w", err)
	}
	return nil
}

// keptValues are the values of that file, none where there is no file.
func keptValues(file string) (map[string]configuration.Value, error) {
	all, err := configured().Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return all, err
}

// beside gives what nobody has said: what was kept, then what is found.
func beside(flags *flag.FlagSet) (map[string]configuration.Given, error) {
	all := found(devicesFolder)
	data := flags.Lookup("data")
	if data == nil || data.Value.String() == "" {
		return all, nil
	}
	kept, err := keptValues(keptIn(data.Value.String()))
	for key, v := range kept {
		all[key] = configuration.Given{Text: v.Text, Origin: configuration.Origin{From: configuration.Kept, At: v.At()}}
	}
	return all, err
}

// devicesFolder is where the package's udev rules name devices by what they are for.
const devicesFolder = "/dev/countersign"

// roles are the keys that are found there, and their values for a device.
var roles = [...]struct {
	key   string
	value func(device string) string
}{
	{"camera", itself}, {"sensor", itself}, {"imager", itself},
	{"printer", func(device string) string { return "usb:" + device }},
	{"reader", func(string) string { return anyReader }}, // PC/SC has names of its own
}

func itself(device string) string { return device }

// found are the devices that are in a folder now.
func found(folder string) map[string]configuration.Given {
	all := map[string]configuration.Given{}
	if runtime.GOOS != "linux" {
		return all
	}
	for _, r := range roles {
		device := filepath.Join(folder, r.key)
		if _, err := os.Stat(device); err == nil {
			all[r.key] = configuration.Given{Text: r.value(device), Origin: configuration.Origin{From: configuration.Found, At: device}}
		}
	}
	return all
}

// standardSensor is where the sensor is expected of which nobody has said where it is: it
// may be plugged in later.
func standardSensor() string {
	if runtime.GOOS == "linux" {
		return devicesFolder + "/sensor"
	}
	return ""
}
