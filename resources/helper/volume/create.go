package main

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

const maxNameBytes = 255

// checkName refuses what could lead out of the folder it is in.
func checkName(path, name string) error {
	switch {
	case name == "", name == ".", name == "..":
		return refuse(path, "a path with an empty part or dots")
	case len(name) > maxNameBytes:
		return refuse(path, "a name that is too long")
	case strings.ContainsAny(name, "/\x00"):
		return refuse(path, "a name with a character that no name can have")
	}
	return nil
}

// level is a folder that is being filled. What would change while it is filled is set when it is left.
type level struct {
	fd    int
	name  string
	path  string
	last  string
	entry *entry
}

// creator makes entries below a root, in the order of a walk. It never resolves a path: every folder on the way is one it made and holds open.
type creator struct {
	levels []level
}

func newCreator(root int) *creator {
	return &creator{levels: []level{{fd: root}}}
}

// place finds the open folder an entry belongs into. Names in a folder only grow, so there is none twice; what is no folder is never a parent.
func (c *creator) place(path string) (*level, string, error) {
	parts := strings.Split(path, "/")
	for _, part := range parts {
		if err := checkName(path, part); err != nil {
			return nil, "", err
		}
	}
	depth := len(parts)
	for len(c.levels) > depth || !c.above(parts[:len(c.levels)-1]) {
		if err := c.leave(); err != nil {
			return nil, "", err
		}
	}
	if len(c.levels) != depth {
		return nil, "", refuse(path, "an entry whose folder is not there")
	}
	here, name := &c.levels[len(c.levels)-1], parts[depth-1]
	if here.entry == nil {
		return nil, "", refuse(path, "an entry before the root")
	}
	if name <= here.last {
		return nil, "", refuse(path, "an entry twice or out of order")
	}
	here.last = name
	return here, name, nil
}

// above tells whether the open folders are the ones of these names.
func (c *creator) above(names []string) bool {
	for i, name := range names {
		if c.levels[i+1].name != name {
			return false
		}
	}
	return true
}

// leave sets what a folder is to be and lets go of it.
func (c *creator) leave() error {
	top := c.levels[len(c.levels)-1]
	c.levels = c.levels[:len(c.levels)-1]
	if len(c.levels) > 0 {
		defer unix.Close(top.fd)
	}
	if top.entry == nil {
		return nil
	}
	return settle(top.fd, top.path, top.entry)
}

// finish leaves every folder, the root last.
func (c *creator) finish() error {
	if c.levels[0].entry == nil {
		return refuse("", "a tree without a root")
	}
	for len(c.levels) > 0 {
		if err := c.leave(); err != nil {
			return err
		}
	}
	return nil
}

// root takes over what the root is to be.
func (c *creator) root(one *entry) error {
	if one.Type != "dir" {
		return refuse("", "the root of a volume is no folder")
	}
	if c.levels[0].entry != nil {
		return refuse("", "a second root")
	}
	c.levels[0].entry = one
	return nil
}

// add makes anything but the contents of a file; of a file it returns the descriptor to write them to.
func (c *creator) add(one *entry) (int, error) {
	path, err := raw(one.Path, one.PathRaw)
	if err != nil {
		return -1, err
	}
	if one.Path != nil && path == "" {
		return -1, c.root(one)
	}
	here, name, err := c.place(path)
	if err != nil {
		return -1, err
	}
	switch one.Type {
	case "dir":
		return -1, c.dir(here, name, path, one)
	case "file":
		fd, err := unix.Openat(here.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return -1, failed(path, "make the file", err)
		}
		return fd, nil
	case "link":
		return -1, c.link(here, name, path, one)
	case "symlink", "fifo", "socket":
		return -1, makeSpecial(here.fd, name, path, one)
	}
	return -1, refuse(path, "an entry of the unknown type "+one.Type)
}

func (c *creator) dir(here *level, name, path string, one *entry) error {
	if err := unix.Mkdirat(here.fd, name, 0o700); err != nil {
		return failed(path, "make the folder", err)
	}
	fd, err := unix.Openat(here.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return failed(path, "open the folder", err)
	}
	c.levels = append(c.levels, level{fd: fd, name: name, path: path, entry: one})
	return nil
}

func (c *creator) link(here *level, name, path string, one *entry) error {
	to, err := raw(one.To, one.ToRaw)
	if err != nil {
		return err
	}
	parts := strings.Split(to, "/")
	dir := c.levels[0].fd
	for i, part := range parts {
		if err := checkName(path, part); err != nil {
			return err
		}
		if i == len(parts)-1 {
			break
		}
		next, err := unix.Openat(dir, part, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if i > 0 {
			unix.Close(dir)
		}
		if err != nil {
			return refuse(path, "a link to something that is not there")
		}
		dir = next
	}
	if len(parts) > 1 {
		defer unix.Close(dir)
	}
	err = unix.Linkat(dir, parts[len(parts)-1], here.fd, name, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EPERM) {
		return refuse(path, "a link to something that is not there or is a folder")
	}
	if err != nil {
		return failed(path, "make the link", err)
	}
	return nil
}

func makeSpecial(dir int, name, path string, one *entry) error {
	switch one.Type {
	case "symlink":
		to, err := raw(one.To, one.ToRaw)
		if err != nil {
			return err
		}
		if to == "" || strings.ContainsRune(to, 0) {
			return refuse(path, "a link that points to nothing")
		}
		if err := unix.Symlinkat(to, dir, name); err != nil {
			return failed(path, "make the link", err)
		}
	case "fifo":
		if err := unix.Mknodat(dir, name, unix.S_IFIFO|0o600, 0); err != nil {
			return failed(path, "make the fifo", err)
		}
	default:
		if err := unix.Mknodat(dir, name, unix.S_IFSOCK|0o600, 0); err != nil {
			return failed(path, "make the socket", err)
		}
	}
	if err := checkMode(path, one); err != nil {
		return err
	}
	if err := unix.Fchownat(dir, name, int(one.UID), int(one.GID), unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return failed(path, "set its owner", err)
	}
	if one.Type != "symlink" {
		// It was made just now, by us, in a folder that nobody else has: no link can be in its place.
		if err := unix.Fchmodat(dir, name, one.Mode, 0); err != nil {
			return failed(path, "set its mode", err)
		}
		if err := setXattrs(path, one, func(attribute string, value []byte) error {
			return unix.Lsetxattr(via(dir, name), attribute, value, 0)
		}); err != nil {
			return err
		}
	}
	return setTime(dir, name, path, one, unix.AT_SYMLINK_NOFOLLOW)
}

func checkMode(path string, one *entry) error {
	if one.Mode > 0o7777 {
		return refuse(path, "a mode of more than 12 bits")
	}
	return nil
}

// settle gives an open file or folder its owner, mode, attributes and time. In this order: a new owner takes setuid bits and capabilities away.
func settle(fd int, path string, one *entry) error {
	if err := checkMode(path, one); err != nil {
		return err
	}
	if err := unix.Fchown(fd, int(one.UID), int(one.GID)); err != nil {
		return failed(path, "set its owner", err)
	}
	if err := unix.Fchmod(fd, one.Mode); err != nil {
		return failed(path, "set its mode", err)
	}
	if err := setXattrs(path, one, func(attribute string, value []byte) error { return unix.Fsetxattr(fd, attribute, value, 0) }); err != nil {
		return err
	}
	return setTime(fd, "", path, one, unix.AT_EMPTY_PATH)
}

func setXattrs(path string, one *entry, set func(name string, value []byte) error) error {
	if len(one.Xattrs) == 0 {
		return nil
	}
	names, values, err := decodeXattrs(path, one.Xattrs)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := set(name, values[name]); err != nil {
			return failed(path, "set the extended attribute "+name, err)
		}
	}
	return nil
}

func setTime(dir int, name, path string, one *entry, flags int) error {
	modified, err := timespec(one.MTime)
	if err != nil {
		return refuse(path, "a time that is no number")
	}
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, modified}
	if name == "" {
		err = utimens(dir, times)
	} else {
		err = unix.UtimesNanoAt(dir, name, times, flags)
	}
	if err != nil {
		return failed(path, "set its time", err)
	}
	return nil
}
