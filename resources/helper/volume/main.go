// berth-volume reads, writes and exchanges the contents of volumes for Berth, in a container of its own. What it says and is told is
// described in README.md; the forms of what it stores in docs/snapshot-format.md.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// Where the volume, or the folder, is mounted; of a copy the one that is filled.
	volumePath = "/volume"
	// What is copied from.
	fromPath = "/from"
	// The volumes whose folders are asked for, by number; or the folder in which all volumes are.
	volumesPath = "/volumes"
	// A soft limit: buffers are bounded far below it, the collector has to keep up.
	memoryLimitBytes = 192 << 20
)

func main() {
	debug.SetMemoryLimit(memoryLimitBytes)
	if runtime.GOMAXPROCS(0) < 2 {
		runtime.GOMAXPROCS(2)
	}
	// Modes are what the snapshot says, whatever the engine started us with.
	syscall.Umask(0)
	link := newLink()
	link.hello()
	go link.beat()
	if err := run(link, os.Args[1:]); err != nil {
		link.fail(err)
		link.leave()
		os.Exit(1)
	}
}

func run(link *link, args []string) error {
	if len(args) == 0 {
		return refuse("", "no command")
	}
	switch args[0] {
	case "read":
		return readTree(link)
	case "digest":
		return digestTree(link)
	case "write":
		return writeTree(link)
	case "copy":
		return copyTree(link)
	case "merge":
		return mergeTree(link)
	case "take-back":
		return takeBack(link)
	case "measure":
		return measure(link)
	case "identities":
		return identities(link)
	case "exchange":
		if len(args) != 3 {
			return refuse("", "exchange takes two names")
		}
		return exchange(link, args[1], args[2])
	}
	return refuse("", "unknown command "+args[0])
}

// failure is an error with a code Berth knows, and the path it is about.
type failure struct {
	code string
	path string
	text string
}

func (f *failure) Error() string { return f.code + ": " + f.path + ": " + f.text }

func refuse(path, text string) error { return &failure{"refused", path, text} }

func damaged(path, text string) error { return &failure{"damaged", path, text} }

// failed says what went wrong with a path; codes that somebody can do something about are named.
func failed(path, doing string, err error) error {
	var known *failure
	if errors.As(err, &known) {
		return err
	}
	code := "io"
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		code = "disk-full"
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EXDEV):
		code = "not-supported"
	case errors.Is(err, unix.EROFS):
		code = "read-only"
	}
	return &failure{code, path, fmt.Sprintf("%s: %v", doing, err)}
}
