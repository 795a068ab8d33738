package fixwire

import (
	"strings"
	"testing"
)

// fieldsBegin is what Begins says, by a Cursor.
func fieldsBegin(raw []byte) map[int]bool {
	at := map[int]bool{}
	for c := NewCursor(raw); c.Next(); {
		at[c.Start] = true
	}
	return at
}

func FuzzBegins(f *testing.F) {
	for _, text := range []string{
		"8=FIX.4.4|9=5|35=0|10=000|", "95=9|96=a|55=x|bc|10=1|", "0095=3|96=a|b|", "95=3|97=a|b|", "95=99|96=a|b|10=1|", "95=x|96=a|55=b|",
		"354=4|355=|||||58=x", "35|=|99999999999=x|1=|", "95=1", "95=2|96=|", "90=1|91=||95=1|96=||", "90=0|95=1|96=||", "90=0",
	} {
		f.Add([]byte(strings.ReplaceAll(text, "|", "\x01")))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		want := fieldsBegin(raw)
		for at := range len(raw) + 2 {
			if got := Begins(raw, at); got != want[at] {
				t.Fatalf("%q at %d: got %v", raw, at, got)
			}
		}
	})
}

func TestDataTagsAreData(t *testing.T) {
	for _, f := range dataFields {
		if !IsData(int(f.data)) || dataTag(int(f.length)) != int(f.data) {
			t.Errorf("%d after %d", f.data, f.length)
		}
	}
	if IsData(55) || IsData(95) || IsData(0) {
		t.Error("other tags are data")
	}
}
