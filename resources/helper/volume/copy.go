package main

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// copyTree empties one volume and fills it with what another one holds. It may be ended at any place and begun anew.
func copyTree(l *link) error {
	if _, err := l.start(); err != nil {
		return err
	}
	go l.leaveWithInput()
	root, err := rootOf(volumePath)
	if err != nil {
		return err
	}
	if err := emptyFolder(root, ""); err != nil {
		return err
	}
	tree := newCreator(root)
	w := &writer{link: l, told: time.Now()}
	var broken error
	describe := newDescriber(func(path, why string) { broken = refuse(path, why) })
	walk := walker{skipped: describe.skipped}
	walk.visit = func(at found) error {
		one, err := describe.describe(at)
		if err != nil {
			return failed(at.path, "read what it is", err)
		}
		if one == nil || broken != nil {
			return broken
		}
		fd, err := tree.add(one)
		if err != nil || fd < 0 {
			return err
		}
		w.files++
		return w.copyFile(fd, at, one)
	}
	if err := walk.start(fromPath, nil); err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	if err := tree.finish(); err != nil {
		return err
	}
	if err := syncAll(root); err != nil {
		return err
	}
	l.done(map[string]int64{"files": w.files, "bytes": w.written})
	return nil
}

func (w *writer) copyFile(to int, at found, one *entry) error {
	defer unix.Close(to)
	from, err := openForReading(at.dir, at.name, 0)
	if err != nil {
		return failed(at.path, "open it", err)
	}
	defer unix.Close(from)
	data := [][2]int64{{0, at.stat.Size}}
	if at.stat.Blocks*512 < at.stat.Size {
		found, holes, err := dataOf(from, at.stat.Size)
		if err != nil {
			return failed(at.path, "read it", err)
		}
		if holes {
			data = found
		}
	}
	if err := unix.Ftruncate(to, at.stat.Size); err != nil {
		return failed(at.path, "give it its length", err)
	}
	buf := make([]byte, 1<<20)
	for _, segment := range data {
		for offset, end := segment[0], segment[0]+segment[1]; offset < end; {
			n, err := unix.Pread(from, buf[:min(int64(len(buf)), end-offset)], offset)
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil {
				return failed(at.path, "read it", err)
			}
			if n == 0 {
				return failed(at.path, "read it", errors.New("it became shorter"))
			}
			if _, err := put(to, at.path, buf[:n], [][2]int64{{offset, int64(n)}}); err != nil {
				return err
			}
			offset += int64(n)
			w.progress(int64(n))
		}
	}
	return settle(to, at.path, one)
}

// emptyFolder removes all that is beneath an open folder, without following a link.
func emptyFolder(fd int, path string) error {
	names, err := namesOf(fd, nil)
	if err != nil {
		return failed(path, "list the folder", err)
	}
	for _, name := range names {
		below := path + "/" + name
		err := unix.Unlinkat(fd, name, 0)
		if err == nil || errors.Is(err, unix.ENOENT) {
			continue
		}
		if !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.EPERM) {
			return failed(below, "remove it", err)
		}
		child, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return failed(below, "remove it", err)
		}
		err = emptyFolder(child, below)
		unix.Close(child)
		if err != nil {
			return err
		}
		if err := unix.Unlinkat(fd, name, unix.AT_REMOVEDIR); err != nil {
			return failed(below, "remove it", err)
		}
	}
	return nil
}
