package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/store/file"

	"github.com/fixarchive/fixarchive/internal/filestore"
)

// engine is quickfixgo with its file store, for scripts: engine DIR SENDER TARGET UP-TO sends up to a MsgSeqNum, and is sent as many.
func engine() {
	id := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: os.Args[2], TargetCompID: os.Args[3]}
	till, err := strconv.Atoi(os.Args[4])
	check(err)
	s, err := fileStoreIn(os.Args[1], id)
	check(err)
	for n := s.NextSenderMsgSeqNum(); n <= till; n++ {
		check(s.SaveMessageAndIncrNextSenderMsgSeqNum(n, anOrder(id, n)))
		check(s.IncrNextTargetMsgSeqNum())
	}
	check(s.Close())
}

func fileStoreIn(dir string, id quickfix.SessionID) (quickfix.MessageStore, error) {
	settings := quickfix.NewSettings()
	settings.GlobalSettings().Set(config.FileStorePath, dir)
	settings.GlobalSettings().Set(config.FileStoreSync, "N")
	settings.GlobalSettings().Set(config.DynamicSessions, "Y")
	return file.NewStoreFactory(settings).Create(id)
}

// order is a whole message.
func anOrder(id quickfix.SessionID, n int) []byte {
	body := fmt.Sprintf("35=D\x0134=%d\x0149=%s\x0152=20261123-09:30:00.000\x0156=%s\x0111=%d\x01", n, id.SenderCompID, id.TargetCompID, n)
	msg := fmt.Appendf(nil, "8=%s\x019=%d\x01%s", id.BeginString, len(body), body)
	sum := byte(0)
	for _, c := range msg {
		sum += c
	}
	return fmt.Appendf(msg, "10=%03d\x01", sum)
}

// fakeTarget is an archive of one session, which fails when told to.
type fakeTarget struct {
	created        time.Time
	sender, target int
	seqs           []int
	msgs           [][]byte
	notes          []string
	begun, commits int
	calls          int
	failAt         int // the call that fails; 0: none
}

var errFake = errors.New("the disk is full")

func (t *fakeTarget) call() error {
	if t.calls++; t.calls == t.failAt {
		return errFake
	}
	return nil
}

func (t *fakeTarget) Held(quickfix.SessionID) (filestore.Origin, error) {
	if t.begun == 0 {
		return nil, nil
	}
	return t, nil
}

func (t *fakeTarget) Created() time.Time { return t.created }
func (t *fakeTarget) Next() (int, int)   { return t.sender, t.target }
func (t *fakeTarget) Messages(yield func(int, []byte) error) error {
	for i := range t.seqs {
		if err := yield(t.seqs[i], t.msgs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *fakeTarget) Begin(_ quickfix.SessionID, created time.Time) error {
	if err := t.call(); err != nil {
		return err
	}
	*t = fakeTarget{created: created, sender: 1, target: 1, begun: t.begun + 1, calls: t.calls, failAt: t.failAt, commits: t.commits}
	return nil
}
func (t *fakeTarget) Resume(quickfix.SessionID) error { return t.call() }
func (t *fakeTarget) Note(text string) error {
	t.notes = append(t.notes, text)
	return t.call()
}
func (t *fakeTarget) SetNext(sender, target int) error {
	if err := t.call(); err != nil {
		return err
	}
	t.sender, t.target = sender, target
	return nil
}
func (t *fakeTarget) Save(seq int, msg []byte) error {
	if err := t.call(); err != nil {
		return err
	}
	t.seqs, t.msgs = append(t.seqs, seq), append(t.msgs, bytes.Clone(msg))
	return nil
}
func (t *fakeTarget) Commit() error { t.commits++; return t.call() }

// importInto imports what is in a directory and returns what is told.
func importInto(t *testing.T, target storeTarget, dir string, change func(*importer)) string {
	t.Helper()
	var out bytes.Buffer
	im := &importer{ctx: context.Background(), target: target, report: &storeReport{w: &out}, bar: &byteBar{}}
	if change != nil {
		change(im)
	}
	places, err := filestore.Find(onDisk(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := im.all(places); err != nil && !errors.Is(err, errNothing) {
		t.Fatal(err)
	}
	return out.String()
}

var gatewayID = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}

// grow has quickfixgo send up to a MsgSeqNum.
func grow(t *testing.T, dir string, till int) {
	t.Helper()
	s, err := fileStoreIn(dir, gatewayID)
	if err != nil {
		t.Fatal(err)
	}
	for n := s.NextSenderMsgSeqNum(); n <= till; n++ {
		if err := errors.Join(s.SaveMessageAndIncrNextSenderMsgSeqNum(n, anOrder(gatewayID, n)), s.IncrNextTargetMsgSeqNum()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantOutcome(t *testing.T, told string, outcome storeOutcome) {
	t.Helper()
	if !strings.Contains(told, "FIX.4.4:GATEWAY->VENUE: "+string(outcome)+": ") {
		t.Errorf("want %s, got %s", outcome, told)
	}
}

// TestAnImportThatFailsGoesOn has each call of the archive fail once; the next import completes what there is, and nothing is
// there twice.
func TestAnImportThatFailsGoesOn(t *testing.T) {
	dir := t.TempDir()
	grow(t, dir, 5)
	for n := 1; ; n++ {
		target := &fakeTarget{failAt: n}
		told := importInto(t, target, dir, nil)
		failed := target.calls >= n
		if failed {
			wantOutcome(t, told, storeFailed)
			told = importInto(t, target, dir, nil)
		}
		if !failed {
			wantOutcome(t, told, storeImported)
			wantOutcome(t, importInto(t, target, dir, nil), storePresent)
		}
		if !slices.Equal(target.seqs, []int{1, 2, 3, 4, 5}) || target.sender != 6 || target.target != 6 {
			t.Errorf("call %d failed, then %s: MsgSeqNums %d, next %d and %d", n, told, target.seqs, target.sender, target.target)
		}
		if !failed {
			return
		}
	}
}

// TestWhatIsThereDecides imports into sessions that have a store already.
func TestWhatIsThereDecides(t *testing.T) {
	dir := t.TempDir()
	grow(t, dir, 3)
	full := func() *fakeTarget {
		target := &fakeTarget{}
		wantOutcome(t, importInto(t, target, dir, nil), storeImported)
		return target
	}
	for _, c := range []struct {
		name   string
		change func(*fakeTarget)
		want   storeOutcome
		told   string
	}{
		{"the same", func(*fakeTarget) {}, storePresent, ""},
		{"a beginning", func(f *fakeTarget) { f.seqs, f.msgs = f.seqs[:1], f.msgs[:1] }, storeResumed, "1 of them there before"},
		{"lower numbers", func(f *fakeTarget) { f.target = 1 }, storeResumed, ""},
		{"other bytes", func(f *fakeTarget) { f.msgs[1][9] ^= 1 }, storeRefused, "message 2 is not the same"},
		{"another number", func(f *fakeTarget) { f.seqs[2] = 9 }, storeRefused, "message 3 is not the same"},
		{"more messages", func(f *fakeTarget) { _ = f.Save(4, []byte("x")) }, storeRefused, "further: it has 1 message more"},
		{"higher numbers", func(f *fakeTarget) { f.target = 5 }, storeRefused, "goes on with 4 and 5, and the files with 4 and 4"},
		{"another time", func(f *fakeTarget) { f.created = f.created.Add(1) }, storeRefused, "another store of this session, made"},
	} {
		target := full()
		c.change(target)
		told := importInto(t, target, dir, nil)
		if wantOutcome(t, told, c.want); !strings.Contains(told, c.told) {
			t.Errorf("%s: %s", c.name, told)
		}
		if c.want != storeRefused {
			continue
		}
		if target.begun != 1 {
			t.Errorf("%s: a refused import began a life", c.name)
		}
		wantOutcome(t, importInto(t, target, dir, func(im *importer) { im.replace = true }), storeReplaced)
		if target.begun != 2 || !slices.Equal(target.seqs, []int{1, 2, 3}) || target.target != 4 {
			t.Errorf("%s, replaced: %d lives, MsgSeqNums %d", c.name, target.begun, target.seqs)
		}
	}
	target := &fakeTarget{}
	if told := importInto(t, target, dir, func(im *importer) { im.dry = true }); target.calls != 0 || !strings.Contains(told, string(storeImported)) {
		t.Errorf("a dry run made %d calls: %s", target.calls, told)
	}
}

// TestFilesThereAndBack has quickfixgo keep a random history in files, imports it into an archive by the command, and exports it: the
// same bytes. So with each format that real engines wrote.
func TestFilesThereAndBack(t *testing.T) {
	for seed := range uint64(4) {
		dir := t.TempDir()
		s, err := fileStoreIn(dir, gatewayID)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(seed, 3))
		for range 40 {
			n := s.NextSenderMsgSeqNum()
			err := s.SaveMessageAndIncrNextSenderMsgSeqNum(n, anOrder(gatewayID, n))
			if r.IntN(4) == 0 {
				err = errors.Join(err, s.SetNextSenderMsgSeqNum(1+r.IntN(30)), s.SetNextTargetMsgSeqNum(1+r.IntN(30)))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		thereAndBack(t, dir, "FIX.4.4-GATEWAY-VENUE", "FIX.4.4:GATEWAY->VENUE")
	}
}

func TestRealStoresThereAndBack(t *testing.T) {
	const shared = "../../../shared/data/peers"
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	for _, at := range []string{"b/acc/store/FIX.4.2-EXECUTOR-CLIENT1", "d/ini/store/FIX.4.4-TW-ISLD", "f1/ini/store/FIX.4.4-CLIENT1-EXECUTOR"} {
		prefix := filepath.Base(at)
		words := strings.Split(prefix, "-")
		thereAndBack(t, filepath.Join(shared, filepath.Dir(at)), prefix, words[0]+":"+words[1]+"->"+words[2])
	}
}

// thereAndBack imports a store twice, and exports it.
func thereAndBack(t *testing.T, dir, prefix, session string) {
	t.Helper()
	archive, out := filepath.Join(t.TempDir(), "archive"), filepath.Join(t.TempDir(), "out")
	for _, args := range [][]string{
		{"store", "import", dir, "--session", session},
		{"store", "import", dir, "--session", session},
		{"store", "export", session, "--to", out},
	} {
		var told, complaint bytes.Buffer
		if status := run(append(args, "--archive", archive, "--log-level", "error"), &told, &complaint); complaint.Len() > 0 || status == 2 {
			t.Fatalf("%q: %d %s %s", args, status, &told, &complaint)
		}
	}
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), prefix+".") {
			return err
		}
		n++
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(out, d.Name()))
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", d.Name(), got, want)
		}
		return err
	})
	if err != nil || n < 4 {
		t.Errorf("%d files of %s: %v", n, prefix, err)
	}
}
