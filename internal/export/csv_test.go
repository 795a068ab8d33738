package export

import (
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
)

func TestColumns(t *testing.T) {
	if _, err := ParseColumns(DefaultColumns); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "time,", "time,time", "11,11", "0", "011", "-1", "+1", "Symbol", "99999999999"} {
		if c, err := ParseColumns(text); err == nil {
			t.Errorf("%q: got %v", text, c)
		}
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct{ columns, raw, want string }{
		{"58", "35=D|58=|", `""`},
		{"58,1", "35=D|", ","},
		{"55", "35=D|55=a|55=|55=b|", "a||b"},
		{"55,58", "35=D|55=|58= x|", `," x"`},
		{"58", "35=D|58=-5|", "-5"},
		{"58", "35=D|58=+5.25|", "+5.25"},
		{"58", "35=D|58=-|", `\x2d`},
		{"58", "35=D|58=-1+cmd|", `\x2d1+cmd`},
		{"58", "35=D|58=1.2.3|", "1.2.3"},
		{"58", "35=D|58=-1.2.3|", `\x2d1.2.3`},
		{"58", "35=D|58=@SUM(1)|", `\x40SUM(1)`},
		{"58", "35=D|58=\t=1|", `\x09=1`},
		{"58", "35=D|58=＝1|", `\uff1d1`},
		{"58", `35=D|58=\x3d|`, `\\x3d`},
		{"raw_base64", "\xf8\xf8\xf8", "+Pj4"},
		{"96", "35=D|95=3|96=a|b|", `a\x01b`},
	} {
		columns, err := ParseColumns(c.columns)
		if err != nil {
			t.Fatal(err)
		}
		got := string(written(t, CSV, []fixarchive.Message{at(0, fixarchive.Outbound, wire(c.raw))}, Options{Columns: columns}))
		if got != strings.Join([]string{c.columns, c.want, ""}, "\r\n") {
			t.Errorf("%s of %s: got %q", c.columns, c.raw, got)
		}
	}
}

func TestACSVOfNothingHasItsHead(t *testing.T) {
	if got := string(written(t, CSV, nil, Options{})); got != DefaultColumns+"\r\n" {
		t.Errorf("got %q", got)
	}
}
