package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"golang.org/x/sys/unix"
)

// dataFolder is what the engine calls the contents of a volume in its own folder.
const dataFolder = "_data"

var volumeName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// measure counts what there is without reading it.
func measure(l *link) error {
	chosen, err := l.start()
	if err != nil {
		return err
	}
	go l.leaveWithInput()
	var bytes, files int64
	seen := map[inode]bool{}
	w := walker{skipped: func(string, string) {}}
	w.visit = func(at found) error {
		if at.stat.Mode&unix.S_IFMT != unix.S_IFREG {
			return nil
		}
		key := inode{uint64(at.stat.Dev), at.stat.Ino}
		if at.stat.Nlink > 1 {
			if seen[key] {
				return nil
			}
			seen[key] = true
		}
		bytes += at.stat.Size
		files++
		return nil
	}
	if err := w.start(volumePath, chosen); err != nil {
		return err
	}
	var space unix.Statfs_t
	if err := unix.Statfs(volumePath, &space); err != nil {
		return failed("", "ask for free space", err)
	}
	l.done(map[string]int64{"bytes": bytes, "files": files, "freeBytes": int64(space.Bavail) * space.Bsize})
	return nil
}

// identities tells which folder each volume has: it stays the same wherever the folder goes.
func identities(l *link) error {
	entries, err := os.ReadDir(volumesPath)
	if err != nil {
		return failed("", "list the volumes", err)
	}
	answer := make([]string, len(entries))
	for i := range answer {
		var stat unix.Stat_t
		if err := unix.Stat(volumesPath+"/"+strconv.Itoa(i), &stat); err != nil {
			return failed("", "look at a volume", err)
		}
		answer[i] = fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
	}
	l.done(answer)
	return nil
}

// exchange swaps the folders of two volumes in one step of the file system.
func exchange(l *link, one, other string) error {
	if !volumeName.MatchString(one) || !volumeName.MatchString(other) || one == other {
		return refuse("", "two different names of volumes are needed")
	}
	root, err := rootOf(volumesPath)
	if err != nil {
		return err
	}
	fds := [2]int{}
	for i, name := range [2]string{one, other} {
		fd, err := unix.Openat(root, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return notExchanged(name, err)
		}
		var stat unix.Stat_t
		if err := unix.Fstatat(fd, dataFolder, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return notExchanged(name, err)
		}
		if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
			return notExchanged(name, errors.New("its contents are no folder"))
		}
		fds[i] = fd
	}
	// What was written before has to be on the disk before it is what is seen.
	if err := unix.Syncfs(root); err != nil {
		return failed("", "write everything to the disk", err)
	}
	if err := unix.Renameat2(fds[0], dataFolder, fds[1], dataFolder, unix.RENAME_EXCHANGE); err != nil {
		return notExchanged(one, err)
	}
	for _, fd := range fds {
		if err := unix.Fsync(fd); err != nil {
			return failed("", "write the exchange to the disk", err)
		}
	}
	l.done(map[string]bool{"exchanged": true})
	return nil
}

func notExchanged(name string, err error) error {
	return &failure{"not-supported", name, "the folders cannot be exchanged: " + err.Error()}
}
