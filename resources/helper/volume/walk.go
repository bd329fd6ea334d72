package main

import (
	"bytes"
	"errors"
	"os"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// filter holds the paths that are wanted: exactly these, and the folders above them.
type filter struct {
	children map[string]*filter
}

func (f *filter) add(path string) error {
	for _, name := range strings.Split(path, "/") {
		if err := checkName(path, name); err != nil {
			return err
		}
		next := f.children[name]
		if next == nil {
			if f.children == nil {
				f.children = map[string]*filter{}
			}
			next = &filter{}
			f.children[name] = next
		}
		f = next
	}
	return nil
}

func (f *filter) names() []string {
	names := make([]string, 0, len(f.children))
	for name := range f.children {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// found is one entry of a walk. `dir` is open while it is visited; `name` is the entry in it.
type found struct {
	path string
	dir  int
	name string
	stat unix.Stat_t
}

type inode struct {
	dev uint64
	ino uint64
}

// walker goes over a tree without ever following a link: each folder is opened from the one above it.
type walker struct {
	visit   func(found) error
	skipped func(path, why string)
}

// start visits the root, a folder or a single file, and all beneath it.
func (w *walker) start(root string, chosen *filter) error {
	parent, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return failed("", "open the root", err)
	}
	defer unix.Close(parent)
	return w.one(parent, strings.TrimPrefix(root, "/"), "", chosen)
}

func (w *walker) one(dir int, name, path string, chosen *filter) error {
	at := found{path: path, dir: dir, name: name}
	if err := unix.Fstatat(dir, name, &at.stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return w.excuse(path, "look at it", err)
	}
	if at.stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return w.visit(at)
	}
	fd, err := openForReading(dir, name, unix.O_DIRECTORY)
	if err != nil {
		return w.excuse(path, "open the folder", err)
	}
	defer unix.Close(fd)
	if err := w.visit(at); err != nil {
		return err
	}
	names, err := namesOf(fd, chosen)
	if err != nil {
		return w.excuse(path, "list the folder", err)
	}
	for _, child := range names {
		childPath := child
		if path != "" {
			childPath = path + "/" + child
		}
		var inside *filter
		if chosen != nil {
			inside = chosen.children[child]
		}
		if err := w.one(fd, child, childPath, inside); err != nil {
			return err
		}
	}
	return nil
}

// excuse says why something is left out: it went away meanwhile, or nobody may read it. Anything else ends the walk, for what is missing then would be missed.
func (w *walker) excuse(path, doing string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		w.skipped(path, "It was removed while it was read.")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		w.skipped(path, "Nobody may read it, not even root of the container.")
	default:
		return failed(path, doing, err)
	}
	return nil
}

func namesOf(fd int, chosen *filter) ([]string, error) {
	if chosen != nil {
		return chosen.names(), nil
	}
	names := []string{}
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Getdents(fd, buf)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
	sort.Strings(names)
	return names, nil
}

// openForReading never follows a link, never waits for the other end of a fifo, and leaves the time of access alone where it may.
func openForReading(dir int, name string, flags int) (int, error) {
	flags |= unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK
	fd, err := unix.Openat(dir, name, flags|unix.O_NOATIME, 0)
	if errors.Is(err, unix.EPERM) {
		fd, err = unix.Openat(dir, name, flags, 0)
	}
	return fd, err
}

func typeOf(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "dir"
	case unix.S_IFREG:
		return "file"
	case unix.S_IFLNK:
		return "symlink"
	case unix.S_IFIFO:
		return "fifo"
	case unix.S_IFSOCK:
		return "socket"
	}
	return ""
}

// describer turns what a walk finds into entries: links to what came before, attributes, and what is left out.
type describer struct {
	links   map[inode]string
	others  map[string]int
	first   map[string]string
	skipped func(path, why string)
}

func newDescriber(skipped func(path, why string)) *describer {
	return &describer{links: map[inode]string{}, others: map[string]int{}, first: map[string]string{}, skipped: skipped}
}

// describe returns nil for what is not kept.
func (d *describer) describe(at found) (*entry, error) {
	kind := typeOf(at.stat.Mode)
	if kind == "" {
		d.skipped(at.path, "It is a device.")
		return nil, nil
	}
	one := &entry{Type: kind}
	one.setPath(at.path)
	if kind != "dir" && at.stat.Nlink > 1 {
		key := inode{uint64(at.stat.Dev), at.stat.Ino}
		if before, seen := d.links[key]; seen {
			one.Type = "link"
			one.setTo(before)
			return one, nil
		}
		d.links[key] = at.path
	}
	one.Mode, one.UID, one.GID, one.MTime = at.stat.Mode&0o7777, at.stat.Uid, at.stat.Gid, nanos(at.stat.Mtim)
	one.Inode, one.CTime = strconv.FormatUint(at.stat.Ino, 10), nanos(at.stat.Ctim)
	if kind == "symlink" {
		to, err := readLink(at.dir, at.name)
		if err != nil {
			return nil, err
		}
		one.setTo(to)
		return one, nil
	}
	if kind == "file" {
		one.Size = at.stat.Size
	}
	xattrs, err := xattrsOf(via(at.dir, at.name), func(name string) {
		d.others[name]++
		if d.others[name] == 1 {
			d.first[name] = at.path
		}
	})
	if err != nil {
		return nil, err
	}
	one.Xattrs = xattrs
	return one, nil
}

// tellOthers names the attributes that were left out, each once: on some machines every file has one.
func (d *describer) tellOthers() {
	names := make([]string, 0, len(d.others))
	for name := range d.others {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		d.skipped(d.first[name], "The extended attribute "+name+" is not kept; "+strconv.Itoa(d.others[name])+" entries have it.")
	}
}

func readLink(dir int, name string) (string, error) {
	for size := 256; ; size *= 4 {
		buf := make([]byte, size)
		n, err := unix.Readlinkat(dir, name, buf)
		if err != nil {
			return "", err
		}
		if n < size {
			return string(bytes.Clone(buf[:n])), nil
		}
	}
}

// rootOf opens the folder of a volume.
func rootOf(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, failed("", "open the volume", os.NewSyscallError("open", err))
	}
	return fd, nil
}
