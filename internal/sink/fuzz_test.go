package sink

import (
	"errors"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/record"
)

// FuzzFrames gives the intake what a leftover ring may hold behind good words: frames of any handle, sequence, kind and
// body, in any order. It takes them or says why not, and what it took is a log that can be read.
func FuzzFrames(f *testing.F) {
	frame := func(x record.Frame) []byte {
		b := make([]byte, record.FrameHeaderSize)
		record.PutFrameHeader(b, &x)
		b = append(b, x.Body...)
		return append([]byte{byte(len(b))}, b...)
	}
	var whole []byte
	for n := range record.Sequence(3) {
		whole = append(whole, frame(record.Frame{Sequence: n + 1, Kind: record.Inbound, Time: 5, Body: []byte("8=FIX.4.4\x0135=A\x01")})...)
	}
	f.Add(whole)
	f.Add(append(
		frame(record.Frame{Sequence: 1, Kind: record.Outbound, Flags: record.MoreFollows, Body: []byte("8=FIX")}),
		frame(record.Frame{Sequence: 1, Kind: record.Outbound, Body: []byte(".4.4\x01")})...,
	))
	f.Add(frame(record.Frame{Sequence: 4, Kind: record.Gap, Body: record.AppendLost(nil, &record.Lost{Last: 9, Count: 6, Bytes: 5})}))
	f.Add(frame(record.Frame{Handle: 2, Kind: record.Registration, Body: record.AppendLogID(nil, logID(1))}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &rig{t: t, dir: "/archive", fs: crashfs.New(), generation: 1, segmentBytes: 1 << 20}
		r.must(r.fs.MkdirAll(r.dir))
		set := r.newSet()
		in := newIntake(NewLogs(set, nil), nowhere{})
		log, err := in.logs.opened(logID(0))
		r.must(err)
		in.bind(0, logID(0), log)
		for p := record.Position(0); len(data) > 0; p += 8 {
			n := min(int(data[0]), len(data)-1)
			// A handle is an index; what a Registry gives is below its LogsMax.
			if x, err := record.ParseFrame(data[1 : 1+n]); err != nil || x.Handle < 1000 {
				_ = in.take(p, data[1:1+n])
			}
			data = data[1+n:]
		}
		in.commit()
		in.settle(func(e *entry) { r.must(e.log.Flush()) })
		if next := log.State().Next; next > 1 {
			if all := r.read(0); all[len(all)-1].Last()+1 != next {
				t.Errorf("%d records up to %d, the next is %d", len(all), all[len(all)-1].Last(), next)
			}
		}
		r.must(errors.Join(set.Close()))
	})
}

// nowhere is a journal that keeps nothing.
type nowhere struct{}

func (nowhere) Register(record.Handle, record.LogID)     {}
func (nowhere) Add(record.Handle, uint32, int64, []byte) {}
