package export

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// tool runs a program that others read our files with, or skips where there is none.
func tool(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("what others read is tried without -short")
	}
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(name, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, complaint.Bytes())
	}
	return out
}

func fileOf(t *testing.T, f Format, messages []fixarchive.Message) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "all."+string(f))
	if err := os.WriteFile(path, written(t, f, messages, Options{Software: "test"}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// jq reads every line, and what it makes of raw are the exact bytes.
func TestJQReadsJSONLines(t *testing.T) {
	all := harvested(t)
	out := tool(t, "jq", "-c", "[.session, .sequence, .raw, .raw_base64]", fileOf(t, JSONLines, all))
	lines := bytes.Split(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
	if len(lines) != len(all) {
		t.Fatalf("%d lines of %d records", len(lines), len(all))
	}
	for i, line := range lines {
		var got JSON
		if err := json.Unmarshal(line, &[]any{&got.Session, &got.Sequence, &got.Raw, &got.RawBase64}); err != nil {
			t.Fatal(err)
		}
		r := Record{Message: all[i]}
		if got.Session != r.Session || got.Sequence != r.Sequence || r.hasText() && !bytes.Equal(got.bytes(), r.Raw) {
			t.Fatalf("%s, record %d came back as %s", r.Session, r.Sequence, line)
		}
	}
}

// packetFormats are both at full size, else one: tshark takes its time to start.
func packetFormats(one Format) []Format {
	if os.Getenv("FIXARCHIVE_FULL") == "1" {
		return []Format{Pcap, PcapNG}
	}
	return []Format{one}
}

// tshark finds no fault in TCP, and the bytes of every session and direction.
func TestTsharkReadsPackets(t *testing.T) {
	all := harvested(t)
	for _, f := range packetFormats(PcapNG) {
		t.Run(string(f), func(t *testing.T) {
			out := tool(t, "tshark", "-r", fileOf(t, f, all), "-n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
				"-T", "fields", "-e", "ip.src", "-e", "ip.checksum.status", "-e", "tcp.checksum.status", "-e", "tcp.analysis.flags", "-e", "tcp.payload",
				"--disable-protocol", "fix")
			got := map[string][]byte{}
			for line := range bytes.Lines(out) {
				words := strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
				if words[1] != "1" || words[2] != "1" || words[3] != "" {
					t.Fatalf("tshark finds fault: %.200s", line)
				}
				payload, err := hex.DecodeString(words[4])
				if err != nil {
					t.Fatal(err)
				}
				got[words[0]] = append(got[words[0]], payload...)
			}
			number := map[string]int{}
			want := map[string][]byte{}
			for _, m := range messagesOf(all) {
				if number[m.Session] == 0 {
					number[m.Session] = len(number) + 1
				}
				key := sideOf(number[m.Session], m.Direction == fixarchive.Out)
				want[key] = append(want[key], m.Raw...)
			}
			for key := range want {
				if !bytes.Equal(got[key], want[key]) {
					t.Errorf("%s sent %d bytes, want %d", key, len(got[key]), len(want[key]))
				}
			}
		})
	}
}

// tshark takes messages for FIX, however many segments they are in.
func TestTsharkSeesFIX(t *testing.T) {
	var all []fixarchive.Message
	for i := range 40 {
		kind := fixarchive.Inbound
		if i%2 == 0 {
			kind = fixarchive.Outbound
		}
		text := strings.Repeat("x", i*i*10)
		all = append(all, at(i, kind, framed(fmt.Sprintf("35=B|34=%d|49=A|52=20261123-00:32:24.001|56=B|58=%s|", i+1, text))))
	}
	for _, f := range packetFormats(Pcap) {
		t.Run(string(f), func(t *testing.T) {
			out := tool(t, "tshark", "-r", fileOf(t, f, all), "-n", "-Y", "fix", "-T", "fields",
				"-e", "frame.time_epoch", "-e", "fix.MsgSeqNum")
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if len(lines) != len(all) {
				t.Fatalf("%d messages of %d:\n%s", len(lines), len(all), out)
			}
			for i, line := range lines {
				words := strings.Split(line, "\t")
				if words[0] != fmt.Sprintf("%d.%09d", all[i].Time.Unix(), all[i].Time.Nanosecond()) || words[1] != fmt.Sprint(i+1) {
					t.Errorf("message %d: %s", i+1, line)
				}
			}
		})
	}
}

const duckDB = "@duckdb/node-api@1.5.6-r.1"

// duckDir is where DuckDB for node lies: FIXARCHIVE_DUCKDB names it, or says 1 for it to be fetched, as CI does.
func duckDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FIXARCHIVE_DUCKDB")
	if dir == "" && os.Getenv("CI") != "true" {
		t.Skip("FIXARCHIVE_DUCKDB=1 fetches DuckDB by npm; a directory with node_modules uses what is there")
	}
	if dir != "" && dir != "1" {
		return dir
	}
	dir = t.TempDir()
	tool(t, "npm", "install", "--prefix", dir, "--no-save", "--no-audit", "--no-fund", "--loglevel", "error", duckDB)
	return dir
}

const duckScript = `
import { DuckDBInstance } from '@duckdb/node-api';
const c = await (await DuckDBInstance.create(':memory:')).connect();
const r = await c.runAndReadAll("select epoch_us(time)::varchar us, time_ns::varchar ns, session, kind, coalesce(msg_seq_num, 0)::varchar seq, " +
  "coalesce(msg_type, '') typ, coalesce(cl_ord_id, '') id, coalesce(symbol, '') sym, coalesce(text, '') txt, masked, upper(hex(raw)) raw from read_parquet('" + process.argv[2] + "')");
for (const row of r.getRowObjectsJson()) console.log(JSON.stringify(row));
`

// DuckDB reads every row as it was written.
func TestDuckDBReadsParquet(t *testing.T) {
	all := harvested(t)
	dir := duckDir(t)
	script := filepath.Join(dir, "read.mjs")
	if err := os.WriteFile(script, []byte(duckScript), 0o600); err != nil {
		t.Fatal(err)
	}
	out := tool(t, "node", script, fileOf(t, Parquet, all))
	lines := bytes.Split(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
	if len(lines) != len(all) {
		t.Fatalf("%d rows of %d records", len(lines), len(all))
	}
	for i, line := range lines {
		checkDuck(t, line, &Record{Message: all[i]})
	}
}

func checkDuck(t *testing.T, line []byte, r *Record) {
	t.Helper()
	var got, want struct {
		US, NS, Session, Kind, Seq, Typ, ID, Sym, Txt, Raw string
		Masked                                             bool
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	want.US, want.NS = fmt.Sprint(r.Time.UnixMicro()), fmt.Sprint(r.Time.UnixNano())
	want.Session, want.Kind, want.Seq, want.Typ = r.Session, r.Kind.String(), fmt.Sprint(r.MsgSeqNum), text(r.MsgType)
	if isMessage(r.Kind) {
		want.ID, want.Sym, want.Txt = first(r.Raw, 11), first(r.Raw, 55), first(r.Raw, 58)
	}
	if r.hasText() {
		want.Raw = fmt.Sprintf("%X", r.Raw)
	}
	if got != want {
		t.Fatalf("%s, record %d: got %.300v\nwant %.300v", r.Session, r.Sequence, got, want)
	}
}

// first is the first value of a tag that is not empty.
func first(raw []byte, tag int) string {
	for n, value := range fixwire.Fields(raw) {
		if n == tag && len(value) > 0 {
			return text(string(value))
		}
	}
	return ""
}
