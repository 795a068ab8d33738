package fixarchive

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
)

// parse reads settings as an engine would, with DIR standing for a directory of the test.
func parse(t *testing.T, dir, text string) *quickfix.Settings {
	t.Helper()
	s, err := quickfix.ParseSettings(strings.NewReader(strings.ReplaceAll(text, "DIR", dir)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// quietShared collects the alarms of shared archives, and closes them at the end.
func quietShared(t *testing.T) (alarms func() []string) {
	t.Helper()
	var mu sync.Mutex
	var all []string
	OnAlarm(func(path string, err error) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, path+": "+err.Error())
	})
	t.Cleanup(func() {
		if err := Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		onAlarm.Store(nil)
	})
	return func() []string { mu.Lock(); defer mu.Unlock(); return all }
}

const twoSessions = `
[DEFAULT]
ConnectionType=initiator
FixArchivePath=DIR/a
FixArchiveSyncInterval=20ms
SenderCompID=GATEWAY
BeginString=FIX.4.4
[SESSION]
TargetCompID=VENUE
[SESSION]
TargetCompID=OTHER
FixArchivePath=DIR/b
`

func TestSettingsShareOneArchiveForEachPath(t *testing.T) {
	quietShared(t)
	dir := t.TempDir()
	for range 2 { // a second factory of the same settings joins
		f, err := NewLogFactory(parse(t, dir, twoSessions))
		if err != nil {
			t.Fatal(err)
		}
		global, err := f.Create()
		if err != nil {
			t.Fatal(err)
		}
		global.OnEvent("started")
		for _, target := range []string{"VENUE", "OTHER"} {
			id := testSession
			id.TargetCompID = target
			log, err := f.CreateSessionLog(id)
			if err != nil {
				t.Fatal(err)
			}
			log.OnIncoming(heartbeat(1))
		}
	}
	if a, err := SharedArchive(filepath.Join(dir, "a")); err != nil || a.o.SyncInterval != 20*time.Millisecond {
		t.Errorf("%v, %v", a, err)
	}
	if err := Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := count(t, filepath.Join(dir, "a")), count(t, filepath.Join(dir, "b")); a != 2 || b != 2 {
		t.Errorf("%d and %d messages, want 2 and 2", a, b)
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	quietShared(t)
	dir := t.TempDir()
	for want, text := range map[string]string{
		"FixArchivePath":            "[DEFAULT]\nSenderCompID=A\nBeginString=FIX.4.4\n[SESSION]\nTargetCompID=B\n",
		`"soon" is not a duration`:  strings.Replace(twoSessions, "20ms", "soon", 1),
		`FixArchiveRingBytes: "8M"`: strings.Replace(twoSessions, "[SESSION]", "FixArchiveRingBytes=8M\n[SESSION]", 1),
		// A slip of the pen, in a session and in the name of the archive.
		"no setting FixArchiveSyncIntervall; nearest to it is FixArchiveSyncInterval": strings.Replace(twoSessions, "TargetCompID=VENUE", "TargetCompID=VENUE\nFixArchiveSyncIntervall=5s", 1),
		"no setting FixarchivePath; nearest to it is FixArchivePath":                  strings.ReplaceAll(twoSessions, "FixArchivePath", "FixarchivePath"),
		"RingBytes is 1000":              strings.Replace(twoSessions, "[SESSION]", "FixArchiveRingBytes=1000\n[SESSION]", 1),
		`"5s" here and "20ms" elsewhere`: strings.Replace(twoSessions, "TargetCompID=VENUE", "TargetCompID=VENUE\nFixArchiveSyncInterval=5s", 1),
		`"9s" here and "20ms" elsewhere`: strings.Replace(twoSessions, "20ms", "9s", 1), // against the factory below
	} {
		keep, err := NewLogFactory(parse(t, filepath.Join(dir, "kept"), twoSessions))
		if err != nil || keep == nil {
			t.Fatal(err)
		}
		d := filepath.Join(dir, "kept")
		if _, err := NewLogFactory(parse(t, d, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestNothingIsANumber: what may be switched off is, by 0, which is not the default.
func TestNothingIsANumber(t *testing.T) {
	quietShared(t)
	dir := t.TempDir()
	text := strings.Replace(twoSessions, "[SESSION]", "FixArchiveReserveBytes=0\nFixArchiveFreePercent=0\n[SESSION]", 1)
	if _, err := NewLogFactory(parse(t, dir, text)); err != nil {
		t.Fatal(err)
	}
	a, err := SharedArchive(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if a.o.ReserveBytes != -1 || a.o.FreePercent != -1 {
		t.Errorf("%+v", a.o)
	}
}

func TestUnknownSessionIsRefusedUnlessDynamic(t *testing.T) {
	quietShared(t)
	dir := t.TempDir()
	stranger := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "STRANGER"}
	f, err := NewLogFactory(parse(t, dir, twoSessions))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateSessionLog(stranger); err == nil || !strings.Contains(err.Error(), "unknown session") {
		t.Errorf("a stranger got %v", err)
	}
	f, err = NewLogFactory(parse(t, dir, strings.Replace(twoSessions, "[SESSION]", "DynamicSessions=Y\n[SESSION]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	log, err := f.CreateSessionLog(stranger)
	if err != nil {
		t.Fatal(err)
	}
	log.OnIncoming(heartbeat(1)) // not logged on: among the unidentified
	if err := Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Session("unidentified"); err != nil {
		t.Error(err)
	}
}

// TestTradingStartsWithoutTheArchive has a file where the archive should be, and takes it away later.
func TestTradingStartsWithoutTheArchive(t *testing.T) {
	alarms := quietShared(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewLogFactory(parse(t, dir, strings.Replace(twoSessions, "[SESSION]", "FixArchiveRequired=Y\n[SESSION]", 1))); err == nil {
		t.Error("a required archive that cannot be opened is no error")
	}
	f, err := NewLogFactory(parse(t, dir, twoSessions))
	if err != nil {
		t.Fatal(err)
	}
	log := sessionLog(t, f)
	log.OnIncoming(heartbeat(1))
	log.OnEvent("missed too")
	if _, err := SharedArchive(path); err == nil || !strings.Contains(err.Error(), "2 messages and events were not archived") {
		t.Errorf("the archive says %v", err)
	}
	if len(alarms()) == 0 {
		t.Error("nobody was told")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := SharedArchive(path); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was never opened")
		}
	}
	log.OnIncoming(heartbeat(2))
	if err := Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(t, path); got != 1 {
		t.Errorf("%d messages, want the one that came when the archive was open", got)
	}
}

// TestOneBadLogDoesNotStopTrading has a file where one session's log should be, and takes it away later.
func TestOneBadLogDoesNotStopTrading(t *testing.T) {
	alarms := quietShared(t)
	dir := t.TempDir()
	f, err := NewLogFactory(parse(t, dir, twoSessions))
	if err != nil {
		t.Fatal(err)
	}
	logs := filepath.Join(dir, "a", "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(logs, session.DirName(record.LogID{Session: session.FromQuickFIX(testSession), Source: record.Hook}))
	if err := os.WriteFile(bad, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log := sessionLog(t, f)
	log.OnIncoming(heartbeat(1))
	if len(alarms()) == 0 {
		t.Error("nobody was told")
	}
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	l := log.(*lateLog)
	for deadline := time.Now().Add(20 * time.Second); l.log.Load() == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("its log was never opened")
		}
	}
	log.OnIncoming(heartbeat(2))
	if err := Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(t, filepath.Join(dir, "a")); got != 1 {
		t.Errorf("%d messages, want the one that came when the log was open", got)
	}
}
