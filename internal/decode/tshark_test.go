package decode

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/spec/fix"
)

// sharedData is where real and nasty FIX data lies beside a checkout of the project.
const sharedData = "../../../shared/data"

// tshark's dissector of FIX is somebody else's reading of the same bytes. It knows no groups and cuts data fields at the
// first SOH; the vectors are for those.

// TestTsharkReadsCapturesAlike compares field by field, over captures of real engines, and sees that tshark met the
// messages that the TCP streams hold.
func TestTsharkReadsCapturesAlike(t *testing.T) {
	needTshark(t)
	captures, _ := filepath.Glob(filepath.Join(sharedData, "peers", "*", "session.pcap"))
	more, _ := filepath.Glob(filepath.Join(sharedData, "logs", "*", "tests", "cfgs", "default", "pcap", "*.pcap"))
	if len(captures) == 0 {
		t.Skip("no captures beside the repository")
	}
	all := append(captures, more...)
	if !full {
		all = captures[:1] // tshark takes a second to start
	}
	for _, file := range all {
		total := oracle{d: New(library)}
		var seen [][]byte
		dissected, streams := dissect(t, file)
		for _, m := range dissected {
			total.compare(t, file, m.raw, m)
			seen = append(seen, m.raw)
		}
		if len(seen) == 0 {
			t.Errorf("%s: tshark finds no message", file)
		}
		if slices.Contains(captures, file) {
			sameMessages(t, file, seen, streamed(streams))
		}
		t.Logf("%s: %d messages, %d fields, %d with a name", file, len(seen), total.fields, total.named)
	}
}

// TestTsharkReadsMessagesAlike packs the messages of logs and of the nasty files into a capture.
func TestTsharkReadsMessagesAlike(t *testing.T) {
	needTshark(t)
	messages := logged(t)
	if !full {
		messages = messages[:len(messages)/4]
	}
	messages = append(messages, nasty(t)...)
	file := filepath.Join(t.TempDir(), "messages.pcap")
	if err := os.WriteFile(file, capture(messages), 0o600); err != nil {
		t.Fatal(err)
	}
	dissected := map[int]dissection{}
	all, _ := dissect(t, file)
	for _, m := range all {
		if _, twice := dissected[m.frame]; !twice {
			dissected[m.frame] = m
		}
	}
	total := oracle{d: New(library)}
	for i, raw := range messages {
		if m, ok := dissected[i+1]; ok { // what it does not take for FIX it does not name
			total.compare(t, "message "+strconv.Itoa(i), raw, m)
		}
	}
	t.Logf("%d messages, of which tshark reads %d, %d of them to the end: %d fields, %d with a name",
		len(messages), len(dissected), total.whole, total.fields, total.named)
	if total.whole < len(messages)*9/10 {
		t.Errorf("tshark reads %d of %d messages to the end", total.whole, len(messages))
	}
}

var full = os.Getenv("FIXARCHIVE_FULL") != ""

func needTshark(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is missing: apt-get install tshark")
	}
}

// oracle counts what was compared.
type oracle struct {
	d                    *Decoder
	whole, fields, named int
}

// compare goes through tshark's fields and ours. It stops where tshark did: at a field without a tag, for example.
func (o *oracle) compare(t *testing.T, what string, raw []byte, m dissection) {
	t.Helper()
	at := 0
	o.d.Start(raw)
	for i, theirs := range m.fields {
		if !o.d.Next() {
			t.Errorf("%s: %q: tshark has field %d, %q, and we have none", what, raw, i, theirs.raw)
			return
		}
		ours := &o.d.Field
		got := raw[ours.Start:ours.End]
		if len(got) > len(theirs.raw) && bytes.HasPrefix(got, theirs.raw) && bytes.IndexByte(ours.Value, fixwire.SOH) >= 0 {
			return // it cuts data at the first SOH
		}
		if theirs.name == "data" || len(theirs.raw) == 0 {
			return // it takes the rest for no FIX
		}
		if !bytes.Equal(got, theirs.raw) {
			t.Errorf("%s: %q: field %d is %q, and tshark's %q", what, raw, i, got, theirs.raw)
			return
		}
		if theirs.tag != 0 && theirs.tag != ours.Tag {
			t.Errorf("%s: %q is tag %d, and tshark's %d", what, got, ours.Tag, theirs.tag)
		}
		o.checkName(t, ours, theirs.name)
		o.fields++
		at = ours.End
	}
	if at == len(raw) {
		o.whole++
		if o.d.Next() {
			t.Errorf("%s: %q: tshark is at the end, and we have %+v", what, raw, o.d.Field)
		}
	}
}

func (o *oracle) checkName(t *testing.T, f *Field, name string) {
	t.Helper()
	if name == "" {
		return
	}
	if f.Def == nil {
		if f.Tag <= 1000 {
			t.Errorf("tag %d is %s for tshark, and unknown to us", f.Tag, name)
		}
		return
	}
	o.named++
	names := []string{f.Def.Name}
	for _, v := range fix.Versions {
		p, _ := library.Protocol([]byte(v.Name), nil)
		if def := p.Field(f.Tag); def != nil {
			names = append(names, def.Name) // it has one name for all versions
		}
	}
	if !slices.Contains(names, name) {
		t.Errorf("tag %d is %q, and for tshark %q", f.Tag, names, name)
	}
}

// dissection is a message as tshark has it.
type dissection struct {
	frame  int // of the capture, from 1
	raw    []byte
	fields []theirField
}

type theirField struct {
	name string // "" where it does not know the tag
	tag  int    // 0 where it has a name
	raw  []byte // with tag and SOH
}

// pdml is a field of tshark's XML.
type pdml struct {
	Name   string `xml:"name,attr"`
	Show   string `xml:"show,attr"`
	Value  string `xml:"value,attr"`
	Fields []pdml `xml:"field"`
}

// dissect returns the messages of a capture, and its streams as text. tshark takes seconds to start: it is called once.
func dissect(t *testing.T, file string) (all []dissection, streams string) {
	t.Helper()
	args := []string{"-r", file, "-d", "tcp.port==9999,fix", "-Y", "fix", "-T", "pdml"}
	for i := range streamsMax {
		args = append(args, "-z", "follow,tcp,raw,"+strconv.Itoa(i))
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	out, behind, _ := bytes.Cut(out, []byte("</pdml>"))
	streams = string(behind)
	dec := xml.NewDecoder(bytes.NewReader(out))
	for {
		var packet struct {
			Protos []struct {
				pdml
				Protos []pdml `xml:"proto"`
			} `xml:"proto"`
		}
		err := nextElement(dec, "packet", &packet)
		if isCutOff(err) {
			return all, streams
		}
		if err != nil {
			t.Fatal(err)
		}
		frame := 0
		for _, proto := range packet.Protos {
			for _, f := range proto.Fields {
				if f.Name == "num" {
					frame, _ = strconv.Atoi(f.Show)
				}
			}
			if proto.Name == "fix" {
				all = append(all, newDissection(t, frame, proto.Fields))
			}
		}
	}
}

// isCutOff reports whether the XML is at the end tag that was cut off.
func isCutOff(err error) bool {
	var syntax *xml.SyntaxError
	return errors.Is(err, io.EOF) || errors.As(err, &syntax) && syntax.Msg == "unexpected EOF"
}

func nextElement(dec *xml.Decoder, name string, v any) error {
	for {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			return dec.DecodeElement(v, &start)
		}
	}
}

func newDissection(t *testing.T, frame int, fields []pdml) dissection {
	m := dissection{frame: frame}
	for _, f := range fields {
		raw, err := hex.DecodeString(f.Value)
		if err != nil {
			t.Fatal(err)
		}
		theirs := theirField{raw: raw}
		if f.Name == "" {
			for _, inner := range f.Fields {
				if inner.Name == "fix.field.tag" {
					theirs.tag, _ = strconv.Atoi(inner.Show)
				}
			}
		} else {
			theirs.name = strings.TrimPrefix(f.Name, "fix.")
		}
		m.raw = append(m.raw, raw...)
		m.fields = append(m.fields, theirs)
	}
	return m
}

// streamsMax is how many TCP streams of a capture are put together.
const streamsMax = 32

// streamed is what a capture's TCP streams hold, put together by tshark and split by us. Text is what tshark wrote: under a
// heading for each stream the bytes of one way, and those of the other behind a tab.
func streamed(text string) (messages [][]byte) {
	for _, stream := range strings.Split(text, "Follow: tcp,raw")[1:] {
		var ways [2][]byte
		for line := range strings.Lines(stream) {
			text, other := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\t")
			raw, err := hex.DecodeString(text)
			if err != nil {
				continue // a heading
			}
			way := 0
			if other {
				way = 1
			}
			ways[way] = append(ways[way], raw...)
		}
		for _, way := range ways {
			messages = append(messages, complete(way)...)
		}
	}
	return messages
}

func complete(raw []byte) (messages [][]byte) {
	for s := range fixwire.Split(raw) {
		if s.Verdict == fixwire.Complete {
			messages = append(messages, s.Bytes)
		}
	}
	return messages
}

// sameMessages compares in any order. What tshark dissected lacks what it does not understand behind a data field.
func sameMessages(t *testing.T, what string, dissected, streamed [][]byte) {
	t.Helper()
	slices.SortFunc(dissected, bytes.Compare)
	slices.SortFunc(streamed, bytes.Compare)
	if !slices.EqualFunc(streamed, dissected, bytes.HasPrefix) {
		t.Errorf("%s: %d messages are dissected, and the streams hold %d, or others", what, len(dissected), len(streamed))
	}
}

func logged(t *testing.T) (messages [][]byte) {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(sharedData, "logs-truth.tsv"))
	if err != nil {
		t.Skipf("no test data beside the repository: %v", err)
	}
	for line := range strings.Lines(string(table)) {
		name, _, _ := strings.Cut(line, "\t")
		if raw, err := os.ReadFile(filepath.Join(sharedData, "logs", name)); err == nil {
			messages = append(messages, complete(raw)...)
		}
	}
	return messages
}

// packetMax leaves out messages that would need more than one packet.
const packetMax = 60000

func nasty(t *testing.T) (messages [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sharedData, "nasty", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for s := range fixwire.Split(raw) {
			if s.Verdict != fixwire.Noise && len(s.Bytes) <= packetMax {
				messages = append(messages, s.Bytes)
			}
		}
	}
	return messages
}

// capture packs each message into a TCP packet of a connection of its own.
func capture(messages [][]byte) []byte {
	const rawIP = 101
	le, be := binary.LittleEndian, binary.BigEndian
	out := le.AppendUint32(nil, 0xa1b2c3d4)
	out = le.AppendUint16(le.AppendUint16(out, 2), 4)
	out = append(out, make([]byte, 8)...)
	out = le.AppendUint32(le.AppendUint32(out, 1<<18), rawIP)
	for i, raw := range messages {
		size := uint32(20 + 20 + len(raw))
		out = le.AppendUint32(le.AppendUint32(out, uint32(i)), 0)
		out = le.AppendUint32(le.AppendUint32(out, size), size)
		out = append(out, 0x45, 0)
		out = be.AppendUint16(out, uint16(size))
		out = append(out, 0, 0, 0, 0, 64, 6, 0, 0)
		out = be.AppendUint32(be.AppendUint32(out, 0x0a000000+uint32(i)), 0x0b000001)
		out = be.AppendUint16(be.AppendUint16(out, 2000), 9999)
		out = be.AppendUint32(be.AppendUint32(out, 1), 0)
		out = append(out, 5<<4, 0x18, 0xff, 0xff, 0, 0, 0, 0)
		out = append(out, raw...)
	}
	return out
}
