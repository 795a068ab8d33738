package filestore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	"github.com/quickfixgo/quickfix/store/file"
)

// gateway is quickfixgo's own file store.
type gateway struct {
	t   testing.TB
	dir string
	id  quickfix.SessionID
	quickfix.MessageStore
}

func newGateway(t testing.TB, id quickfix.SessionID) *gateway {
	g := &gateway{t: t, dir: t.TempDir(), id: id}
	g.open()
	return g
}

func (g *gateway) open() {
	settings := quickfix.NewSettings()
	settings.GlobalSettings().Set(config.FileStorePath, g.dir)
	settings.GlobalSettings().Set(config.FileStoreSync, "N")
	settings.GlobalSettings().Set(config.DynamicSessions, "Y")
	s, err := file.NewStoreFactory(settings).Create(g.id)
	g.ok(err)
	g.MessageStore = s
}

func (g *gateway) ok(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// contents is what the engine says of its store; messages are those that were saved since the last reset.
func (g *gateway) contents(messages []saved) *contents {
	return &contents{g.CreationTime(), g.NextSenderMsgSeqNum(), g.NextTargetMsgSeqNum(), messages}
}

var gatewayID = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}

// TestAStoreOfTheRealEngine has quickfixgo write a store by a random history of saves, resets, numbers set back and openings,
// reads it, and writes it again with the same bytes.
func TestAStoreOfTheRealEngine(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := newGateway(t, gatewayID)
			messages := history(g, rand.New(rand.NewPCG(seed, 4)))
			want := g.contents(messages)
			g.ok(g.Close())
			f := read(t, onDisk, Place{g.dir, "FIX.4.4-GATEWAY-VENUE"}, Unknown)
			if f.format != QuickFIXGo || quickfix.SessionID(f.id) != gatewayID || !f.equal(want) {
				t.Fatalf("seed %d: read %v %v %v,\nwant %v %v", seed, f.format, f.id, f.contents, gatewayID, want)
			}
			for _, d := range f.doubts {
				if d.LeftOut || d.Reason != Repeated && d.Reason != Behind {
					t.Errorf("a good store: %v", d)
				}
			}
			sameFiles(t, export(t, f, &f.contents), files(t, g.dir))
		})
	}
}

// history does what engines do, and returns what is saved at its end.
func history(g *gateway, r *rand.Rand) (messages []saved) {
	for range 1 + r.IntN(60) {
		switch n := r.IntN(20); {
		case n < 10:
			seq := g.NextSenderMsgSeqNum()
			msg := framed(seq, "GATEWAY", "VENUE", fmt.Sprintf("58=%s|", strings.Repeat("x", r.IntN(300))))
			g.ok(g.SaveMessageAndIncrNextSenderMsgSeqNum(seq, msg))
			messages = append(messages, saved{seq, msg})
		case n < 14:
			g.ok(g.IncrNextTargetMsgSeqNum())
		case n < 15:
			g.ok(g.SetNextSenderMsgSeqNum(1 + r.IntN(20)))
		case n < 16:
			g.ok(g.SetNextTargetMsgSeqNum(1 + r.IntN(1000)))
		case n < 17:
			g.ok(g.Reset())
			messages = nil
		case n < 19:
			g.ok(g.Close())
			g.open()
		default:
			seq := 1 + r.IntN(20)
			msg := framed(seq, "GATEWAY", "VENUE", "")
			g.ok(g.SaveMessage(seq, msg))
			messages = append(messages, saved{seq, msg})
		}
	}
	return messages
}

// TestAnEngineGoesOn has quickfixgo open what was written, and read every message.
func TestAnEngineGoesOn(t *testing.T) {
	g := newGateway(t, gatewayID)
	want := &contents{created: time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.FixedZone("", 3600)), sender: 4, target: 17}
	for seq := 1; seq < 4; seq++ {
		want.messages = append(want.messages, saved{seq, framed(seq, "GATEWAY", "VENUE", "")})
	}
	g.ok(g.Close())
	g.dir = t.TempDir() + "/stores"
	w, err := Create(onDisk, g.dir)
	g.ok(err)
	_, err = w.Write(QuickFIXGo, ID(gatewayID), want, nil)
	g.ok(err)
	g.ok(w.Commit())
	g.open()
	defer g.Close()
	all, err := g.GetMessages(1, 9)
	g.ok(err)
	if got := g.contents(want.messages); !got.equal(want) || len(all) != 3 || !bytes.Equal(all[2], want.messages[2].msg) {
		t.Errorf("the engine reads %v and %d messages, want %v", got, len(all), want)
	}
}

// TestNamesAreTheEngines compares the names of files with those that quickfixgo gives them.
func TestNamesAreTheEngines(t *testing.T) {
	for _, id := range []quickfix.SessionID{
		gatewayID,
		{BeginString: "FIXT.1.1", SenderCompID: "A", SenderSubID: "S", TargetCompID: "B"},
		{BeginString: "FIX.4.2", SenderCompID: "A", SenderLocationID: "L", TargetCompID: "B", TargetSubID: "T", TargetLocationID: "M", Qualifier: "Q"},
		{BeginString: "FIX.4.2", SenderCompID: "A_B", TargetCompID: "C-D", Qualifier: "E-F"},
	} {
		g := newGateway(t, id)
		msg := framed(1, id.SenderCompID, id.TargetCompID, "")
		for tag, v := range map[string]string{"50": id.SenderSubID, "142": id.SenderLocationID, "57": id.TargetSubID, "143": id.TargetLocationID} {
			if v != "" {
				msg = with(msg, tag+"="+v)
			}
		}
		msg = bytes.Replace(msg, []byte("FIX.4.4"), []byte(id.BeginString), 1)
		msg = reframed(msg)
		g.ok(g.SaveMessageAndIncrNextSenderMsgSeqNum(1, msg))
		g.ok(g.Close())
		places, err := Find(onDisk, g.dir)
		if err != nil || len(places) != 1 || places[0].Prefix != QuickFIXGo.Prefix(ID(id)) {
			t.Fatalf("%v: found %v, %v", id, places, err)
		}
		if f := read(t, onDisk, places[0], Unknown); f.idErr != nil || quickfix.SessionID(f.id) != id {
			t.Errorf("%q is %+v, %v; want %+v", places[0].Prefix, f.id, f.idErr, id)
		}
	}
}

// with puts a field into the header of a message, behind 56=.
func with(msg []byte, field string) []byte {
	at := bytes.Index(msg, []byte("\x0156="))
	end := at + 1 + bytes.IndexByte(msg[at+1:], 1)
	return append(append(append([]byte{}, msg[:end+1]...), field+"\x01"...), msg[end+1:]...)
}

// reframed sets BodyLength and CheckSum right.
func reframed(msg []byte) []byte {
	from := bytes.Index(msg, []byte("\x0135="))
	till := bytes.LastIndex(msg, []byte("\x0110="))
	begin := msg[:bytes.IndexByte(msg, 1)]
	body := msg[from+1 : till+1]
	out := fmt.Appendf(nil, "%s\x019=%d\x01%s", begin, len(body), body)
	sum := byte(0)
	for _, c := range out {
		sum += c
	}
	return fmt.Appendf(out, "10=%03d\x01", sum)
}
