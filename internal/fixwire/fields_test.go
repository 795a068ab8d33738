package fixwire

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	for _, c := range []struct {
		name, raw string
		want      string // tag "value" …
		flags     Flags
	}{
		{"nothing", "", "", 0},
		{"in order, again", "8=F|448=A|448=B|", `8"F" 448"A" 448"B"`, 0},
		{"last SOH missing", "35=0|10=123", `35"0" 10"123"`, 0},
		{"a value that holds =", "58=a=b|", `58"a=b"`, 0},
		{"data that holds SOH and a field", "95=7|96=a|10=0||10=123|", `95"7" 96"a\x0110=0\x01" 10"123"`, 0},
		{"empty data", "95=0|96=|58=x|", `95"0" 96"" 58"x"`, 0},
		{"data whose length stands in the trailer, tags descending", "93=3|89=a|b|10=1|", `93"3" 89"a\x01b" 10"1"`, 0},
		{"data at the end", "95=3|96=a|b", `95"3" 96"a\x01b"`, 0},
		{"data of another length than said", "95=4|96=a|b|58=x|", `95"4" 96"a" 0"b" 58"x"`, BadData | BadField},
		{"data beyond the end", "95=400|96=a|58=x|", `95"400" 96"a" 58"x"`, BadData},
		{"a length in front of another field", "95=3|58=a|b|", `95"3" 58"a" 0"b"`, BadField},
		{"a length one field too early", "95=3|58=x|96=a|b|", `95"3" 58"x" 96"a" 0"b"`, BadField},
		{"a data field without a length", "96=a|b=|", `96"a" 0"b="`, BadField},
		{"a length no number", "95=-1|96=a|", `95"-1" 96"a"`, BadData},
		{"a length of 2^64+3", "95=18446744073709551619|96=a|b|", `95"18446744073709551619" 96"a" 0"b"`, BadData | BadField},
		{"tags nobody can read", "058=z|0=x|no||-5=n|abc=a|99999999999=b|= n|58 =s|", `58"z" 0"0=x" 0"no" 0"" 0"-5=n" 0"abc=a" 0"99999999999=b" 0"= n" 0"58 =s"`, BadField},
		{"a tag of 31 bits", "2147483647=x|2147483648=y|", `2147483647"x" 0"2147483648=y"`, BadField},
		{"a tag at the end", "58", `0"58"`, BadField},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := wire(c.raw)
			var got []string
			for tag, value := range Fields(raw) {
				got = append(got, fmt.Sprintf("%d%q", tag, value))
			}
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("got  %s\nwant %s", g, c.want)
			}
			if flags := checkCursor(t, raw); flags != c.flags {
				t.Errorf("flags %#x, want %#x", flags, c.flags)
			}
		})
	}
}

// checkCursor checks that the fields are the message, each value lies in its field, and appending to one
// does not write into the next.
func checkCursor(t *testing.T, raw []byte) Flags {
	t.Helper()
	c := NewCursor(raw)
	at := 0
	for c.Next() {
		if c.Start != at || c.End <= at || c.End > len(raw) {
			t.Fatalf("field from %d to %d, behind one that ended at %d: %q", c.Start, c.End, at, raw)
		}
		at = c.End
		field, want := string(raw[c.Start:c.End]), string(c.Value)
		if c.Tag != 0 {
			field, want = strings.TrimLeft(field, "0"), fmt.Sprintf("%d=%s", c.Tag, c.Value)
		}
		if field != want+"\x01" && (field != want || c.End < len(raw)) {
			t.Fatalf("field %q read as %q", field, want)
		}
		if cap(c.Value) != len(c.Value) {
			t.Fatalf("value %q can be appended to", c.Value)
		}
	}
	if at != len(raw) {
		t.Fatalf("fields end at %d of %d: %q", at, len(raw), raw)
	}
	return c.Flags
}

func TestEveryDataField(t *testing.T) {
	for _, f := range dataFields {
		raw := wire(fmt.Sprintf("58=x|%d=3|%d=a|b|10=1|", f.length, f.data))
		var tags []int
		for tag := range Fields(raw) {
			tags = append(tags, tag)
		}
		if want := []int{58, int(f.length), int(f.data), 10}; !slices.Equal(tags, want) {
			t.Errorf("tags %v, want %v", tags, want)
		}
	}
	for _, tag := range []int{-1, 0, 9, 89, 91, 94, 383, 43110 + 2, 1 << 20} {
		if d := dataTag(tag); d != 0 {
			t.Errorf("tag %d is the length of %d", tag, d)
		}
	}
	if last := dataFields[len(dataFields)-1].length; dataFields[0].length != lengthTagMin || last != lengthTagMax {
		t.Error("the bounds are not the table's")
	}
}

// TestDictionariesKnowNoOtherDataField compares the table with the dictionaries that the engine ships.
func TestDictionariesKnowNoOtherDataField(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil {
		t.Skipf("no engine beside the module: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "spec", "*.xml"))
	if len(files) == 0 {
		t.Skip("the engine's module has no dictionaries")
	}
	for _, name := range files {
		checkDictionary(t, name)
	}
}

func checkDictionary(t *testing.T, path string) {
	var dictionary struct {
		Fields []struct {
			Number int    `xml:"number,attr"`
			Name   string `xml:"name,attr"`
			Type   string `xml:"type,attr"`
		} `xml:"fields>field"`
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, &dictionary); err != nil {
		t.Fatal(err)
	}
	lengths := make(map[string]int)
	for _, f := range dictionary.Fields {
		for _, suffix := range []string{"Len", "Length"} {
			if data, ok := strings.CutSuffix(f.Name, suffix); ok {
				lengths[data] = f.Number
			}
		}
	}
	for _, f := range dictionary.Fields {
		if f.Type != "DATA" && f.Type != "XMLDATA" {
			continue
		}
		if got := dataTag(lengths[f.Name]); got != f.Number {
			t.Errorf("%s: %s is %d behind %d, the table says %d", filepath.Base(path), f.Name, f.Number, lengths[f.Name], got)
		}
	}
}

// What a dictionary adds is believed as the standard's fields are, and only of the field that comes next.
func TestExpectedData(t *testing.T) {
	read := func(raw string) (values []string, flags Flags) {
		c := NewCursor(wire(raw))
		for c.Next() {
			if c.Tag == 5003 {
				c.ExpectData(5004)
			} else {
				c.ExpectData(0)
			}
			values = append(values, string(c.Value))
		}
		return values, c.Flags
	}
	for raw, want := range map[string][]string{
		"5003=3|5004=a|b|58=c|":        {"3", "a\x01b", "c"},
		"5003=3|58=a|5004=a|b=|":       {"3", "a", "a", "b="},
		"5003=1|5004=a|5004=b|c=|":     {"1", "a", "b", "c="},
		"95=3|96=a|b|5003=3|5004=a|b|": {"3", "a\x01b", "3", "a\x01b"},
	} {
		if values, _ := read(raw); !slices.Equal(values, want) {
			t.Errorf("%s: got %q, want %q", raw, values, want)
		}
	}
	if _, flags := read("5003=9|5004=a|b=|"); flags&BadData == 0 {
		t.Error("a length that reaches behind the end is not flagged")
	}
}
