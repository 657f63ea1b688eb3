package main

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// plain is what went wrong with a file, without the system call's name.
func plain(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Path + ": " + p.Err.Error()
	}
	return err.Error()
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./,:@%+=-]+$`)

// spoken is a name as it may be said: an address of a database without its
// password.
func spoken(name string) string {
	if u, err := url.Parse(name); isPostgres(name) && err == nil {
		return u.Redacted()
	}
	return name
}

// quoted is a word as a shell takes it, without a password.
func quoted(word string) string {
	word = spoken(word)
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// replaceFile writes a file whole or not at all: whoever reads it meanwhile
// reads the old one or the new one.
func replaceFile(name string, text []byte) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*")
	if err != nil {
		return trouble{"-o " + name + " cannot be written: " + plain(err), "name a file in a folder that you may write to"}
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return trouble{"-o " + name + " cannot be written: " + plain(err), "free some space, or name another file"}
	}
	return nil
}
