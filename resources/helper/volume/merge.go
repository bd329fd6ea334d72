package main

import (
	"bytes"
	"errors"
	"os"
	"sort"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// Where what a merge replaces is kept, and beside it what it is about to make.
	asidePath = "/aside"
	oldFolder = "old"
	newList   = "new"
	// Written when everything that is going to be replaced is kept: without it nothing was changed yet.
	readyFile = "ready"
	// One at a time, beside what it is going to be.
	partFile = ".berth-part"
)

// mergeTree puts what one volume holds into a folder of the machine: what differs is replaced, what is there besides stays.
// First all that is going to be replaced is kept in a volume of its own, on the disk before the first change, so that takeBack knows every one of them.
func mergeTree(l *link) error {
	if _, err := l.start(); err != nil {
		return err
	}
	go l.leaveWithInput()
	m, err := newMerge(l, fromPath)
	if err != nil {
		return err
	}
	aside, err := rootOf(asidePath)
	if err != nil {
		return err
	}
	if err := m.keep(aside); err != nil {
		return err
	}
	if err := m.putAll(); err != nil {
		return err
	}
	if err := syncAll(m.root); err != nil {
		return err
	}
	l.done(map[string]int64{"files": m.files, "bytes": m.written})
	return nil
}

// takeBack makes a folder be what it was before a merge, by what that kept. It may be ended at any place and begun anew.
func takeBack(l *link) error {
	if _, err := l.start(); err != nil {
		return err
	}
	go l.leaveWithInput()
	if _, err := os.Lstat(fromPath + "/" + readyFile); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			l.done(map[string]int64{"files": 0, "bytes": 0})
			return nil
		}
		return failed("", "look at what was kept", err)
	}
	m, err := newMerge(l, fromPath+"/"+oldFolder)
	if err != nil {
		return err
	}
	if err := m.putAll(); err != nil {
		return err
	}
	made, err := os.ReadFile(fromPath + "/" + newList)
	if err != nil {
		return failed("", "read what was made", err)
	}
	paths := strings.Split(strings.TrimSuffix(string(made), "\x00"), "\x00")
	// What is in a folder came behind it.
	for i := len(paths) - 1; i >= 0; i-- {
		if paths[i] == "" {
			continue
		}
		if err := m.remove(paths[i]); err != nil {
			return err
		}
	}
	if err := syncAll(m.root); err != nil {
		return err
	}
	l.done(map[string]int64{"files": m.files, "bytes": m.written})
	return nil
}

type merge struct {
	writer
	from string
	root int
	// Folders that were made, settled when all that is in them is there.
	made []madeFolder
}

type madeFolder struct {
	path string
	one  *entry
}

func newMerge(l *link, from string) (*merge, error) {
	root, err := rootOf(volumePath)
	if err != nil {
		return nil, err
	}
	return &merge{writer: writer{link: l, told: time.Now()}, from: from, root: root}, nil
}

// each visits everything that is to be put, the root left out; links come as the files that they are.
func (m *merge) each(visit func(at found, one *entry) error) error {
	var broken error
	walk := walker{skipped: func(path, why string) { broken = refuse(path, why) }}
	walk.visit = func(at found) error {
		if broken != nil {
			return broken
		}
		if at.path == "" {
			return nil
		}
		one, err := describeAlone(at)
		if err != nil {
			return err
		}
		return visit(at, one)
	}
	if err := walk.start(m.from, nil); err != nil {
		return err
	}
	return broken
}

// describeAlone says what an entry is by itself, whatever other names it has.
func describeAlone(at found) (*entry, error) {
	var broken error
	one, err := newDescriber(func(path, why string) { broken = refuse(path, why) }).describe(at)
	if err != nil {
		return nil, failed(at.path, "read what it is", err)
	}
	if broken != nil {
		return nil, broken
	}
	return one, nil
}

// keep copies what is going to be replaced, and lists what is going to be made.
func (m *merge) keep(aside int) error {
	if err := unix.Mkdirat(aside, oldFolder, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
		return failed(oldFolder, "make the folder", err)
	}
	old, err := unix.Openat(aside, oldFolder, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return failed(oldFolder, "open the folder", err)
	}
	defer unix.Close(old)
	var made bytes.Buffer
	if err := m.each(func(at found, one *entry) error {
		now, err := m.look(at.path)
		if err != nil {
			return err
		}
		if now == nil {
			made.WriteString(at.path + "\x00")
			return nil
		}
		defer unix.Close(now.dir)
		if (one.Type == "dir") != (typeOf(now.stat.Mode) == "dir") {
			return refuse(at.path, "a folder stands where a file was kept, or a file where a folder was")
		}
		if one.Type == "dir" {
			return nil
		}
		same, err := m.isSame(at, one, *now)
		if err != nil || same {
			return err
		}
		return m.keepOne(old, *now)
	}); err != nil {
		return err
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{newList, made.Bytes()}, {readyFile, nil}} {
		// All that was kept is on the disk before the word that it is.
		if file.name == readyFile {
			if err := syncAll(aside); err != nil {
				return err
			}
		}
		if err := os.WriteFile(asidePath+"/"+file.name, file.content, 0o600); err != nil {
			return failed(file.name, "write down what is going to change", err)
		}
	}
	return syncAll(aside)
}

func (m *merge) keepOne(old int, now found) error {
	one, err := describeAlone(now)
	if err != nil {
		return err
	}
	parts := strings.Split(now.path, "/")
	dir := old
	for i, part := range parts[:len(parts)-1] {
		if err := unix.Mkdirat(dir, part, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
			return failed(now.path, "make the folder", err)
		}
		next, err := unix.Openat(dir, part, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if i > 0 {
			unix.Close(dir)
		}
		if err != nil {
			return failed(now.path, "open the folder", err)
		}
		dir = next
	}
	if len(parts) > 1 {
		defer unix.Close(dir)
	}
	return m.make(dir, parts[len(parts)-1], now, one)
}

// look finds what is at a path of the folder; nil where there is nothing. The folder that it is in is open, for whoever asked to close.
func (m *merge) look(path string) (*found, error) {
	dir, name, err := m.parent(path)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(path, "open its folder", err)
	}
	at := found{path: path, dir: dir, name: name}
	if err := unix.Fstatat(dir, name, &at.stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		unix.Close(dir)
		if errors.Is(err, unix.ENOENT) {
			return nil, nil
		}
		return nil, failed(path, "look at it", err)
	}
	return &at, nil
}

// parent opens the folder of a path, from the root without following a link.
func (m *merge) parent(path string) (int, string, error) {
	parts := strings.Split(path, "/")
	dir, err := unix.Openat(m.root, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, "", err
	}
	for _, part := range parts[:len(parts)-1] {
		next, err := unix.Openat(dir, part, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		unix.Close(dir)
		if err != nil {
			return -1, "", err
		}
		dir = next
	}
	return dir, parts[len(parts)-1], nil
}

// isSame tells whether what stands there is what is to be put, byte for byte, with owner, mode, time and attributes.
func (m *merge) isSame(at found, one *entry, now found) (bool, error) {
	other, err := describeAlone(now)
	if err != nil {
		return false, nil
	}
	if one.Type != other.Type || one.Mode != other.Mode || one.UID != other.UID || one.GID != other.GID || one.MTime != other.MTime || one.Size != other.Size || !sameAttributes(one.Xattrs, other.Xattrs) {
		return false, nil
	}
	if one.Type == "symlink" {
		to, _ := raw(one.To, one.ToRaw)
		otherTo, _ := raw(other.To, other.ToRaw)
		return to == otherTo, nil
	}
	if one.Type != "file" {
		return true, nil
	}
	return sameBytes(at, now)
}

func sameAttributes(one, other map[string]string) bool {
	if len(one) != len(other) {
		return false
	}
	for name, value := range one {
		if there, ok := other[name]; !ok || there != value {
			return false
		}
	}
	return true
}

func sameBytes(one, other found) (bool, error) {
	fds := [2]int{}
	for i, at := range [2]found{one, other} {
		fd, err := openForReading(at.dir, at.name, 0)
		if err != nil {
			return false, failed(at.path, "open it", err)
		}
		defer unix.Close(fd)
		fds[i] = fd
	}
	bufs := [2][]byte{make([]byte, 256<<10), make([]byte, 256<<10)}
	for offset := int64(0); ; {
		lengths := [2]int{}
		for i, fd := range fds {
			n, err := unix.Pread(fd, bufs[i], offset)
			if err != nil {
				return false, failed(one.path, "read it", err)
			}
			lengths[i] = n
		}
		n := min(lengths[0], lengths[1])
		if !bytes.Equal(bufs[0][:n], bufs[1][:n]) {
			return false, nil
		}
		if n == 0 {
			return lengths[0] == lengths[1], nil
		}
		offset += int64(n)
	}
}

// putAll replaces what differs, one by one, each as one step of the file system.
func (m *merge) putAll() error {
	if err := m.each(func(at found, one *entry) error { return m.putOne(at, one) }); err != nil {
		return err
	}
	sort.SliceStable(m.made, func(i, j int) bool { return m.made[i].path > m.made[j].path })
	for _, folder := range m.made {
		if err := m.settleFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) settleFolder(folder madeFolder) error {
	dir, name, err := m.parent(folder.path)
	if err != nil {
		return failed(folder.path, "open its folder", err)
	}
	defer unix.Close(dir)
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return failed(folder.path, "open the folder", err)
	}
	defer unix.Close(fd)
	return settle(fd, folder.path, folder.one)
}

func (m *merge) putOne(at found, one *entry) error {
	dir, name, err := m.parent(at.path)
	if err != nil {
		return failed(at.path, "open its folder", err)
	}
	defer unix.Close(dir)
	if one.Type == "dir" {
		err := unix.Mkdirat(dir, name, 0o700)
		if err == nil {
			m.made = append(m.made, madeFolder{at.path, one})
		} else if !errors.Is(err, unix.EEXIST) {
			return failed(at.path, "make the folder", err)
		}
		return nil
	}
	now := found{path: at.path, dir: dir, name: name}
	if err := unix.Fstatat(dir, name, &now.stat, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		same, err := m.isSame(at, one, now)
		if err != nil || same {
			return err
		}
	} else if !errors.Is(err, unix.ENOENT) {
		return failed(at.path, "look at it", err)
	}
	if err := unix.Unlinkat(dir, partFile, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return failed(at.path, "remove what was begun", err)
	}
	if err := m.make(dir, partFile, at, one); err != nil {
		_ = unix.Unlinkat(dir, partFile, 0)
		return err
	}
	if err := unix.Renameat(dir, partFile, dir, name); err != nil {
		return failed(at.path, "put it in its place", err)
	}
	return nil
}

// make writes a copy of an entry under a name that is free; a file is on the disk when it returns.
func (m *merge) make(dir int, name string, at found, one *entry) error {
	if one.Type != "file" {
		return makeSpecial(dir, name, at.path, one)
	}
	to, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return failed(at.path, "make the file", err)
	}
	m.files++
	held, err := unix.Dup(to)
	if err != nil {
		unix.Close(to)
		return failed(at.path, "make the file", err)
	}
	defer unix.Close(held)
	if err := m.copyFile(to, at, one); err != nil {
		return err
	}
	if err := unix.Fsync(held); err != nil {
		return failed(at.path, "write it to the disk", err)
	}
	return nil
}

// remove takes away what a merge made; a folder in which something else is by now stays.
func (m *merge) remove(path string) error {
	dir, name, err := m.parent(path)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return failed(path, "open its folder", err)
	}
	defer unix.Close(dir)
	_ = unix.Unlinkat(dir, partFile, 0)
	err = unix.Unlinkat(dir, name, 0)
	if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) {
		if fd, opened := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0); opened == nil {
			_ = unix.Unlinkat(fd, partFile, 0)
			unix.Close(fd)
		}
		err = unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTEMPTY) && !errors.Is(err, unix.EEXIST) {
		return failed(path, "remove it", err)
	}
	return nil
}
