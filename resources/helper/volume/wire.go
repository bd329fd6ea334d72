package main

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// entry is one of a tree, with the names of docs/snapshot-format.md; `i` and `z` tell whether a file is the one that was read before.
type entry struct {
	Path    *string           `json:"p,omitempty"`
	PathRaw string            `json:"pb,omitempty"`
	Type    string            `json:"t"`
	Mode    uint32            `json:"m,omitempty"`
	UID     uint32            `json:"u,omitempty"`
	GID     uint32            `json:"g,omitempty"`
	MTime   string            `json:"n,omitempty"`
	Xattrs  map[string]string `json:"x,omitempty"`
	To      *string           `json:"to,omitempty"`
	ToRaw   string            `json:"tob,omitempty"`
	Size    int64             `json:"s,omitempty"`
	Data    [][2]int64        `json:"d,omitempty"`
	Holes   bool              `json:"h,omitempty"`
	Chunks  int               `json:"k,omitempty"`
	Inode   string            `json:"i,omitempty"`
	CTime   string            `json:"z,omitempty"`
}

type skip struct {
	Path string `json:"p"`
	Why  string `json:"w"`
}

// result is what a file turned out to have once it was read.
type result struct {
	Index   int64      `json:"e"`
	Hashes  []string   `json:"c"`
	Data    [][2]int64 `json:"d,omitempty"`
	Holes   bool       `json:"h,omitempty"`
	Changed bool       `json:"changed,omitempty"`
	Size    int64      `json:"s"`
	MTime   string     `json:"n"`
	Inode   string     `json:"i"`
	CTime   string     `json:"z"`
	Gone    string     `json:"gone,omitempty"`
}

func (e *entry) setPath(path string) {
	if utf8.ValidString(path) {
		e.Path = &path
	} else {
		e.PathRaw = base64.StdEncoding.EncodeToString([]byte(path))
	}
}

func (e *entry) setTo(to string) {
	if utf8.ValidString(to) {
		e.To = &to
	} else {
		e.ToRaw = base64.StdEncoding.EncodeToString([]byte(to))
	}
}

func raw(text *string, base string) (string, error) {
	if text != nil {
		return *text, nil
	}
	if base == "" {
		return "", refuse("", "an entry without a path")
	}
	bytes, err := base64.StdEncoding.DecodeString(base)
	if err != nil {
		return "", refuse("", "a path that is no base64")
	}
	return string(bytes), nil
}

func nanos(t unix.Timespec) string {
	return strconv.FormatInt(t.Sec*int64(time.Second)+t.Nsec, 10)
}

func timespec(text string) (unix.Timespec, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return unix.Timespec{}, refuse("", "a time that is no number")
	}
	return unix.NsecToTimespec(value), nil
}

// textOrQuoted makes a path readable for people, whatever its bytes.
func textOrQuoted(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return strings.Trim(strconv.QuoteToASCII(path), `"`)
}
