package filestore

import (
	"fmt"
	"strings"
)

// Format is a kind of store.
type Format uint8

const (
	Unknown         Format = iota
	QuickFIXGo             // the file store of github.com/quickfixgo/quickfix
	QuickFIX               // QuickFIX C++, from 1.16 on
	QuickFIX115            // QuickFIX C++ up to 1.15, which writes numbers of ten digits
	QuickFIXJ              // the FileStore of QuickFIX/J
	QuickFIXJCached        // the CachedFileStore of QuickFIX/J
	QuickFIXN              // QuickFIX/n: only read
	formatsEnd
)

var formatNames = [formatsEnd]string{"unknown", "quickfixgo", "quickfix", "quickfix-1.15", "quickfixj", "quickfixj-cached", "quickfixn"}

func (f Format) String() string { return formatNames[f] }

// ParseFormat is the way back from String.
func ParseFormat(name string) (Format, error) {
	for f := Unknown + 1; f < formatsEnd; f++ {
		if f.String() == name {
			return f, nil
		}
	}
	return Unknown, fmt.Errorf("no store format %q, want one of %s", name, strings.Join(FormatNames(), ", "))
}

// FormatNames lists all of them.
func FormatNames() []string { return append([]string{}, formatNames[Unknown+1:]...) }

// Writable reports whether a Writer knows it.
func (f Format) Writable() bool { return f != Unknown && f != QuickFIXN && f < formatsEnd }

func (f Format) isJava() bool { return f == QuickFIXJ || f == QuickFIXJCached }

// hasOneNumbersFile reports whether both numbers stand in P.seqnums.
func (f Format) hasOneNumbersFile() bool { return f != QuickFIXGo && f != QuickFIXJ }

// The endings of a store's files.
const (
	bodyFile    = "body"
	headerFile  = "header"
	sessionFile = "session"
	numbersFile = "seqnums"
	senderFile  = "senderseqnums"
	targetFile  = "targetseqnums"
)

var endings = []string{bodyFile, headerFile, sessionFile, numbersFile, senderFile, targetFile}

// smallFiles are those of the format that hold a time or numbers.
func (f Format) smallFiles() []string {
	if f.hasOneNumbersFile() {
		return []string{sessionFile, numbersFile}
	}
	return []string{sessionFile, senderFile, targetFile}
}

// formats is a set of them.
type formats uint16

func setOf(list ...Format) (s formats) {
	for _, f := range list {
		s |= 1 << f
	}
	return s
}

func (s formats) has(f Format) bool { return s&(1<<f) != 0 }

func (s formats) String() string {
	var names []string
	for f := Unknown + 1; f < formatsEnd; f++ {
		if s.has(f) {
			names = append(names, f.String())
		}
	}
	return strings.Join(names, " or ")
}
