package fixarchive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive"
)

// openBusy opens an archive whose segments and checkpoints come often.
func openBusy(t testing.TB, path string) *fixarchive.Archive {
	t.Helper()
	a, err := fixarchive.Open(fixarchive.Options{
		Path: path, SegmentBytes: 64 << 10, JournalBytes: 8 << 20, WhenFull: fixarchive.Wait, WaitBudget: time.Minute,
		Alarm: noAlarms(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func takeSnapshot(t testing.TB, path, dir string, o fixarchive.SnapshotOptions) fixarchive.SnapshotReport {
	t.Helper()
	report, err := openReader(t, path).Snapshot(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Damage {
		t.Errorf("damage: %v", d)
	}
	for _, note := range report.Notes {
		t.Errorf("note: %v", note)
	}
	return report
}

// checkSound fails unless every byte of an archive proves right and its last writer closed it.
func checkSound(t testing.TB, path string) fixarchive.VerifyReport {
	t.Helper()
	report, err := openReader(t, path).Verify(context.Background(), fixarchive.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Sound() || report.Unclean != nil {
		t.Fatalf("%s: %d damaged places, unclean %+v: %+v", path, report.Damages(), report.Unclean, report)
	}
	return report
}

// checkPrefix fails unless each session of a copy holds the first records of the original's, byte for byte, and at least so
// many. It returns how many there are in all.
func checkPrefix(t testing.TB, copied, original string, least map[string]int) (total int) {
	t.Helper()
	from, to := openReader(t, original), openReader(t, copied)
	names, err := from.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		q := fixarchive.Query{Session: name, Kinds: fixarchive.AllKinds()}
		want := found(t, from, q)
		var got []fixarchive.Message
		if _, err := to.Session(name); err == nil {
			got = found(t, to, q)
		}
		if len(got) > len(want) || len(got) < least[name] {
			t.Fatalf("%s: %d records of %d, at least %d were flushed", name, len(got), len(want), least[name])
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("%s, record %d: %+v, want %+v", name, i, got[i], want[i])
			}
		}
		total += len(got)
	}
	return total
}

// files are all files below a directory.
func filesIn(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all[strings.TrimPrefix(path, dir)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func checkUnchanged(t testing.TB, dir string, before map[string][]byte) {
	t.Helper()
	after := filesIn(t, dir)
	for name, b := range before {
		if !bytes.Equal(after[name], b) {
			t.Errorf("%s%s has changed", dir, name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%s has %d files, had %d", dir, len(after), len(before))
	}
}

// Snapshots of an archive that is written to as fast as it goes: each is sound, each session in it is a prefix, and what
// was flushed before is in it.
func TestSnapshotWhileCapturing(t *testing.T) {
	const sessions = 6
	path, at := t.TempDir(), t.TempDir()
	a := openBusy(t, path)
	var sent [sessions]atomic.Int64
	var writers sync.WaitGroup
	stop := make(chan struct{})
	for s := range sessions {
		log := sessionLog(t, a, fmt.Sprintf("GATEWAY%d", s))
		writers.Go(func() {
			for n := 1; n <= 15_000; n++ { // as many as the machine makes of them until then
				select {
				case <-stop:
					return
				default:
				}
				log.OnOutgoing(raw("D", n, strings.Repeat("58=x\x01", n%50)))
				sent[s].Add(1)
			}
		})
	}
	var least []map[string]int
	var reports []fixarchive.SnapshotReport
	for i := range 3 {
		for sent[0].Load() < int64(i*2000) {
			time.Sleep(time.Millisecond)
		}
		flushed := map[string]int{}
		for s := range sessions {
			flushed[fmt.Sprintf("FIX.4.4:GATEWAY%d->VENUE", s)] = int(sent[s].Load())
		}
		flush(t, a)
		dir := filepath.Join(at, fmt.Sprint(i))
		report := takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{Copy: i == 2})
		for try := 0; i == 1 && report.Linked == 0 && try < 100; try++ { // no checkpoint has been made of a sealed segment yet
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
			report = takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{})
		}
		reports = append(reports, report)
		least = append(least, flushed)
	}
	close(stop)
	writers.Wait()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkSound(t, path)
	for i := range reports {
		checkSound(t, filepath.Join(at, fmt.Sprint(i)))
		n := checkPrefix(t, filepath.Join(at, fmt.Sprint(i)), path, least[i])
		t.Logf("%d records, %d segments linked, %d copied, %d bytes of the journal", n, reports[i].Linked, reports[i].Copied, reports[i].JournalBytes)
	}
	if reports[1].Linked == 0 || reports[2].Linked != 0 || reports[2].Copied == 0 {
		t.Errorf("%+v\n%+v", reports[1], reports[2])
	}
}

// The copy and the original live on apart.
func TestSnapshotAndOriginalGoOnApart(t *testing.T) {
	path, dir := t.TempDir(), filepath.Join(t.TempDir(), "new", "snapshot")
	a := openBusy(t, path)
	log := sessionLog(t, a, "GATEWAY")
	write := func(n int) {
		for range n {
			log.OnOutgoing(raw("D", 7, strings.Repeat("58=x\x01", 40)))
		}
	}
	write(2000)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	report := takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{})
	if report.Linked == 0 || report.Copied != 1 || report.Sessions != 1 || report.NotLinked != nil {
		t.Errorf("%+v", report)
	}
	original, copied := filesIn(t, path), filesIn(t, dir)

	a = openBusy(t, dir)
	if s := a.Stats(); s.Recovered != nil || s.Generation != 2 {
		t.Errorf("%+v", s)
	}
	log = sessionLog(t, a, "GATEWAY")
	write(2000)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkUnchanged(t, path, original)
	if s := checkSound(t, dir).Sessions[0]; s.Records != 4000 {
		t.Errorf("%+v", s)
	}
	checkSound(t, path)

	second := filepath.Join(t.TempDir(), "second")
	takeSnapshot(t, path, second, fixarchive.SnapshotOptions{})
	again := filesIn(t, second)
	for name := range copied {
		if strings.HasPrefix(name, "/logs/") && !bytes.Equal(copied[name], again[name]) {
			t.Errorf("%s differs between two copies of the same", name)
		}
	}
	a = openBusy(t, path)
	log = sessionLog(t, a, "GATEWAY")
	write(1000)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkUnchanged(t, second, again)
}

func TestSnapshotOfAnEmptyArchive(t *testing.T) {
	path, dir := t.TempDir(), filepath.Join(t.TempDir(), "snapshot")
	a := open(t, path)
	takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{}) // before its first checkpoint
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkSound(t, dir)
	again := filepath.Join(t.TempDir(), "snapshot")
	takeSnapshot(t, path, again, fixarchive.SnapshotOptions{})
	a = open(t, again)
	sessionLog(t, a, "GATEWAY").OnOutgoing(raw("D", 1, ""))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkSound(t, again)
}

// Sessions whose names are too long for a directory's come along, and those that nothing but a directory speaks of.
func TestSnapshotHasEverySession(t *testing.T) {
	path, dir := t.TempDir(), filepath.Join(t.TempDir(), "snapshot")
	begin := func(path string, names ...string) {
		a := open(t, path)
		for _, name := range names {
			sessionLog(t, a, name).OnOutgoing(raw("D", 1, ""))
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	begin(path, "A", strings.Repeat("LONG", 100))
	takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{})
	begin(dir, "ELSEWHERE")
	const brought = "logs/FIX.4.4,ELSEWHERE,VENUE"
	if err := os.CopyFS(filepath.Join(path, brought), os.DirFS(filepath.Join(dir, brought))); err != nil {
		t.Fatal(err)
	}
	for _, live := range []bool{false, true} {
		if live {
			defer open(t, path).Close()
		}
		dir += "2"
		if got := takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{}); got.Sessions != 3 {
			t.Errorf("live %v: %+v", live, got)
		}
		checkSound(t, dir)
		if n := checkPrefix(t, dir, path, nil); n != 3 {
			t.Errorf("live %v: %d records", live, n)
		}
	}
}

func TestSnapshotModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	path, _ := closed(t, 10)
	dir := filepath.Join(t.TempDir(), "snapshot")
	takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{FileMode: 0o600, DirMode: 0o700})
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		info, _ := d.Info()
		if want := map[bool]fs.FileMode{false: 0o600, true: 0o700}[d.IsDir()]; info.Mode().Perm() != want && d.Name() != "lock" {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSnapshotTellsHowFarItIs(t *testing.T) {
	path, segment := closed(t, 500)
	info, err := os.Stat(segment)
	if err != nil {
		t.Fatal(err)
	}
	var told int64
	takeSnapshot(t, path, filepath.Join(t.TempDir(), "snapshot"), fixarchive.SnapshotOptions{Progress: func(done, total int64) {
		if done < told || total != info.Size() {
			t.Errorf("%d of %d after %d", done, total, told)
		}
		told = done
	}})
	if told != info.Size() {
		t.Errorf("told %d of %d", told, info.Size())
	}
}

// A snapshot that ends early leaves no archive, and a directory that was there as it was.
func TestSnapshotEndsWithItsContext(t *testing.T) {
	path, _ := closed(t, 5000)
	for _, there := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "snapshot")
		if there {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		_, err := openReader(t, path).Snapshot(ctx, dir, fixarchive.SnapshotOptions{Progress: func(int64, int64) { cancel() }})
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "was removed") {
			t.Errorf("got %v", err)
		}
		if _, err := fixarchive.OpenReader(dir); !errors.Is(err, fixarchive.ErrNotArchive) {
			t.Errorf("what is left opens: %v", err)
		}
		if _, err := os.Stat(dir); (err == nil) != there {
			t.Errorf("there before %v: %v", there, err)
		}
		takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{})
		checkSound(t, dir)
	}
}

func TestSnapshotRefusesPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege")
	}
	path, _ := closed(t, 10)
	at := t.TempDir()
	in := func(names ...string) string { return filepath.Join(append([]string{at}, names...)...) }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.WriteFile(in("file"), nil, 0o600))
	check(os.MkdirAll(in("full", "x"), 0o700))
	check(os.MkdirAll(in("cut", "logs"), 0o700))
	check(os.Symlink(path, in("archive")))
	check(os.Symlink(in("none"), in("nowhere")))
	check(os.Symlink(filepath.Join(path, "logs"), in("inside")))
	takeSnapshot(t, path, in("done"), fixarchive.SnapshotOptions{})
	before := filesIn(t, path)
	for dir, want := range map[string]string{
		"":                                    "no directory is named",
		in("file"):                            "it is a file",
		in("full"):                            "it is not empty",
		in("cut"):                             "cut short and may be removed",
		in("done"):                            "it holds an archive already",
		in("nowhere"):                         "leads nowhere",
		path:                                  "it lies in the archive",
		filepath.Join(path, "a", "b"):         "it lies in the archive",
		in("archive", "logs", "x"):            "it lies in the archive",
		in("inside", "x"):                     "it lies in the archive",
		filepath.Dir(path):                    "the archive " + path + " lies in it",
		filepath.Join(path, "..", "..") + "/": "the archive " + path + " lies in it",
	} {
		_, err := openReader(t, path).Snapshot(context.Background(), dir, fixarchive.SnapshotOptions{})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, fixarchive.ErrNoPlace) {
			t.Errorf("%q: %v, want %q", dir, err, want)
		}
	}
	checkUnchanged(t, path, before)
	checkSound(t, in("done"))
}

// While a snapshot is made nobody else begins anything in its directory.
func TestSnapshotHoldsItsDirectory(t *testing.T) {
	path, _ := closed(t, 10)
	dir := filepath.Join(t.TempDir(), "snapshot")
	takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{Progress: func(int64, int64) {
		var held *fixarchive.HeldError
		if _, err := fixarchive.Open(fixarchive.Options{Path: dir}); !errors.As(err, &held) || !strings.Contains(held.Holder, "snapshot") {
			t.Errorf("opened: %v", err)
		}
		if _, err := openReader(t, path).Snapshot(context.Background(), dir, fixarchive.SnapshotOptions{}); err == nil {
			t.Error("two snapshots go to one directory")
		}
	}})
	checkSound(t, dir)
}

// What cannot be copied is an error that names it, and leaves nothing.
func TestSnapshotOfWhatCannotBeRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege")
	}
	for what, spoil := range map[string]func(segment string) error{
		"directory": func(segment string) error { return errors.Join(os.Remove(segment), os.Mkdir(segment, 0o700)) },
		"loop":      func(segment string) error { return errors.Join(os.Remove(segment), os.Symlink(segment, segment)) },
		"unreadable": func(segment string) error {
			if os.Getuid() == 0 {
				return errors.Join(os.Remove(segment), os.Mkdir(segment, 0))
			}
			return os.Chmod(segment, 0)
		},
	} {
		path, segment := closed(t, 10)
		if err := spoil(segment); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "snapshot")
		_, err := openReader(t, path).Snapshot(context.Background(), dir, fixarchive.SnapshotOptions{})
		if err == nil || !strings.Contains(err.Error(), segment) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%s: something is left", what)
		}
	}
}

// A log's directory, and a segment, may be symbolic links: the copy has the files.
func TestSnapshotFollowsLinks(t *testing.T) {
	path := t.TempDir()
	a := openBusy(t, path)
	log := sessionLog(t, a, "GATEWAY")
	for n := range 2000 {
		log.OnOutgoing(raw("D", n+1, strings.Repeat("58=x\x01", 40)))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(path, "logs", "*", "00000001.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatal(segments, err)
	}
	elsewhere := t.TempDir()
	for i, name := range []string{segments[0], filepath.Dir(segments[0])} {
		to := filepath.Join(elsewhere, fmt.Sprint(i))
		if err := errors.Join(os.Rename(name, to), os.Symlink(to, name)); err != nil {
			t.Skip(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "snapshot")
	takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{})
	if err := os.RemoveAll(elsewhere); err != nil {
		t.Fatal(err)
	}
	if s := checkSound(t, dir).Sessions[0]; s.Records != 2000 {
		t.Errorf("%+v", s)
	}
}

// Damage is copied, and named in the copy as in the original.
func TestSnapshotKeepsDamage(t *testing.T) {
	path, segment := closed(t, 2000)
	if err := os.Truncate(segment, 3000); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "snapshot")
	if _, err := openReader(t, path).Snapshot(context.Background(), dir, fixarchive.SnapshotOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{path, dir} {
		report, err := openReader(t, at).Verify(context.Background(), fixarchive.VerifyOptions{})
		if err != nil || report.Sound() {
			t.Errorf("%s: %+v, %v", at, report, err)
		}
	}
	if err := os.Remove(filepath.Join(path, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	_, err := openReader(t, path).Snapshot(context.Background(), dir+"2", fixarchive.SnapshotOptions{})
	if err == nil || !strings.Contains(err.Error(), "restore") {
		t.Errorf("without a checkpoint: %v", err)
	}
}

func TestSnapshotTakesQuarantineAlong(t *testing.T) {
	path, _ := closed(t, 10)
	kept := filepath.Join(path, "quarantine", "deep", "what.00000001.99")
	if err := errors.Join(os.MkdirAll(filepath.Dir(kept), 0o750), os.WriteFile(kept, []byte("torn"), 0o640)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "snapshot")
	takeSnapshot(t, path, dir, fixarchive.SnapshotOptions{})
	if got := filesIn(t, filepath.Join(dir, "quarantine")); len(got) != 1 || string(got["/deep/what.00000001.99"]) != "torn" {
		t.Errorf("%q", got)
	}
}
