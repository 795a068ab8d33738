package decode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// TestNastyFiles decodes every piece of the files that break readers. What is valid has no problem, and everything else
// comes out whole.
func TestNastyFiles(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(sharedData, "nasty", "NASTY.tsv"))
	if err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	d := New(library)
	for line := range strings.Lines(string(table)) {
		row := strings.Split(line, "\t")
		raw, err := os.ReadFile(filepath.Join(sharedData, "nasty", row[0]))
		if err != nil {
			continue // the heading
		}
		for s := range fixwire.Split(raw) {
			decodeChecked(t, d, s.Bytes)
			if row[3] == "valid" && s.Verdict == fixwire.Complete && len(d.Problems) > 0 && !strings.HasPrefix(row[0], "33_") {
				t.Errorf("%s is valid and has the problems %v", row[0], d.Problems)
			}
		}
	}
}

// What tshark cuts in two is compared with what the files are known to hold.
func TestDataFieldsOfTheNastyFiles(t *testing.T) {
	for name, want := range map[string]struct {
		tag         int
		begins, has string
		size        int
	}{
		"01_rawdata_soh.fix":       {96, "a\x01b=c", "\x0110=000\x018=FIX.4.4\x01", 32},
		"03_xmldata.fix":           {213, "<a>\n\x01<b", "10=123\"/>\n", 26},
		"05_encodedtext_utf16.fix": {355, "\xf2X", "\n\x00", 10},
	} {
		raw, err := os.ReadFile(filepath.Join(sharedData, "nasty", name))
		if err != nil {
			t.Skipf("no test data beside the repository: %v", err)
		}
		var value []byte
		d := New(library)
		for d.Start(complete(raw)[0]); d.Next(); {
			if d.Field.Tag == want.tag {
				value = d.Field.Value
			}
		}
		if len(value) != want.size || !strings.HasPrefix(string(value), want.begins) || !strings.Contains(string(value), want.has) || len(d.Problems) > 0 {
			t.Errorf("%s: %d is %q, problems %v", name, want.tag, value, d.Problems)
		}
	}
}

func TestNestedGroupsOfTheNastyFiles(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(sharedData, "nasty", "07_nested_groups.fix"))
	if err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	d := New(library)
	got := drawn(t, d, raw)
	if strings.Count(got, "\n  #") != 2 || strings.Count(got, "\n    #") != 3 || strings.Contains(got, "!") {
		t.Errorf("two parties with three sub ids are wanted, got\n%s", got)
	}
}

// TestALargeSnapshot has 40,000 entries.
func TestALargeSnapshot(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(sharedData, "nasty", "09_md_2m.fix"))
	if err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	d := New(library)
	entries := 0
	for d.Start(complete(raw)[0]); d.Next(); {
		if d.Field.Begins {
			entries++
		}
	}
	if entries != 40000 || len(d.Problems) > 0 {
		t.Errorf("%d entries, problems %v", entries, d.Problems)
	}
}
