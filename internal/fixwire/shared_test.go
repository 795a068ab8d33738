package fixwire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sharedData is where real and nasty FIX data lies beside a checkout of the project.
const sharedData = "../../../shared/data"

// table reads a file of tab-separated lines below a heading.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sharedData, name))
	if err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows[1:]
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNastyFiles(t *testing.T) {
	for _, row := range table(t, "nasty/NASTY.tsv") {
		name, size, intact, class := row[0], number(t, row[1]), number(t, row[2]), row[3]
		raw, err := os.ReadFile(filepath.Join(sharedData, "nasty", name))
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) != size {
			t.Fatalf("%s has %d bytes, want %d", name, len(raw), size)
		}
		if class == "log" {
			intact = bytes.Count(raw, []byte("\x0110=")) // those that pipes or ^A divide are the importer's
		}
		got := 0
		for _, s := range splitChecked(t, raw) {
			if s.Verdict == Complete && Parse(s.Bytes).Flags&(NotFramed|BadBodyLength|BadCheckSum) == 0 {
				got++
			}
		}
		if got != intact {
			t.Errorf("%s: %d intact messages, want %d (%s)", name, got, intact, row[4])
		}
	}
}

func TestRealLogs(t *testing.T) {
	for _, row := range table(t, "logs-truth.tsv") {
		raw, err := os.ReadFile(filepath.Join(sharedData, "logs", row[0]))
		if err != nil {
			t.Fatal(err)
		}
		framed, unframed := 0, 0
		payload := sha256.New()
		for _, s := range splitChecked(t, raw) {
			switch s.Verdict {
			case Complete:
				framed++
				payload.Write(s.Bytes)
				if f := Parse(s.Bytes).Flags &^ BadCheckSum; f != 0 {
					t.Errorf("%s: offset %d: flags %#x of a framed message", row[0], s.Offset, f)
				}
			case Garbled, Pending:
				unframed++
			}
		}
		if framed != number(t, row[1]) || unframed != number(t, row[2]) {
			t.Errorf("%s: %d framed and %d unframed, want %s and %s", row[0], framed, unframed, row[1], row[2])
		}
		if sum := hex.EncodeToString(payload.Sum(nil)); sum != row[3] {
			t.Errorf("%s: SHA-256 of the messages is %s, want %s", row[0], sum, row[3])
		}
	}
}

// splitChecked splits raw, checks that nothing was lost, and that it comes out the same when it arrives in pieces.
func splitChecked(t *testing.T, raw []byte) []Span {
	t.Helper()
	var spans []Span
	at := 0
	for s := range Split(raw) {
		if s.Offset != at || !bytes.Equal(s.Bytes, raw[at:at+len(s.Bytes)]) || len(s.Bytes) == 0 {
			t.Fatalf("span %d at offset %d with %d bytes: %d was reached", len(spans), s.Offset, len(s.Bytes), at)
		}
		at += len(s.Bytes)
		spans = append(spans, s)
	}
	if at != len(raw) {
		t.Fatalf("spans end at %d of %d bytes", at, len(raw))
	}
	if len(raw) < 1<<12 {
		checkStream(t, raw, spans, func() int { return 1 })
	}
	if len(raw) < 1<<18 {
		checkStream(t, raw, spans, randomSizes(uint64(len(raw))))
	}
	return spans
}
