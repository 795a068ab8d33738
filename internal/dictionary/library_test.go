package dictionary

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/spec/fix"
)

func TestVersionsByWhatMessagesSay(t *testing.T) {
	l := NewLibrary()
	for _, c := range []struct {
		begin, applVer, want string
		known                bool
	}{
		{"FIX.4.0", "", "FIX.4.0", true}, {"FIX.4.1", "", "FIX.4.1", true}, {"FIX.4.2", "", "FIX.4.2", true},
		{"FIX.4.3", "", "FIX.4.3", true}, {"FIX.4.4", "", "FIX.4.4", true}, {"FIX.4.4", "9", "FIX.4.4", true},
		{"FIX.5.0", "", "FIX.5.0", true}, {"FIX.5.0SP1", "", "FIX.5.0SP1", true}, {"FIX.5.0SP2", "", "FIX.5.0SP2", true},
		{"FIXT.1.1", "2", "FIX.4.0", true}, {"FIXT.1.1", "3", "FIX.4.1", true}, {"FIXT.1.1", "4", "FIX.4.2", true},
		{"FIXT.1.1", "5", "FIX.4.3", true}, {"FIXT.1.1", "6", "FIX.4.4", true}, {"FIXT.1.1", "7", "FIX.5.0", true},
		{"FIXT.1.1", "8", "FIX.5.0SP1", true}, {"FIXT.1.1", "9", "FIX.5.0SP2", true},
		{"FIXT.1.1", "", "FIX.5.0SP2", false}, {"FIXT.1.1", "0", "FIX.5.0SP2", false}, {"FIXT.1.1", "\xff", "FIX.5.0SP2", false},
		{"FIXT.1.1", "99", "FIX.5.0SP2", false}, {"fix.4.4", "", "FIX.5.0SP2", false}, {"", "", "FIX.5.0SP2", false},
	} {
		p, known := l.Protocol([]byte(c.begin), []byte(c.applVer))
		if p.Name != c.want || known != c.known {
			t.Errorf("%q over %q: got %s, %v, want %s, %v", c.applVer, c.begin, p.Name, known, c.want, c.known)
		}
		again, _ := l.Protocol([]byte(c.begin), []byte(c.applVer))
		if again != p {
			t.Errorf("%q over %q is made again", c.applVer, c.begin)
		}
	}
}

// Over FIXT the header and the session's messages are the transport's, for versions that have their own too.
func TestTheTransportLiesBelow(t *testing.T) {
	l := NewLibrary()
	for _, applVer := range []string{"4", "6", "9"} {
		p, _ := l.Protocol([]byte("FIXT.1.1"), []byte(applVer))
		logon := p.Message([]byte("A"))
		if logon == nil || p.Layout(logon).Find(1137) < 0 || p.Layout(logon).Find(1128) < 0 {
			t.Errorf("%s: a Logon is %+v", p.Name, logon)
		}
		order := p.Message([]byte("D"))
		if order == nil || p.Layout(order).Find(8) < 0 || p.Layout(order).Find(11) < 0 || p.Layout(order).Find(10) < 0 {
			t.Errorf("%s: an order is %+v", p.Name, order)
		}
	}
	plain, _ := l.Protocol([]byte("FIX.4.4"), nil)
	if plain.Layout(plain.Message([]byte("A"))).Find(1137) >= 0 {
		t.Error("a Logon of plain FIX 4.4 has DefaultApplVerID")
	}
}

func TestNames(t *testing.T) {
	l := NewLibrary()
	for name, want := range map[string]string{
		"NewOrderSingle": "D", "newordersingle": "D", "ExecutionReport": "8", "Logon": "A", "MarketDataSnapshotFullRefresh": "W",
		"OrderCancelReplaceRequest": "G", "BusinessMessageReject": "j", "Heartbeat": "0", "D": "", "": "", "Nothing": "",
	} {
		if got, ok := l.MsgTypeByName(name); got != want || ok != (want != "") {
			t.Errorf("%s is %q, %v, want %q", name, got, ok, want)
		}
	}
	for name, want := range map[string]int{"Side": 54, "clordid": 11, "MDEntryPx": 270, "BeginString": 8, "Shares": 53, "": 0, "54": 0} {
		f := l.FieldByName(name)
		if (f == nil) != (want == 0) || f != nil && f.Tag != want {
			t.Errorf("%s is %+v, want %d", name, f, want)
		}
	}
	if l.MsgName("D") != "NewOrderSingle" || l.MsgName("U1") != "" || l.FieldByTag(54).Name != "Side" || l.FieldByTag(99999) != nil {
		t.Errorf("D is %s, 54 is %+v", l.MsgName("D"), l.FieldByTag(54))
	}
}

// Names are given to commands without a version. That is sound as long as versions do not call different things so.
func TestNamesMeanTheSameInAllVersions(t *testing.T) {
	types, tags := map[string]string{}, map[string]int{}
	for _, v := range fix.Versions {
		d := standard(v.Name)
		for _, m := range d.messages {
			name := strings.ToLower(m.Name)
			if other, known := types[name]; known && other != m.Type {
				t.Errorf("%s: %s is %s, and elsewhere %s", v.Name, m.Name, m.Type, other)
			}
			types[name] = m.Type
		}
		for _, f := range d.fields {
			name := strings.ToLower(f.Name)
			if other, known := tags[name]; known && other != f.Tag {
				t.Errorf("%s: %s is %d, and elsewhere %d", v.Name, f.Name, f.Tag, other)
			}
			tags[name] = f.Tag
		}
	}
}

// The archive frames and masks messages without a dictionary, by a table of data fields. It must have those that the
// dictionaries have.
func TestDataFieldsAreKnownWithoutADictionary(t *testing.T) {
	for _, v := range fix.Versions {
		d := standard(v.Name)
		p := newProtocol(v.Name, []*Dictionary{d})
		p.addData(d)
		found := 0
		for _, length := range d.fields {
			data := p.Data(length.Tag)
			if data == 0 {
				continue
			}
			found++
			if got := dataBehind(length.Tag, data); got != "a\x01b" {
				t.Errorf("%s: %d is the length of %d, whose value is read as %q", v.Name, length.Tag, data, got)
			}
		}
		for _, f := range d.fields {
			if f.isData() {
				found--
			}
		}
		if found != 0 {
			t.Errorf("%s: %d data fields more have a length than there are", v.Name, found)
		}
	}
}

func dataBehind(length, data int) string {
	raw := []byte(strings.Join([]string{itoa(length) + "=3", itoa(data) + "=a\x01b", ""}, "\x01"))
	for tag, value := range fixwire.Fields(raw) {
		if tag == data {
			return string(value)
		}
	}
	return ""
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

const venueXML = `<fix major='4' minor='4' type='FIX'>
 <header><field name='VenueHop' required='N'/></header>
 <messages>
  <message name='NewOrderSingle' msgtype='D' msgcat='app'>
   <field name='VenueFlag' required='Y'/>
   <group name='NoPartyIDs' required='N'><field name='PartyID' required='Y'/><field name='VenuePartyName' required='N'/></group>
   <component name='Extras' required='N'/>
  </message>
  <message name='VenueHello' msgtype='U1' msgcat='app'><field name='Symbol' required='Y'/></message>
 </messages>
 <components>
  <component name='Extras'>
   <group name='NoExtras' required='N'><field name='Symbol' required='Y'/><field name='VenueBlob' required='N'/></group>
  </component>
 </components>
 <fields>
  <field number='5001' name='VenueFlag' type='char'><value enum='x' description='EXPRESS'/></field>
  <field number='5002' name='NoExtras' type='NUMINGROUP'/>
  <field number='5003' name='VenueBlobLen' type='LENGTH'/>
  <field number='5004' name='VenueBlob' type='DATA'/>
  <field number='5005' name='VenuePartyName' type='STRING'/>
  <field number='5006' name='VenueHop' type='STRING'/>
  <field number='453' name='NoPartyIDs' type='NUMINGROUP'/>
  <field number='448' name='PartyID' type='STRING'/>
  <field number='55' name='Symbol' type='STRING'/>
  <field number='54' name='Side' type='CHAR'><value enum='1' description='PURCHASE'/><value enum='Z' description='BARTER'/></field>
 </fields>
</fix>`

func venue(t *testing.T, text string) *Dictionary {
	t.Helper()
	file := filepath.Join(t.TempDir(), "venue.xml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What a venue defines is as it says, what it does not mention as the standard has it, and what both define has the
// members of both.
func TestAVenueLiesOnTop(t *testing.T) {
	l := NewLibrary(venue(t, venueXML))
	p, _ := l.Protocol([]byte("FIX.4.4"), nil)

	side := p.Field(54)
	for value, want := range map[string]string{"1": "PURCHASE", "Z": "BARTER", "2": "SELL", "?": ""} {
		if got := side.Meaning([]byte(value)); got != want {
			t.Errorf("Side %s means %q, want %q", value, got, want)
		}
	}
	order := p.Layout(p.Message([]byte("D")))
	for _, tag := range []int{5001, 5002, 5006, 453, 11, 8, 10} {
		if order.Find(tag) < 0 {
			t.Errorf("an order lacks %d", tag)
		}
	}
	parties := order.Member(order.Find(453)).Group
	for _, tag := range []int{448, 5005, 447, 802} {
		if parties.Find(tag) < 0 {
			t.Errorf("a party lacks %d", tag)
		}
	}
	if m := p.Message([]byte("U1")); m == nil || m.Name != "VenueHello" || p.Layout(m).Find(49) < 0 {
		t.Errorf("U1 is %+v", m)
	}
	if p.Data(5003) != 5004 || p.Data(95) != 0 || p.Data(0) != 0 {
		t.Errorf("the data behind 5003 is %d", p.Data(5003))
	}
	if msgType, _ := l.MsgTypeByName("venuehello"); msgType != "U1" || l.FieldByName("VenueFlag").Tag != 5001 {
		t.Errorf("VenueHello is %q", msgType)
	}
	other, _ := l.Protocol([]byte("FIX.4.2"), nil)
	if other.Field(5001) != nil || other.Message([]byte("U1")) != nil {
		t.Error("FIX 4.2 has what a venue put on 4.4")
	}
	if over, _ := l.Protocol([]byte("FIXT.1.1"), []byte("6")); over.Field(5001) == nil {
		t.Error("FIX 4.4 over FIXT lacks what a venue put on 4.4")
	}
}

func TestTheLaterLiesOnTheEarlier(t *testing.T) {
	later := venue(t, `<fix major='4' minor='4'><fields><field number='5001' name='Later' type='CHAR'/></fields></fix>`)
	p, _ := NewLibrary(venue(t, venueXML), later).Protocol([]byte("FIX.4.4"), nil)
	if f := p.Field(5001); f.Name != "Later" || f.Meaning([]byte("x")) != "EXPRESS" || p.FieldByName("VenueFlag") != f {
		t.Errorf("5001 is %+v", f)
	}
}

func TestAVenueMayHaveItsOwnVersion(t *testing.T) {
	l := NewLibrary(venue(t, `<fix major='9' minor='1'><messages><message name='X' msgtype='X'/></messages></fix>`))
	if p, known := l.Protocol([]byte("FIX.9.1"), nil); !known || p.Message([]byte("X")) == nil {
		t.Errorf("got %s, %v", p.Name, known)
	}
}

func TestSeveralValuesInOne(t *testing.T) {
	p, _ := NewLibrary().Protocol([]byte("FIX.4.2"), nil)
	for value, want := range map[string]string{"1": "NOT_HELD", "1 6": "NOT_HELD, PARTICIPATE_DONT_INITIATE", "1 ?": "", "": "", " ": "", "16": ""} {
		if got := p.Field(18).Meaning([]byte(value)); got != want {
			t.Errorf("%q means %q, want %q", value, got, want)
		}
	}
}

func TestALibraryIsForMany(t *testing.T) {
	l := NewLibrary()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, v := range fix.Versions {
				p, _ := l.Protocol([]byte(v.Name), nil)
				for _, m := range []string{"8", "D", "W", "AE"} {
					layout := p.Layout(p.Message([]byte(m)))
					if at := layout.Find(453); at >= 0 {
						layout.Member(at).Group.Find(448)
					}
				}
				p.Group(453)
			}
		})
	}
	all.Wait()
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none.xml")} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "XML") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFactsThatAreNone(t *testing.T) {
	for _, text := range []string{"\n", "54\n", "54 CHAR Side", "x CHAR Side\n", "\t1\tBUY\n", "message D\n"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is taken for facts", text)
		}
	}
}
