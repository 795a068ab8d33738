package export

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/fixarchive/fixarchive"
)

// messagesOf are the messages alone.
func messagesOf(all []fixarchive.Message) (messages []fixarchive.Message) {
	for i := range all {
		if isMessage(all[i].Kind) {
			messages = append(messages, all[i])
		}
	}
	return messages
}

// Every form holds the exact bytes of everything that is in the shared data, where it promises to.
func TestEveryFormIsExact(t *testing.T) {
	all := harvested(t)
	if len(all) < 3000 && !testing.Short() {
		t.Fatalf("only %d records", len(all))
	}
	for f, check := range map[Format]func(*testing.T, []byte, []fixarchive.Message){
		Raw: checkRaw, JSONLines: checkJSON, Log: checkLog, Parquet: checkParquet,
		Pcap: checkPcap, PcapNG: func(t *testing.T, file []byte, all []fixarchive.Message) { checkPcapng(t, file) },
	} {
		t.Run(string(f), func(t *testing.T) { check(t, written(t, f, all, Options{Software: "test"}), all) })
	}
	t.Run("csv", func(t *testing.T) {
		columns, err := ParseColumns("raw_base64,58," + "time,session,source,kind,msg_seq_num,msg_type,flags,sequence,epoch,generation,position,masked,detail,raw,11,55,96")
		if err != nil {
			t.Fatal(err)
		}
		checkCSV(t, written(t, CSV, all, Options{Columns: columns}), all)
	})
}

func checkRaw(t *testing.T, file []byte, all []fixarchive.Message) {
	for _, m := range messagesOf(all) {
		rest, ok := bytes.CutPrefix(file, m.Raw)
		if !ok {
			t.Fatalf("%s, record %d is not where it should be", m.Session, m.Sequence)
		}
		file = rest
	}
	if len(file) > 0 {
		t.Errorf("%d bytes too many", len(file))
	}
}

func checkJSON(t *testing.T, file []byte, all []fixarchive.Message) {
	lines := bytes.SplitAfter(file, []byte("\n"))
	if len(lines) != len(all)+1 || len(lines[len(all)]) > 0 {
		t.Fatalf("%d lines of %d records", len(lines)-1, len(all))
	}
	for i := range all {
		var got JSON
		if err := json.Unmarshal(lines[i], &got); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		r := Record{Message: all[i]}
		if r.hasText() && !bytes.Equal(got.bytes(), r.Raw) || got.Session != r.Session || got.Sequence != r.Sequence || got.Masked {
			t.Fatalf("line %d: %s, record %d came back as %s", i+1, r.Session, r.Sequence, lines[i])
		}
	}
}

func (r *JSON) bytes() []byte {
	if r.Raw != nil {
		return []byte(*r.Raw)
	}
	return r.RawBase64
}

var logHead = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} `)

func checkLog(t *testing.T, file []byte, all []fixarchive.Message) {
	for _, m := range messagesOf(all) {
		head := logHead.Find(file)
		if string(head) != m.Time.Format("2006/01/02 15:04:05.000000 ") {
			t.Fatalf("%s, record %d of %v: line begins %.40q", m.Session, m.Sequence, m.Time, file)
		}
		rest, ok := bytes.CutPrefix(file[len(head):], m.Raw)
		if !ok {
			t.Fatalf("%s, record %d is not exact", m.Session, m.Sequence)
		}
		if file = rest; !bytes.HasSuffix(m.Raw, []byte("\n")) {
			if len(file) == 0 || file[0] != '\n' {
				t.Fatalf("%s, record %d: no line end", m.Session, m.Sequence)
			}
			file = file[1:]
		}
	}
	if len(file) > 0 {
		t.Errorf("%d bytes too many", len(file))
	}
}

func checkCSV(t *testing.T, file []byte, all []fixarchive.Message) {
	if n := bytes.Count(file, []byte("\r\n")); n != len(all)+1 || bytes.Count(file, []byte("\n")) != n || bytes.Count(file, []byte("\r")) != n {
		t.Errorf("%d line ends of %d records, \\n %d, \\r %d", n, len(all), bytes.Count(file, []byte("\n")), bytes.Count(file, []byte("\r")))
	}
	lines, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines[1:] {
		r := Record{Message: all[i]}
		raw, err := base64.StdEncoding.DecodeString(line[0])
		if err != nil || r.hasText() && !bytes.Equal(raw, r.Raw) {
			t.Fatalf("line %d: %s, record %d: %v", i+2, r.Session, r.Sequence, err)
		}
		for _, cell := range line[1:] {
			if strings.ContainsRune(formulas, []rune(cell + "x")[0]) && !isNumber([]byte(cell)) {
				t.Errorf("line %d: %q is a formula", i+2, cell)
			}
		}
	}
}

func checkParquet(t *testing.T, file []byte, all []fixarchive.Message) {
	rows, err := parquet.Read[parquetRow](bytes.NewReader(file), int64(len(file)))
	if err != nil || len(rows) != len(all) {
		t.Fatalf("%d rows of %d records, %v", len(rows), len(all), err)
	}
	for i := range rows {
		r := Record{Message: all[i]}
		var want parquetRow
		want.fill(&r)
		if want.Raw == nil {
			want.Raw = []byte{}
		}
		if !reflect.DeepEqual(rows[i], want) || r.hasText() && !bytes.Equal(rows[i].Raw, r.Raw) {
			t.Fatalf("row %d: %s, record %d came back as %+v", i, r.Session, r.Sequence, rows[i])
		}
	}
}

// No form that masks holds a secret, of a message, an event that quotes one, or what a gap knows of one; and the exact
// ones refuse it.
func TestNoFormHoldsASecret(t *testing.T) {
	logon := framed("35=A|34=1|49=A|52=20261123-00:32:24|56=B|95=9|96=hunter|4x|98=0|108=30|554=hunter2|925=hunter3|")
	all := []fixarchive.Message{
		at(0, fixarchive.Outbound, logon),
		at(1, fixarchive.Event, append([]byte("Sending "), logon...)),
		at(2, fixarchive.Inbound, append(bytes.Clone(logon), 0xff)), // no UTF-8
		gap(3),
	}
	for i, f := range Formats {
		columns, err := ParseColumns("raw,raw_base64,554,925,96")
		if err != nil {
			t.Fatal(err)
		}
		if f.Exact() {
			for _, m := range []int{0, 2} {
				_, err := (&Guard{Refuse: true}).Pass(&all[m])
				if _, ok := err.(*SecretError); !ok || !strings.Contains(err.Error(), "tag 96") {
					t.Errorf("%s: %v", f, err)
				}
			}
			continue
		}
		file := writtenBy(t, f, &Guard{}, all, Options{Columns: columns})
		if f == Parquet {
			rows, err := parquet.Read[parquetRow](bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			file = nil
			for i := range rows {
				file = append(append(file, rows[i].Raw...), "masked"...)
				if i != 3 && (!rows[i].Masked || !bytes.Contains(rows[i].Raw, []byte("554=***\x01"))) {
					t.Errorf("row %d: %+v", i, rows[i])
				}
			}
		}
		text := unfolded(file)
		if bytes.Contains(text, []byte("hunter")) {
			t.Errorf("%s holds a secret: %q", f, text)
		}
		if !bytes.Contains(text, []byte("554=***")) {
			t.Errorf("%s, %d: %q", f, i, text)
		}
	}
}

var base64Text = regexp.MustCompile(`[A-Za-z0-9+/]{40,}={0,2}`)

// unfolded is text with what its base64 stands for.
func unfolded(text []byte) []byte {
	all := bytes.Clone(text)
	for _, word := range base64Text.FindAll(text, -1) {
		if plain, err := base64.StdEncoding.DecodeString(string(word)); err == nil {
			all = append(all, plain...)
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	order := framed("35=D|34=17|49=A|52=20261123-00:32:24.001|56=B|11=ORD-1|55=EURUSD|54=1|38=-5|44=1.5|58=\"hi\", é\\|")
	change := at(3, fixarchive.StateChange, []byte("body"))
	change.Change = &fixarchive.Change{What: "set sender", Value: 9}
	all := []fixarchive.Message{
		at(0, fixarchive.Outbound, order),
		at(1, fixarchive.Inbound, []byte("=HYPERLINK(\"x\")\x01\n\xff")),
		at(2, fixarchive.Event, []byte("+created")), change, gap(4),
	}
	all[0].Flags = fixarchive.PossDup
	columns, err := ParseColumns("time, kind,11,38,44,58,flags,detail,raw")
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[Format]string{
		CSV: `time,kind,11,38,44,58,flags,detail,raw
2026-11-23T00:32:24.001603123Z,out,ORD-1,-5,1.5,"""hi"", é\\",poss-dup,,"8=FIX.4.4|9=96|35=D|34=17|49=A|52=20261123-00:32:24.001|56=B|11=ORD-1|55=EURUSD|54=1|38=-5|44=1.5|58=""hi"", é\\|10=234|"
2026-11-23T00:32:24.001603124Z,in,,,,,,,"\x3dHYPERLINK(""x"")|\x0a\xff"
2026-11-23T00:32:24.001603125Z,event,,,,,,,\x2bcreated
2026-11-23T00:32:24.001603126Z,state,,,,,,set sender to 9,
2026-11-23T00:32:24.001603127Z,gap,,,,,,"records 7 to 9 were lost, 700 bytes, from 2026-11-23T00:32:24.001603127Z to 2026-11-23T00:32:24.001603127Z: ring full",
`,
		Log: "2026/11/23 00:32:24.001603 " + string(order) + "\n2026/11/23 00:32:24.001603 =HYPERLINK(\"x\")\x01\n\xff\n",
		JSONLines: `{"session":"FIX.4.4:A->B","source":"hook","kind":"out","time":"2026-11-23T00:32:24.001603123Z","msg_seq_num":17,"msg_type":"D","flags":["poss-dup"],"sequence":1,"epoch":1,"generation":1,"position":0,"raw":"8=FIX.4.4\u00019=96\u000135=D\u000134=17\u000149=A\u000152=20261123-00:32:24.001\u000156=B\u000111=ORD-1\u000155=EURUSD\u000154=1\u000138=-5\u000144=1.5\u000158=\"hi\", é\\\u000110=234\u0001"}
{"session":"FIX.4.4:A->B","source":"hook","kind":"in","time":"2026-11-23T00:32:24.001603124Z","sequence":2,"epoch":1,"generation":1,"position":64,"raw_base64":"PUhZUEVSTElOSygieCIpAQr/"}
{"session":"FIX.4.4:A->B","source":"hook","kind":"event","time":"2026-11-23T00:32:24.001603125Z","sequence":3,"epoch":1,"generation":1,"position":128,"raw":"+created"}
{"session":"FIX.4.4:A->B","source":"hook","kind":"state","time":"2026-11-23T00:32:24.001603126Z","sequence":4,"epoch":1,"generation":1,"position":192,"change":{"what":"set sender","value":9}}
{"session":"FIX.4.4:A->B","source":"hook","kind":"gap","time":"2026-11-23T00:32:24.001603127Z","sequence":5,"epoch":1,"generation":1,"position":256,"masked":true,"lost":{"first":7,"last":9,"count":3,"bytes":700,"since":"2026-11-23T00:32:24.001603127Z","till":"2026-11-23T00:32:24.001603127Z","reason":"ring full","extra_base64":"OD1GSVguNC40ATk9OTkBMzU9QQE1NTQ9KioqAQ=="}}
`,
	} {
		got := string(writtenBy(t, f, &Guard{}, all, Options{Columns: columns}))
		if f == CSV {
			got = strings.ReplaceAll(got, "\r\n", "\n")
		}
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", f, got, want)
		}
	}
}
