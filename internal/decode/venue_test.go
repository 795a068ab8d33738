package decode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/dictionary"
)

const venueXML = `<fix major='4' minor='4'>
 <messages>
  <message name='NewOrderSingle' msgtype='D'>
   <group name='NoExtras'><field name='Symbol'/><field name='VenueBlob'/></group>
  </message>
 </messages>
 <fields>
  <field number='55' name='Symbol' type='STRING'/>
  <field number='5002' name='NoExtras' type='INT'/>
  <field number='5003' name='VenueBlobLen' type='LENGTH'/>
  <field number='5004' name='VenueBlob' type='DATA'/>
 </fields>
</fix>`

func venueDecoder(t *testing.T) *Decoder {
	t.Helper()
	file := filepath.Join(t.TempDir(), "venue.xml")
	if err := os.WriteFile(file, []byte(venueXML), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := dictionary.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return New(l)
}

// A venue's data field holds SOH where its dictionary says so, in a group and behind a tag that is looked past too; and
// where a tag belongs to a group and to the message around it, the count decides.
func TestAVenuesDataAndGroups(t *testing.T) {
	raw := message("FIX.4.4", "35=D|34=2|5002=2|55=A|5003=7|5004=a|55=Z||7777=x|55=B|5003=2|5004=|||55=IBM|54=1|5003=x|5004=a|b|")
	const want = `35 MsgType=D
34 MsgSeqNum=2
5002 NoExtras=2:
  #1 55 Symbol=A
  5003 VenueBlobLen=7 (stray)
  5004 VenueBlob=a|55=Z|
  7777 ?=x (unknown)
  #2 55 Symbol=B
  5003 VenueBlobLen=2 (stray)
  5004 VenueBlob=||
55 Symbol=IBM
54 Side=1
5003 VenueBlobLen=x (stray)
5004 VenueBlob=a (stray)
0 ?=b (unknown)
`
	got := withoutFrame(drawn(t, venueDecoder(t), raw))
	if fields, _, _ := strings.Cut(got, "! "); fields != want {
		t.Errorf("got\n%s\nwant\n%s", fields, want)
	}
}

// The session's default counts where a message over FIXT does not say its version; a Logon's own counts for itself.
func TestTheDefaultVersion(t *testing.T) {
	d := New(library)
	for _, c := range []struct{ session, body, want string }{
		{"", "35=D|11=x|", "FIX.5.0SP2"}, {"7", "35=D|11=x|", "FIX.5.0"}, {"7", "35=D|1128=6|11=x|", "FIX.4.4"},
		{"7", "35=A|98=0|1137=8|", "FIX.5.0SP1"}, {"7", "35=D|11=x|1137=8|", "FIX.5.0"}, {"7", "35=D|11=x|1128=8|", "FIX.5.0"},
		{"7", "35=D|34=2|49=A|52=x|56=B|1128=8|11=x|", "FIX.5.0SP1"},
	} {
		d.SetApplVerID([]byte(c.session))
		d.Start(message("FIXT.1.1", c.body))
		if d.Protocol.Name != c.want {
			t.Errorf("%s with default %q is %s, want %s", c.body, c.session, d.Protocol.Name, c.want)
		}
	}
	for body, want := range map[string]string{"35=A|98=0|1137=8|": "8", "35=D|1137=8|": "", "1137=8|": "", "": ""} {
		if got := string(DefaultApplVerID(wire("8=FIXT.1.1|" + body))); got != want {
			t.Errorf("%s: the default is %q, want %q", body, got, want)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	d := New(library)
	for d.Start(wire(strings.Repeat("|", 1000))); d.Next(); {
	}
	if len(d.Problems) != problemsMax || d.More < 900 || cap(d.Problems) > 2*problemsMax {
		t.Errorf("%d problems are kept, and %d counted", len(d.Problems), d.More)
	}
}

// What a peer sends must not cost more than its length: by its square, this would not end.
func TestHostileMessagesCostTheirLength(t *testing.T) {
	d := New(library)
	for name, piece := range map[string]string{
		"unknown tags": "77777=1|", "counts": "453=1|", "counts and unknown tags": "453=1|77777=1|", "nested counts": "453=1|802=1|",
		"stray counts": "146=1|711=1|555=1|", "entries": "453=1|448=A|77777=1|", "no tags": "|", "data": "95=5|96=x|",
	} {
		raw := wire("8=FIX.4.4|9=5|35=0|" + strings.Repeat(piece, 1<<20/len(piece)))
		begin := time.Now()
		for d.Start(raw); d.Next(); {
		}
		t.Logf("%s: 1 MiB takes %v", name, time.Since(begin))
	}
}
