package export

import (
	"bytes"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/fixarchive/fixarchive"
)

// FuzzForms: no writer panics, whatever a peer sends and calls itself, and every form brings back the bytes that it
// promises to.
func FuzzForms(f *testing.F) {
	for _, raw := range []string{"", "8=FIX.4.4|9=5|35=0|10=000|", "35=A|95=3|96=a|b|554=x|", "58==cmd|58=\n|11=\"|", "\xff\xfe\x00", "=1+1\r\n"} {
		f.Add(wire(raw), wire("8=FIX.4.4|9=5|35=D|554=secret|"), "FIX.4.4:A->B", "D", int64(1))
	}
	columns, err := ParseColumns("raw_base64,raw,session,msg_type,detail,58,554")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, one, two []byte, session, msgType string, seq int64) {
		all := []fixarchive.Message{
			at(0, fixarchive.Inbound, one), at(1, fixarchive.Outbound, two), at(2, fixarchive.Event, one), gap(3),
			at(4, fixarchive.StateChange, two), at(5, fixarchive.Void, one),
		}
		for i := range all {
			all[i].Session, all[i].MsgType, all[i].MsgSeqNum = session, msgType, uint64(seq)
		}
		all[3].Lost.Reason, all[3].Lost.Extra = session, two
		checkRaw(t, written(t, Raw, all, Options{}), all)
		checkCSV(t, written(t, CSV, all, Options{Columns: columns}), all)
		checkLog(t, written(t, Log, all, Options{}), all)
		checkPcap(t, written(t, Pcap, all, Options{}), all)
		checkPcapng(t, written(t, PcapNG, all, Options{Software: session}))
		if file := written(t, JSONLines, all, Options{}); session == string([]rune(session)) {
			checkJSON(t, file, all)
		}
		for _, f := range []Format{JSONLines, CSV, Log} {
			writtenBy(t, f, &Guard{}, all, Options{Columns: columns})
		}
	})
}

// FuzzParquetRow: all text is UTF-8, as Parquet asks, and raw is exact. Whole files are tried with the shared data: to make
// a writer takes too long for a fuzzer.
func FuzzParquetRow(f *testing.F) {
	f.Add(wire("8=FIX.4.4|9=5|35=0|11=\xff|10=000|"), "a\xff")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		all := []fixarchive.Message{at(0, fixarchive.Inbound, raw), at(1, fixarchive.Event, raw), gap(2)}
		all[0].Session, all[0].MsgType, all[0].Source, all[2].Lost.Reason = name, name, name, name
		for i := range all {
			var row parquetRow
			row.fill(&Record{Message: all[i]})
			if i < 2 && !bytes.Equal(row.Raw, raw) {
				t.Errorf("%q became %q", raw, row.Raw)
			}
			for _, field := range reflect.ValueOf(row).Fields() {
				if text, ok := field.Interface().(string); ok && !utf8.ValidString(text) {
					t.Errorf("%q is no UTF-8", text)
				}
			}
		}
	})
}

// FuzzColumns: what is accepted makes a line that can be read.
func FuzzColumns(f *testing.F) {
	f.Add(DefaultColumns, "58=x|11=y|")
	f.Fuzz(func(t *testing.T, text, raw string) {
		columns, err := ParseColumns("raw_base64," + text)
		if err != nil {
			return
		}
		m := at(0, fixarchive.Inbound, wire(raw))
		checkCSV(t, written(t, CSV, []fixarchive.Message{m}, Options{Columns: columns}), []fixarchive.Message{m})
	})
}
