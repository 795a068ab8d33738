package export

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// sharedData is where real and nasty FIX data lies beside a checkout of the project.
const sharedData = "../../../shared/data"

func wire(text string) []byte { return []byte(strings.ReplaceAll(text, "|", "\x01")) }

// framed is a message with a body that is written with pipes.
func framed(body string) []byte {
	raw := append(fmt.Appendf(nil, "8=FIX.4.4\x019=%d\x01", len(body)), wire(body)...)
	return fmt.Appendf(raw, "10=%03d\x01", fixwire.CheckSum(raw))
}

// at is a record of one session, captured so many nanoseconds after a certain time.
func at(n int, kind fixarchive.Kind, raw []byte) fixarchive.Message {
	m := fixarchive.Message{
		Session: "FIX.4.4:A->B", Source: "hook", Kind: kind, Time: time.Date(2026, 11, 23, 0, 32, 24, 1603123+n, time.UTC),
		Sequence: uint64(n + 1), Epoch: 1, Generation: 1, Position: uint64(n) * 64, Raw: raw,
	}
	switch kind {
	case fixarchive.Inbound:
		m.Direction = fixarchive.In
	case fixarchive.Outbound:
		m.Direction = fixarchive.Out
	}
	if m.Direction != fixarchive.Both {
		p := fixwire.Parse(raw)
		m.MsgSeqNum, m.MsgType = p.MsgSeqNum, string(p.MsgType)
	}
	return m
}

// written is all of messages in a format, shown as they are.
func written(t testing.TB, f Format, messages []fixarchive.Message, o Options) []byte {
	t.Helper()
	return writtenBy(t, f, &Guard{Open: true}, messages, o)
}

func writtenBy(t testing.TB, f Format, g *Guard, messages []fixarchive.Message, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(f, &out, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		if f.MessagesOnly() && !isMessage(messages[i].Kind) {
			continue
		}
		r, err := g.Pass(&messages[i])
		if err == nil {
			err = w.Write(&r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// harvest is what an archive returns of all shared data: each file a session, both directions in turn, its text as
// events too. It is made once.
var harvest = sync.OnceValues(func() ([]fixarchive.Message, error) {
	dir, err := os.MkdirTemp("", "fixarchive-export-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	files, err := dataFiles()
	if err != nil {
		return nil, err
	}
	if err := capture(dir, files); err != nil {
		return nil, err
	}
	r, err := fixarchive.OpenReader(dir)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []fixarchive.Message
	for m, err := range r.Messages(fixarchive.Query{Kinds: fixarchive.AllKinds()}) {
		if err != nil {
			return nil, err
		}
		all = append(all, m.Clone())
	}
	return all, nil
})

func harvested(t testing.TB) []fixarchive.Message {
	t.Helper()
	if _, err := os.Stat(sharedData); err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	all, err := harvest()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func dataFiles() (files []string, err error) {
	dirs := []string{"nasty", "logs"}
	if testing.Short() {
		dirs = dirs[:1]
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(filepath.Join(sharedData, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func capture(dir string, files []string) error {
	a, err := fixarchive.Open(fixarchive.Options{Path: dir, RingDir: dir, ReserveBytes: 1 << 20, FreePercent: -1})
	if err != nil {
		return err
	}
	defer a.Close()
	logs := a.LogFactory(nil)
	for i, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		log, err := logs.CreateSessionLog(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: fmt.Sprint("F", i), TargetCompID: filepath.Base(path)})
		if err != nil {
			return err
		}
		put := 0
		for s := range fixwire.Split(text) {
			raw := s.Bytes[:min(len(s.Bytes), 4<<20)]
			put++
			switch {
			case s.Verdict == fixwire.Noise && put%3 == 0:
				log.OnEvent(string(raw))
			case put%2 == 0:
				log.OnIncoming(raw)
			default:
				log.OnOutgoing(raw)
			}
			if put%500 == 0 {
				if err := a.Flush(context.Background()); err != nil {
					return err
				}
			}
		}
		if err := a.Flush(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// gap is a record that tells of others.
func gap(n int) fixarchive.Message {
	m := at(n, fixarchive.Gap, []byte("its own encoding"))
	m.Lost = &fixarchive.Lost{First: 7, Last: 9, Count: 3, Bytes: 700, Reason: "ring full", Since: m.Time, Till: m.Time, Extra: wire("8=FIX.4.4|9=99|35=A|554=hunter5|")}
	return m
}
