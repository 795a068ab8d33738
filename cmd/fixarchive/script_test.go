package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fixarchive": main,
		"capture":    capture,
		"damage":     damage,
		"engine":     engine,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": exitsWith,
			"await":  await,
			"plain":  plainEnds,
		},
	})
}

// exitsWith runs a command that must end with a status: status 2 fixarchive get.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("%q ended with %d, want %s", args[1:], got, args[0])
	}
}

// plainEnds compares files but for the line ends of the first, which must be those of a CSV: plain FILE WANT.
func plainEnds(ts *testscript.TestScript, _ bool, args []string) {
	got, want := ts.ReadFile(args[0]), ts.ReadFile(args[1])
	if got != strings.ReplaceAll(want, "\n", "\r\n") {
		ts.Fatalf("%s is\n%s\nand not\n%s", args[0], got, want)
	}
}

// await waits until a file holds what matches a pattern: await FILE PATTERN.
func await(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile("(?m)" + args[1])
	var text []byte
	for range 2000 {
		text, _ = os.ReadFile(ts.MkAbs(args[0]))
		if pattern.Match(text) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	ts.Fatalf("%s does not come to hold %s: %s", args[0], args[1], text)
}

// capture is a gateway for scripts: it archives what standard input tells.
//
//	session FIX.4.4:A->B        what follows is this session's
//	out D 2 11=x|               a message: direction, MsgType, MsgSeqNum, and fields that follow the header
//	out raw 8=FIX.4.4|…         bytes as they are
//	event text                  a line of the engine's event log, which may quote a message
//	huge out D 3                a message that is too large for an archive, which leaves a gap record
//
// With -die it ends as a process that is killed does: without closing the archive. With -heap it is alarmed, since its
// ring has no file. A reserve of some MiB is enough here, and that the machine's disk is nearly full is no news.
func capture() {
	die, heap := flag.Bool("die", false, ""), flag.Bool("heap", false, "")
	flag.Parse()
	o := fixarchive.Options{Path: flag.Arg(0), RingDir: flag.Arg(0), ReserveBytes: 1 << 20, FreePercent: -1} // the ring may be left behind
	o.Alarm = func(err error) { fmt.Fprintln(os.Stderr, err) }
	if *heap {
		o.RingDir = filepath.Join(o.Path, "none")
	}
	a, err := fixarchive.Open(o)
	check(err)
	c := captor{logs: a.LogFactory(nil)}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		c.line(in.Text())
	}
	check(a.Flush(context.Background()))
	if *die {
		os.Exit(0)
	}
	check(a.Close())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type captor struct {
	logs quickfix.LogFactory
	id   quickfix.SessionID
	log  quickfix.Log
}

func (c *captor) line(text string) {
	words := strings.SplitN(text, " ", 4)
	switch words[0] {
	case "huge":
		c.log.OnOutgoing(c.framed(append(words[1:], "58="+strings.Repeat("x", 17<<20)+"|")))
	case "":
	case "session":
		c.session(words[1])
	case "event":
		c.log.OnEvent(strings.ReplaceAll(strings.TrimPrefix(text, "event "), "|", "\x01"))
	case "in", "out":
		raw := []byte(strings.ReplaceAll(strings.Join(words[2:], " "), "|", "\x01"))
		if words[1] != "raw" {
			raw = c.framed(words)
		}
		if words[0] == "in" {
			c.log.OnIncoming(raw)
		} else {
			c.log.OnOutgoing(raw)
		}
	default:
		check(fmt.Errorf("capture: %q", text))
	}
}

func (c *captor) session(name string) {
	begin, parties, _ := strings.Cut(name, ":")
	sender, target, _ := strings.Cut(parties, "->")
	c.id = quickfix.SessionID{BeginString: begin, SenderCompID: sender, TargetCompID: target}
	log, err := c.logs.CreateSessionLog(c.id)
	check(err)
	c.log = log
}

// framed builds a message from the words: direction, MsgType, MsgSeqNum, fields.
func (c *captor) framed(words []string) []byte {
	sender, target := c.id.SenderCompID, c.id.TargetCompID
	if words[0] == "in" {
		sender, target = target, sender
	}
	body := fmt.Sprintf("35=%s|34=%s|49=%s|52=20261123-00:32:24|56=%s|", words[1], words[2], sender, target)
	if len(words) > 3 {
		body += words[3]
	}
	raw := []byte(fmt.Sprintf("8=%s|9=%d|%s", c.id.BeginString, len(body), body))
	raw = bytes.ReplaceAll(raw, []byte("|"), []byte("\x01"))
	return fmt.Appendf(raw, "10=%03d\x01", fixwire.CheckSum(raw))
}

// damage turns one bit of a file round: damage FILE OFFSET, from the end when negative.
func damage() {
	var at int64
	_, err := fmt.Sscan(os.Args[2], &at)
	check(err)
	text, err := os.ReadFile(os.Args[1])
	check(err)
	if at < 0 {
		at += int64(len(text))
	}
	text[at] ^= 1
	check(os.WriteFile(os.Args[1], text, 0o600))
}
