package session

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

func hook(begin, sender, target string) record.LogID {
	return record.LogID{
		Session: record.Identity{BeginString: begin, SenderCompID: sender, TargetCompID: target},
		Source:  record.Hook,
	}
}

func TestDirName(t *testing.T) {
	full := hook("FIXT.1.1", "GATEWAY", "VENUE")
	full.Session.SenderSubID, full.Session.SenderLocationID = "DESK", "LDN"
	full.Session.TargetLocationID, full.Session.Qualifier, full.Source = "NYC", "2", "relay"
	for _, c := range []struct {
		id   record.LogID
		name string
	}{
		{hook("FIX.4.4", "GATEWAY", "VENUE"), "FIX.4.4,GATEWAY,VENUE"},
		{hook("FIX.4.4", "A_B-1.2", "V"), "FIX.4.4,A_B-1.2,V"},
		{full, "FIXT.1.1,GATEWAY+DESK+LDN,VENUE++NYC,2@relay"},
		{record.LogID{Source: record.Global}, "@global"},
		{record.LogID{Source: record.Unidentified}, "@unidentified"},
		{record.LogID{Source: record.Hook}, "@hook"},
		{record.LogID{}, "@"},
		{hook("FIX.4.4", "CLIENT", "client"), "FIX.4.4,CLIENT,~client"},
		{hook("FIX.4.4", "ClieNT", "aBC"), "FIX.4.4,C~lie~NT,~a~BC"},
		{hook("FIX.4.4", "../../etc/passwd", "."), "FIX.4.4,%2E%2E%2F%2E%2E%2F~etc%2Fpasswd,%2E"},
		{hook("FIX.4.4", "A..B", "..."), "FIX.4.4,A.%2EB,%2E%2E%2E"},
		{hook("FIX.4.4", "A B", "C\tD "), "FIX.4.4,A%20B,C%09D%20"},
		{hook("FIX.4.4", "A,B", "C+D@E%F~G#H"), "FIX.4.4,A%2CB,C%2BD%40E%25F%7EG%23H"},
		{hook("FIX.4.4", "Ü", "-x"), "FIX.4.4,%C3%9C,%2D~x"},
		{hook(".hidden", "A", "B"), "%2E~hidden,A,B"},
		{hook("NUL.x", "A", "B"), "%4EUL.~x,A,B"},
		{hook("NUL", "con.", "aux"), "NUL,~con%2E,~aux"},
		{hook("COM7.X", "A", "B"), "%43OM7.X,A,B"},
		{hook("", "", "x"), ",,~x"},
		{hook("", ".", "."), ",%2E,%2E"},
	} {
		name := DirName(c.id)
		if name != c.name {
			t.Errorf("%+v is named %s, want %s", c.id, name, c.name)
		}
		if back, err := ParseDirName(name); err != nil || back != c.id {
			t.Errorf("%s leads to %+v, %v; want %+v", name, back, err, c.id)
		}
	}
}

func TestLongIdentity(t *testing.T) {
	long := hook("FIX.4.4", strings.Repeat("a", 300), "VENUE")
	other := long
	other.Session.Qualifier = "2"
	name := DirName(long)
	if len(name) != nameBytesMax || name == DirName(other) {
		t.Errorf("named %s and %s", name, DirName(other))
	}
	if _, err := ParseDirName(name); !errors.Is(err, ErrHashedName) {
		t.Errorf("%s: %v", name, err)
	}
}

// TestForeignNames: only what DirName writes is read, so that two directories never are one log.
func TestForeignNames(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", "FIX.4.4", "FIX.4.4,A", "FIX.4.4,A,B,C,D", "FIX.4.4,A,B,", "FIX.4.4,A,B@hook", "FIX.4.4,A+,B",
		"FIX.4.4,a,B", "FIX.4.4,A,B~", "FIX.4.4,A,B%4", "FIX.4.4,A,%41", "FIX.4.4,A,%2f", "FIX.4.4,A,B/C", "FIX.4.4,A,..",
		"FIX.4.4,A+B+C+D,E", "lost+found", "quarantine", ",,", "FIX.4.4,A,B@GLOBAL", "FIX.4.4,A,B@x@y", "FIX.4.4,A,B%",
	} {
		if id, err := ParseDirName(name); !errors.Is(err, ErrNotName) {
			t.Errorf("%q leads to %+v, %v", name, id, err)
		}
	}
}

// TestHostileCompIDs reads messages whose senders chose their names to break out of a directory.
func TestHostileCompIDs(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/data/nasty/33_compids_hostile.fix")
	if err != nil {
		t.Skipf("needs the hostile CompIDs: %v", err)
	}
	names := make(map[string]string)
	var sender string
	for _, field := range strings.Split(string(raw), "\x01") {
		tag, value, _ := strings.Cut(field, "=")
		switch tag {
		case "49":
			sender = value
		case "56":
			id := hook("FIX.4.4", sender, value)
			name := checkName(t, id)
			if twin, found := names[strings.ToUpper(name)]; found {
				t.Errorf("%s and %s have one directory", twin, id)
			}
			names[strings.ToUpper(name)] = id.String()
		}
	}
	if len(names) != 13 {
		t.Errorf("%d names, want 13", len(names))
	}
}

// checkName checks what every name must fulfil.
func checkName(t *testing.T, id record.LogID) string {
	t.Helper()
	name := DirName(id)
	if len(name) == 0 || len(name) > nameBytesMax {
		t.Errorf("%q has %d bytes", name, len(name))
	}
	if strings.Contains(name, "..") || name[0] == '.' || name[0] == '-' || strings.HasSuffix(name, ".") || reserved(name) || filepath.Base(name) != name {
		t.Errorf("%q is no safe name", name)
	}
	for _, c := range []byte(name) {
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte(",+@%~#-_.", c) < 0 {
			t.Errorf("%q holds %q", name, c)
		}
	}
	back, err := ParseDirName(name)
	if errors.Is(err, ErrHashedName) && len(name) == nameBytesMax {
		return name
	}
	if err != nil || back != id {
		t.Errorf("%q leads to %+v, %v; want %+v", name, back, err, id)
	}
	return name
}

func FuzzDirName(f *testing.F) {
	f.Add("FIX.4.4", "GATEWAY", "", "", "VENUE", "SUB", "", "q", "hook", "FIX.4.4", "gateway")
	f.Add("CON.", "..", "/", "\\", ".", "a.B", "%", "~", "global", "con.", "..")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i, source, a2, b2 string) {
		id := record.LogID{Session: record.Identity{
			BeginString: a, SenderCompID: b, SenderSubID: c, SenderLocationID: d,
			TargetCompID: e, TargetSubID: g, TargetLocationID: h, Qualifier: i,
		}, Source: record.Source(source)}
		if id.Check() != nil {
			t.Skip()
		}
		name := checkName(t, id)
		other := id
		other.Session.BeginString, other.Session.SenderCompID = a2, b2
		if other.Check() == nil && other != id && strings.EqualFold(DirName(other), name) {
			t.Errorf("%+v and %+v are both named %q", id, other, name)
		}
	})
}

func FuzzParseDirName(f *testing.F) {
	f.Add("FIX.4.4,GATEWAY,VENUE")
	f.Add("@global")
	f.Fuzz(func(t *testing.T, name string) {
		if id, err := ParseDirName(name); err == nil && DirName(id) != name {
			t.Errorf("%q leads to %+v, which is named %q", name, id, DirName(id))
		}
	})
}

func TestQuickFIXIdentity(t *testing.T) {
	id := quickfix.SessionID{
		BeginString: "FIX.4.4", TargetCompID: "t", TargetSubID: "ts", TargetLocationID: "tl",
		SenderCompID: "s", SenderSubID: "ss", SenderLocationID: "sl", Qualifier: "q",
	}
	if back := ToQuickFIX(FromQuickFIX(id)); back != id {
		t.Errorf("%+v came back as %+v", id, back)
	}
	if got, want := FromQuickFIX(id).String(), id.String(); got != want {
		t.Errorf("spelled %s, want %s", got, want)
	}
}
