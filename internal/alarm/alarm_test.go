package alarm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
)

var update = flag.Bool("update", false, "write the golden vectors instead of comparing with them")

const dir = "/archive"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func newDisk(t testing.TB) *crashfs.FS {
	t.Helper()
	f := crashfs.New()
	if err := errors.Join(f.MkdirAll(dir), f.SyncDir("/")); err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t testing.TB, f disk.FS) []Alarm {
	t.Helper()
	all, _, err := Read(f, dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func raw(t testing.TB, f disk.FS) []byte {
	t.Helper()
	b, err := disk.ReadFile(f, ledgerPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func texts(all []Alarm) (s []string) {
	for _, a := range all {
		s = append(s, fmt.Sprintf("%d× %s", a.Times, a.Text))
	}
	return s
}

func want(t testing.TB, all []Alarm, lines ...string) {
	t.Helper()
	if got := texts(all); !reflect.DeepEqual(got, lines) {
		t.Errorf("got %q\nwant %q", got, lines)
	}
}

func TestAlarmsOutliveTheirProcess(t *testing.T) {
	f := newDisk(t)
	first := New(f, dir)
	first.Note("the journal cannot be synced", 7, at(0))
	first.Note("two\nlines, \"quoted\" \x1b[31m", 7, at(1))
	must(t, first.Write(at(2)))
	second := New(f.Crash(1), dir)
	second.Note("another process", 8, at(60))
	must(t, second.Close(at(61)))
	all := read(t, second.fs)
	want(t, all, "1× the journal cannot be synced", "1× two\nlines, \"quoted\" \x1b[31m", "1× another process")
	if a := all[2]; a.Number != 3 || a.Generation != 8 || !a.First.Equal(at(60)) || !a.Last.Equal(at(60)) || a.Acknowledged {
		t.Errorf("%+v", a)
	}
	if lines := bytes.Count(raw(t, second.fs), []byte("\n")); lines != 4 {
		t.Errorf("%d lines, want a header and one for each alarm", lines)
	}
}

// TestRepetitionsAreCounted: the same text gets a line at once, and then later and later ones that say how often.
func TestRepetitionsAreCounted(t *testing.T) {
	f := newDisk(t)
	l := New(f, dir)
	lines := 0
	for s := range 24 * 3600 {
		l.Note("no space left", 1, at(s))
		if l.Due(at(s)) {
			must(t, l.Write(at(s)))
			lines++
		}
	}
	must(t, l.Close(at(24*3600)))
	want(t, read(t, f), "86400× no space left")
	if lines > 40 {
		t.Errorf("%d lines for one alarm a second for a day", lines)
	}
	a := read(t, f)[0]
	if !a.First.Equal(at(0)) || !a.Last.Equal(at(24*3600-1)) {
		t.Errorf("from %v to %v", a.First, a.Last)
	}
	// One that was not raised for long has a line soon again.
	l.Note("no space left", 1, at(40*3600))
	l.Note("no space left", 1, at(60*3600))
	must(t, l.Write(at(60*3600)))
	l.Note("no space left", 1, at(60*3600+11))
	if !l.Due(at(60*3600 + 11)) {
		t.Error("it waits as if it had never stopped")
	}
}

func TestAcknowledgedUntilRaisedAgain(t *testing.T) {
	f := newDisk(t)
	l := New(f, dir)
	l.Note("a", 1, at(0))
	l.Note("b", 1, at(1))
	must(t, l.Write(at(1)))
	must(t, Acknowledge(f, dir, Acknowledgement{UpTo: 1, At: at(2), By: "ann@desk"}))
	all, ack, err := Read(f, dir)
	if err != nil || !all[0].Acknowledged || all[1].Acknowledged || ack.By != "ann@desk" || !ack.At.Equal(at(2)) {
		t.Errorf("%+v, %+v, %v", all, ack, err)
	}
	must(t, Acknowledge(f, dir, Acknowledgement{UpTo: 1000, At: at(3), By: "bob"})) // alarms to come are not among them
	// The clock was put back meanwhile. The writer lives, and has never looked at the acknowledgement.
	l.Note("a", 1, at(-3600))
	l.Note("c", 1, at(-3600))
	must(t, l.Close(at(-3600)))
	all, ack, err = Read(f, dir)
	if err != nil || ack.UpTo != 2 || ack.By != "bob" {
		t.Errorf("%+v, %v", ack, err)
	}
	for _, a := range all {
		if wanted := a.Number <= 2; a.Acknowledged != wanted {
			t.Errorf("%+v", a)
		}
	}
	want(t, all, "1× a", "1× b", "1× a", "1× c")
	must(t, Acknowledge(f, dir, Acknowledgement{UpTo: 1, By: "late"})) // takes nothing back
	if _, ack, _ := Read(f, dir); ack.By != "bob" {
		t.Errorf("%+v", ack)
	}
}

// TestARemovedLedgerDoesNotMakeNewAlarmsOld: numbers go on behind those that were acknowledged.
func TestARemovedLedgerDoesNotMakeNewAlarmsOld(t *testing.T) {
	f := newDisk(t)
	l := New(f, dir)
	l.Note("old", 1, at(0))
	must(t, l.Close(at(0)))
	must(t, Acknowledge(f, dir, Acknowledgement{UpTo: 9, By: "ann"}))
	must(t, f.Remove(ledgerPath(dir)))
	l.Note("while it lives", 1, at(1))
	must(t, l.Close(at(1)))
	want(t, read(t, f), "1× while it lives")
	must(t, f.Remove(ledgerPath(dir)))
	l = New(f, dir)
	l.Note("new", 2, at(2))
	must(t, l.Close(at(2)))
	if all := read(t, f); len(all) != 1 || all[0].Acknowledged || all[0].Number != 2 {
		t.Errorf("%+v", all)
	}
}

// TestADiskThatRefuses: whatever fails, the alarms are there once when it has stopped, and nothing is torn.
func TestADiskThatRefuses(t *testing.T) {
	history := func(f *crashfs.FS) *Ledger {
		l := New(f, dir)
		for s := range 4 {
			l.Note(fmt.Sprintf("alarm %d", s), 1, at(20*s))
			l.Write(at(20 * s))
		}
		return l
	}
	whole := newDisk(t)
	must(t, history(whole).Close(at(100)))
	for _, x := range crashfs.Faults(whole.Ops()) {
		f := newDisk(t)
		i := f.Inject(x)
		l := history(f)
		i.Lift()
		f.Heal()
		if err := l.Close(at(100)); err != nil {
			t.Fatalf("%v: %v", x, err)
		}
		for seed := range uint64(3) {
			g := f.Image(seed)
			if got := texts(read(t, g)); !reflect.DeepEqual(got, []string{"1× alarm 0", "1× alarm 1", "1× alarm 2", "1× alarm 3"}) {
				t.Fatalf("%v, seed %d: %q", x, seed, got)
			}
		}
	}
}

// TestPowerCuts: what Write has returned for is there, and nothing stops the next process.
func TestPowerCuts(t *testing.T) {
	for step := 0; ; step++ {
		f, told := newDisk(t), 0
		f.CrashAfter(step)
		l := New(f, dir)
		for s := range 3 {
			l.Note(fmt.Sprintf("alarm %d", s), 1, at(20*s))
			if l.Write(at(20*s)) == nil {
				told++
			}
		}
		alive := !f.Crashed()
		for seed := range uint64(40) {
			checkAfterCut(t, f.Crash(seed), told)
		}
		if alive {
			return
		}
	}
}

func checkAfterCut(t *testing.T, f *crashfs.FS, told int) {
	t.Helper()
	l := New(f, dir)
	l.Note("afterwards", 2, at(1000))
	must(t, l.Close(at(1000)))
	all := read(t, f)
	for s := range told {
		if len(all) <= s || all[s].Text != fmt.Sprintf("alarm %d", s) {
			t.Fatalf("%v: alarm %d is gone: %q", f, s, texts(all))
		}
	}
	if last := all[len(all)-1]; last.Text != "afterwards" || last.Acknowledged {
		t.Fatalf("%v: %q", f, texts(all))
	}
	must(t, Acknowledge(f, dir, Acknowledgement{UpTo: all[len(all)-1].Number}))
	l.Note("still later", 2, at(2000))
	must(t, l.Close(at(2000)))
	all = read(t, f)
	for i, a := range all {
		if a.Acknowledged != (i < len(all)-1) {
			t.Fatalf("%v: %+v of %q", f, a, texts(all))
		}
	}
}

func TestTheFileKeepsItsSize(t *testing.T) {
	f := newDisk(t)
	l := New(f, dir)
	l.Note("the first of all", 1, at(0))
	long := strings.Repeat("x", 500)
	raised := uint64(1)
	for s := range 3000 {
		l.Note(fmt.Sprintf("%s %d", long, s), 1, at(s))
		l.Note("again and again", 1, at(s))
		raised += 2
		must(t, l.Write(at(s)))
		if s%500 == 0 {
			if n := len(raw(t, f)); n > bytesMax {
				t.Fatalf("%d bytes", n)
			}
		}
	}
	must(t, l.Close(at(3000)))
	all := read(t, f)
	told := uint64(0)
	for _, a := range all {
		told += a.Times
	}
	if all[0].Text != droppedText || told != raised || !all[0].First.Equal(at(0)) {
		t.Errorf("%+v; %d told of, %d raised", all[0], told, raised)
	}
	if last := all[len(all)-1]; last.Text != "again and again" && last.Text != long+" 2999" {
		t.Errorf("%+v", last)
	}
}

func TestManyAtOnce(t *testing.T) {
	f := newDisk(t)
	l := New(f, dir)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for n := range 1000 {
				l.Note(fmt.Sprintf("log %d of %d", n, g), 1, at(0))
			}
		})
	}
	wg.Wait()
	if len(l.known) > knownMax+1 {
		t.Errorf("%d texts are kept", len(l.known))
	}
	must(t, l.Close(at(0)))
	told := uint64(0)
	for _, a := range read(t, f) {
		told += a.Times
	}
	if told != 4000 {
		t.Errorf("%d alarms of 4000", told)
	}
}

// TestDamageIsShown: whatever bit is turned round in the files, nothing is shown that was not said.
func TestDamageIsShown(t *testing.T) {
	f := newDisk(t)
	l := New(f, dir)
	for s, text := range []string{"first", "second, with \"quotes\"", "third"} {
		l.Note(text, 1, at(s))
		must(t, l.Write(at(s)))
	}
	must(t, Acknowledge(f, dir, Acknowledgement{UpTo: 2, At: at(9), By: "ann@desk"}))
	whole, ack := raw(t, f), func() []byte { b, _ := disk.ReadFile(f, acknowledgedPath(dir)); return b }()
	good := read(t, f)
	for bit := range 8 * len(whole) {
		bad := bytes.Clone(whole)
		bad[bit/8] ^= 1 << (bit % 8)
		must(t, disk.WriteFile(f, ledgerPath(dir), bad))
		all, _, err := Read(f, dir)
		if err != nil {
			if !errors.Is(err, ErrTooNew) || bit/8 > len(header)+1 {
				t.Fatalf("bit %d: %v", bit, err)
			}
			continue
		}
		if reflect.DeepEqual(all, good) {
			t.Errorf("bit %d of byte %d, %q, is read past", bit%8, bit/8, whole[bit/8])
		}
		for _, a := range all {
			if !a.Damaged && !strings.Contains(fmt.Sprint(texts(good)), fmt.Sprintf("%d× %s", a.Times, a.Text)) {
				t.Errorf("bit %d: %+v was never said", bit, a)
			}
		}
	}
	must(t, disk.WriteFile(f, ledgerPath(dir), whole))
	for bit := range 8 * len(ack) {
		bad := bytes.Clone(ack)
		bad[bit/8] ^= 1 << (bit % 8)
		must(t, disk.WriteFile(f, acknowledgedPath(dir), bad))
		all, got, err := Read(f, dir)
		if err == nil && (got != Acknowledgement{} || all[0].Acknowledged) || err != nil && !errors.Is(err, ErrTooNew) {
			t.Errorf("bit %d: %+v, %v", bit, got, err)
		}
	}
}

func TestHostileLines(t *testing.T) {
	f := newDisk(t)
	b := appendHeader(nil)
	b = append(b, "\x00\x00\x1b[2J\n18446744073709551615 1 1 x x \"\" 0\n\n"...)
	b = append(b, strings.Repeat("long ", 100_000)...)
	b = append(b, "\ntorn"...)
	must(t, disk.WriteFile(f, ledgerPath(dir), b))
	all := read(t, f)
	if len(all) != 4 {
		t.Fatalf("%d lines", len(all))
	}
	for i, a := range all {
		if !a.Damaged || a.Number != uint64(i+1) || len(a.Text) > textBytesMax+len("…") {
			t.Errorf("%+v", a)
		}
	}
	must(t, Acknowledge(f, dir, Acknowledgement{UpTo: 4}))
	l := New(f, dir)
	l.Note("goes on", 3, at(0))
	must(t, l.Close(at(0)))
	all = read(t, f)
	if len(all) != 6 || all[4].Text != "torn" || all[5].Text != "goes on" || all[4].Acknowledged || all[5].Acknowledged || !all[3].Acknowledged {
		t.Errorf("%+v", all)
	}
	if !bytes.Contains(raw(t, f), []byte("\n6 3 1 2026")) {
		t.Error("a number is used twice")
	}
	must(t, disk.WriteFile(f, ledgerPath(dir), bytes.Repeat([]byte("a file of gigabytes\n"), 100_000)))
	if all := read(t, f); len(all) == 0 || len(all) > 4*bytesMax/20 {
		t.Errorf("%d lines are read", len(all))
	}
	must(t, disk.WriteFile(f, ledgerPath(dir), []byte("fixarchive-alarms 2\n1 2 3\n")))
	l = New(f, dir)
	l.Note("not written", 3, at(0))
	if err := l.Close(at(0)); !errors.Is(err, ErrTooNew) {
		t.Errorf("writing to a later version's: %v", err)
	}
}

// TestAFailureIsNotTriedAllTheTime: a full disk is left alone for a while.
func TestAFailureIsNotTriedAllTheTime(t *testing.T) {
	f := newDisk(t)
	f.Inject(crashfs.Fault{Kinds: crashfs.Create, Err: syscall.ENOSPC, Sticky: true})
	l := New(f, dir)
	failures := 0
	for s := range 60 {
		l.Note(fmt.Sprintf("alarm %d", s), 1, at(s))
		if l.Write(at(s)) != nil {
			failures++
		}
	}
	if failures != 6 {
		t.Errorf("%d failures in a minute", failures)
	}
}

// golden compares with a vector, or writes it. These two are text; the vectors hold their bytes.
func golden(t *testing.T, name string, encoded []byte) []byte {
	t.Helper()
	path := filepath.Join("../../spec/format/vectors", name+".hex")
	if *update {
		var out bytes.Buffer
		for b := encoded; len(b) > 0; b = b[min(16, len(b)):] {
			out.WriteString(hex.EncodeToString(b[:min(16, len(b))]) + "\n")
		}
		must(t, os.WriteFile(path, out.Bytes(), 0o644))
	}
	text, err := os.ReadFile(path)
	must(t, err)
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	must(t, err)
	if !bytes.Equal(encoded, b) {
		t.Errorf("%s\n got %q\nwant %q", name, encoded, b)
	}
	return b
}

var twoAlarms = []Alarm{
	{Number: 16, Generation: 6, Times: 1, First: at(0), Last: at(0), Text: "the ring is on the heap"},
	{Number: 17, Generation: 7, Times: 12, First: at(60), Last: at(90).Add(5e8), Text: "logs/é\n\"\x1b: input/output error"},
}

func TestVectorAlarms(t *testing.T) {
	b := appendHeader(nil)
	for i := range twoAlarms {
		b = appendLine(b, &twoAlarms[i])
	}
	all, torn, err := parse(golden(t, "alarms", b))
	if err != nil || torn != nil || !reflect.DeepEqual(all, twoAlarms) {
		t.Errorf("got %+v, %q, %v", all, torn, err)
	}
}

func TestVectorAcknowledgement(t *testing.T) {
	want := Acknowledgement{UpTo: 17, At: at(300), By: "ann@desk"}
	got, err := parseAcknowledgement(golden(t, "alarms-acknowledged", appendAcknowledgement(nil, &want)))
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

// FuzzParse: whatever bytes there are, nothing panics, and what is believed is spelled the same again.
func FuzzParse(f *testing.F) {
	b := appendHeader(nil)
	for i := range twoAlarms {
		b = appendLine(b, &twoAlarms[i])
	}
	f.Add(b)
	f.Add(appendAcknowledgement(nil, &Acknowledgement{UpTo: 17, At: at(300), By: "ann@desk"}))
	f.Add([]byte("1 2 3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := parseAcknowledgement(b); err == nil && !bytes.Equal(appendAcknowledgement(nil, &a), b) {
			t.Fatalf("%+v", a)
		}
		all, _, err := parse(b)
		if err != nil {
			return
		}
		last := uint64(0)
		for i := range all {
			if all[i].Number <= last {
				t.Fatalf("number %d behind %d", all[i].Number, last)
			}
			last = all[i].Number
			if a, ok := parseLine([]byte(strings.TrimSuffix(string(appendLine(nil, &all[i])), "\n"))); !all[i].Damaged && (!ok || a.Text != all[i].Text) {
				t.Fatalf("%+v is read as %+v", all[i], a)
			}
		}
		for _, a := range shortened(merged(all)) {
			_ = appendLine(nil, &a)
		}
	})
}
