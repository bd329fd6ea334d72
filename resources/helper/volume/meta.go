package main

import (
	"encoding/base64"
	"errors"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// via names a place below an open folder for calls that only take paths: the folder is the one that was opened, and its name is not followed further.
func via(dir int, name string) string {
	return "/proc/self/fd/" + strconv.Itoa(dir) + "/" + name
}

func keptXattr(name string) bool {
	return strings.HasPrefix(name, "user.") || name == "security.capability" || strings.HasPrefix(name, "system.posix_acl_")
}

// xattrsOf reads the attributes that are kept; `other` gets the names of those that are not.
func xattrsOf(place string, other func(name string)) (map[string]string, error) {
	list, err := grown(256, func(buf []byte) (int, error) { return unix.Llistxattr(place, buf) })
	if len(list) == 0 || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept map[string]string
	for _, name := range strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		if !keptXattr(name) {
			other(name)
			continue
		}
		value, err := grown(256, func(buf []byte) (int, error) { return unix.Lgetxattr(place, name, buf) })
		if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if kept == nil {
			kept = map[string]string{}
		}
		kept[name] = base64.StdEncoding.EncodeToString(value)
	}
	return kept, nil
}

// grown calls with ever larger buffers until what it reads fits.
func grown(size int, read func(buf []byte) (int, error)) ([]byte, error) {
	for {
		buf := make([]byte, size)
		n, err := read(buf)
		if errors.Is(err, unix.ERANGE) && size <= 1<<20 {
			size *= 4
			continue
		}
		if err != nil {
			return nil, err
		}
		return buf[:n], nil
	}
}

func decodeXattrs(path string, xattrs map[string]string) ([]string, map[string][]byte, error) {
	names := make([]string, 0, len(xattrs))
	values := make(map[string][]byte, len(xattrs))
	for name, base := range xattrs {
		if !keptXattr(name) || strings.ContainsRune(name, 0) {
			return nil, nil, refuse(path, "the extended attribute "+name+" is not one that is kept")
		}
		value, err := base64.StdEncoding.DecodeString(base)
		if err != nil {
			return nil, nil, refuse(path, "an extended attribute is no base64")
		}
		names = append(names, name)
		values[name] = value
	}
	sort.Strings(names)
	return names, values, nil
}

// dataOf finds where a file has data; nil and false where it has no holes.
func dataOf(fd int, size int64) ([][2]int64, bool, error) {
	segments := [][2]int64{}
	for at := int64(0); at < size; {
		start, err := unix.Seek(fd, at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			break
		}
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		end, err := unix.Seek(fd, start, unix.SEEK_HOLE)
		if err != nil {
			return nil, false, err
		}
		start, end = min(start, size), min(end, size)
		if end > start {
			segments = append(segments, [2]int64{start, end - start})
		}
		at = max(end, at+1)
	}
	if len(segments) == 1 && segments[0][0] == 0 && segments[0][1] == size {
		return nil, false, nil
	}
	return segments, true, nil
}
