package sink

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/session"
	"github.com/fixarchive/fixarchive/internal/store"
)

var (
	tortureSeed  = flag.Uint64("torture.seed", 0, "run this seed alone")
	tortureSeeds = flag.Uint64("torture.seeds", 300, "how many seeds TestPowerCuts runs")
)

// TestPowerCuts runs an archive on a disk that keeps any part of what was not synced, cuts it at any step, recovers
// it, often through cuts of the recovery itself, and goes on with the next generation. After every recovery each
// acknowledged record is there, bit for bit, once and in order; nothing is there that was not submitted; and
// recovering again changes no byte. A seed that fails fails again with -torture.seed.
func TestPowerCuts(t *testing.T) { powerCuts(t, false) }

// TestPowerCutsWithSickLogs is TestPowerCuts on a disk that refuses, now and then and for a while, what belongs to one log,
// also in recoveries. The logs go away and come home, and all that was acknowledged is in their files or in the spill.
func TestPowerCutsWithSickLogs(t *testing.T) { powerCuts(t, true) }

func powerCuts(t *testing.T, sickly bool) {
	seeds := []uint64{*tortureSeed}
	if *tortureSeed == 0 {
		seeds = seeds[:0]
		if testing.Short() {
			*tortureSeeds = min(*tortureSeeds, 50)
		}
		for seed := range *tortureSeeds {
			seeds = append(seeds, seed+1)
		}
	}
	cuts, absences, strays := 0, 0, 0
	var v *victim
	defer func() {
		if t.Failed() {
			t.Logf("seed %d, generation %d, disk: %v", v.seed, v.generation, v.disk)
		}
	}()
	for _, seed := range seeds {
		v = newVictim(t, seed)
		v.sickly = sickly
		for range 3 {
			v.disk.CrashAfter(v.random.IntN(120))
			v.live()
			v.cut()
			v.recoverThroughCuts()
			v.judge()
			if t.Failed() {
				return
			}
		}
		cuts, absences, strays = cuts+v.cuts, absences+v.absences, strays+v.strays
	}
	t.Logf("%d power cuts, %d logs sent away, %d left in the spill by recoveries", cuts, absences, strays)
}

const victims = 3 // logs of a victim

// victim is an archive that dies again and again, and what it promised.
type victim struct {
	*rig
	seed   uint64
	random *rand.Rand
	disk   *crashfs.FS
	cuts   int
	fault  *crashfs.Fault // what the disk refuses, if anything

	sickly           bool // logs fall sick
	sick             [victims]*crashfs.Injection
	absences, strays int

	sent  [victims][]sent          // of this generation
	ever  [victims][]sent          // of all
	next  [victims]record.Sequence // of the log's next record
	acked [victims][]record.Record // what every later recovery must find
}

type sent struct {
	sequence record.Sequence
	end      record.Position // durable at or beyond it acknowledges the record
	kind     record.Kind
	body     []byte
}

func newVictim(t *testing.T, seed uint64) *victim {
	r := &rig{t: t, dir: "/archive", ringBytes: 1 << 20, segmentBytes: 8 << 10}
	v := &victim{rig: r, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), disk: crashfs.New()}
	r.fs = v.disk
	r.must(errors.Join(r.fs.MkdirAll(r.dir), r.fs.SyncDir("/")))
	for i := range v.next {
		v.next[i] = 1
	}
	return v
}

// live is one generation, until its power is cut or its work is done. It calls the steps of the sink itself, so that a
// seed does the same thing each time.
func (v *victim) live() {
	for i := range v.sent {
		v.sent[i] = nil
	}
	v.sickness()
	if err := v.tryOpen(); err != nil {
		v.died(err)
		return
	}
	v.sink.swept = time.Now()
	v.sink.checkpointed = v.sink.swept.Add(time.Hour) // a checkpoint in the background would be no seed's
	for range 5 + v.random.IntN(40) {
		if v.disk.Crashed() {
			break
		}
		v.step()
		v.sickness()
	}
	if v.fault != nil {
		v.heal()
	}
	_ = errors.Join(v.journal.Close(), v.set.Close(), v.memory.Close())
}

// sickness has the disk refuse something of a log, or no longer.
func (v *victim) sickness() {
	i := v.random.IntN(victims)
	switch {
	case !v.sickly || v.random.IntN(3) > 0:
	case v.sick[i] != nil:
		v.sick[i].Lift()
		v.sick[i] = nil
	default:
		kinds := []crashfs.Kind{
			crashfs.Write, crashfs.Sync, crashfs.Sync | crashfs.SyncDir, crashfs.OpenWrite | crashfs.Create, crashfs.Mkdir,
			crashfs.Opening, crashfs.Changing, crashfs.Read | crashfs.OpenRead, crashfs.Stat | crashfs.Write,
		}
		dir := v.path("logs", session.DirName(logID(i)))
		v.sick[i] = v.disk.Inject(crashfs.Fault{
			Kinds: kinds[v.random.IntN(len(kinds))], Sticky: v.random.IntN(3) > 0, Err: syscall.EIO,
			Path: func(path string) bool { return path == dir || filepath.Dir(path) == dir },
		})
	}
}

func (v *victim) step() {
	s := v.sink
	switch v.random.IntN(10) {
	case 0:
		s.syncer.sync()
		v.acknowledge()
	case 1:
		for _, e := range s.dirty {
			if e.dirty {
				s.write(e)
			}
		}
	case 2:
		v.checkpoint()
	case 3, 4, 5:
		if s.batch() {
			s.sweep(s.swept.Add(sweepEvery)) // not by the clock, which is no seed's
		}
	default:
		v.send(v.random.IntN(victims))
	}
}

// checkpoint is syncer.checkpoint on this goroutine.
func (v *victim) checkpoint() {
	s := v.sink
	s.strays.pause = 0 // not by the clock, which is no seed's
	before := s.Away()
	s.point = s.snapshot(time.Now())
	s.complete(s.point)
	s.conclude()
	v.absences += max(0, s.Away()-before)
}

func (v *victim) send(i int) {
	rec, err := v.registry.Recorder(logID(i))
	if err != nil && v.sickly && !v.disk.Crashed() {
		return // its files cannot be opened
	}
	if err != nil {
		v.died(err)
		return
	}
	v.foldedAsFound(i, rec)
	rec.Keep()
	for range 1 + v.random.IntN(8) {
		v.say(rec, i)
	}
}

// say puts a message in the ring, or what a message store does.
func (v *victim) say(rec *session.Recorder, i int) {
	message := fmt.Appendf(nil, "8=FIX.4.4\x019=5\x0135=D\x0134=%d\x0158=%s\x0110=000\x01", v.next[i], v.noise())
	number := record.MsgSeqNum(1 + v.random.IntN(20))
	switch v.random.IntN(12) {
	case 0, 1, 2:
		_, _, err := rec.Save(number, v.random.IntN(4) > 0, message, 0)
		v.must(err)
		saved := v.next[i]
		v.said(i, record.Outbound, message)
		switch v.random.IntN(4) {
		case 0:
			rec.Record(record.Outbound, 0, message)
			v.said(i, record.Mark, record.AppendReference(nil, saved))
		case 1:
			v.must(rec.Void(saved, number, number, 0))
			v.said(i, record.Void, record.AppendVoided(nil, record.Voided{Sequence: saved, NextSender: number}))
		}
	case 3, 4:
		change := record.Change{Op: record.Reset + record.Op(v.random.IntN(3)), Value: int64(number)}
		_, _, err := rec.Set(change, 0)
		v.must(err)
		v.said(i, record.StateChange, record.AppendChange(nil, change))
	default:
		if _, ok := rec.Record(record.Inbound, 0, message); !ok {
			v.t.Fatal("the ring is full")
		}
		v.said(i, record.Inbound, message)
	}
}

// said notes what was put in the ring.
func (v *victim) said(i int, kind record.Kind, body []byte) {
	v.sent[i] = append(v.sent[i], sent{v.next[i], record.Position(v.ring.Tail()), kind, body})
	v.ever[i] = append(v.ever[i], sent{v.next[i], 0, kind, body})
	v.next[i]++
}

// foldedAsFound compares what a log was opened with, from a checkpoint and what followed it, with what all of its records
// lead to from its beginning.
func (v *victim) foldedAsFound(i int, rec *session.Recorder) {
	if v.sickly { // of one that is away nobody could read them all
		return
	}
	s := record.Begin()
	for k := range v.acked[i] {
		if v.acked[i][k].Generation == v.generation {
			break
		}
		s, _ = s.After(&v.acked[i][k])
	}
	if s != rec.Opened() {
		v.t.Errorf("log %d, generation %d: opened with %+v, its records lead to %+v", i, v.generation, rec.Opened(), s)
	}
}

func (v *victim) noise() []byte {
	b := make([]byte, v.random.IntN(600))
	for i := range b {
		b[i] = byte('a' + v.random.IntN(26))
	}
	return b
}

// acknowledge notes what the watermark promises.
func (v *victim) acknowledge() {
	durable := v.sink.Durable()
	for i, all := range v.sent {
		for len(all) > 0 && all[0].end <= durable {
			v.acked[i] = append(v.acked[i], record.Record{Sequence: all[0].sequence, Generation: v.generation, Kind: all[0].kind, Body: all[0].body})
			all = all[1:]
		}
		v.sent[i] = all
	}
}

// died fails the test for anything but the cut, unless the disk refuses something.
func (v *victim) died(err error) {
	if v.fault != nil {
		return
	}
	if !errors.Is(err, crashfs.ErrCrashed) {
		v.t.Fatalf("generation %d: %v", v.generation, err)
	}
}

// cut takes the power away: what is left is the next disk. Now and then only the process ends, and what it wrote is no
// safer than it was. Not so on a disk that fails syncs: a page whose sync failed looks well to the next process, which
// writes it no second time, and nothing can tell it.
func (v *victim) cut() {
	v.cuts++
	if v.random.IntN(4) == 0 && !v.sickly {
		v.disk = v.disk.Kill(v.random.Uint64())
		v.fs = v.disk
		return
	}
	v.disk = v.disk.Crash(v.random.Uint64())
	v.fs = v.disk
	v.sick = [victims]*crashfs.Injection{} // the next disk knows nothing of that
}

// recoverThroughCuts recovers, and cuts the power of the first tries.
func (v *victim) recoverThroughCuts() {
	for range v.random.IntN(4) {
		v.disk.CrashAfter(v.random.IntN(40))
		if _, err := v.tryRecover(); err != nil {
			v.died(err)
		}
		v.cut()
	}
	v.sickness()
	report, err := v.tryRecover()
	if err != nil {
		v.t.Fatalf("recovery of generation %d: %v", v.generation, err)
	}
	v.disk.Heal()
	if v.strays += report.Away; v.sickly {
		if len(report.Notes) > 0 && !v.readable() { // a log that could not even be looked at ends in what is to be cut off
			if _, err := v.tryRecover(); err != nil {
				v.t.Fatal(err)
			}
		}
		return // what was refused the first time, an index or a log that is not home yet, is written the second time
	}
	before := v.disk.Files()
	if _, err := v.tryRecover(); err != nil {
		v.t.Fatal(err)
	}
	after := v.disk.Files()
	if len(after) != len(before) {
		v.t.Errorf("%d files after one recovery, %d after two", len(before), len(after))
	}
	for path, b := range after {
		if filepath.Base(path) != "checkpoint" && !bytes.Equal(b, before[path]) {
			v.t.Errorf("%s: %d bytes after one recovery, others after two (%d)", path, len(before[path]), len(b))
		}
	}
}

func (v *victim) tryRecover() (RecoverReport, error) {
	set := v.newSet()
	report, err := Recover(RecoverOptions{
		FS: v.fs, Set: set, JournalDir: v.path("journal"), SpillDir: v.path("spill"), QuarantineDir: v.path("quarantine"), CheckpointPath: v.path("checkpoint"),
		Archive: archiveID, Generation: v.generation,
	})
	return report, errors.Join(err, set.Close())
}

// judge compares what is there with what was promised. All of it is promised from here on.
func (v *victim) judge() {
	for i := range victims {
		all := v.readIfAny(i)
		v.keptItsWord(i, all)
		v.madeNothingUp(i, all)
		v.acked[i], v.next[i] = all, 1
		if len(all) > 0 {
			v.next[i] = all[len(all)-1].Last() + 1
		}
	}
}

// readIfAny reads a log. Of one that is away what counts is what was proved of it and what the spill holds: nobody has
// looked at what lies behind that in its files, and it may be kept or cut off when somebody does.
func (v *victim) readIfAny(i int) []record.Record {
	spilled := v.spilled(i)
	if len(spilled) > 0 {
		defer func(fs disk.FS) { v.fs = fs }(v.fs)
		v.fs = v.provedOnly(i)
	}
	_, err := store.OpenReader(v.fs, v.path("logs", session.DirName(logID(i))), spilled...)
	switch {
	case errors.Is(err, store.ErrEmpty) || errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		v.t.Fatalf("log %d: %v", i, err)
	}
	return v.read(i, spilled...)
}

func (v *victim) readable() bool {
	for i := range victims {
		reader, err := store.OpenReader(v.fs, v.path("logs", session.DirName(logID(i))), v.spilled(i)...)
		if err != nil {
			continue
		}
		for _, err := range reader.Records(store.Query{}) {
			if err != nil {
				return false
			}
		}
	}
	return true
}

// provedOnly is the disk with no more of a log than the checkpoint says.
func (v *victim) provedOnly(i int) disk.FS {
	point, err := journal.ReadCheckpoint(v.fs, v.path("checkpoint"))
	v.must(err)
	var known record.Snapshot
	for _, s := range point.Logs {
		if s.Log == logID(i) {
			known = s
		}
	}
	d, dir := v.disk.Clone(), v.path("logs", session.DirName(logID(i)))
	names, _ := d.ReadDir(dir)
	for _, name := range names {
		var segment uint32
		if n, _ := fmt.Sscanf(name, "%08d.seg", &segment); n == 0 || segment > known.Segment {
			v.must(d.Remove(filepath.Join(dir, name)))
		} else if segment == known.Segment {
			f, err := d.OpenFile(filepath.Join(dir, name), 0)
			v.must(err)
			v.must(errors.Join(f.Truncate(known.Length), f.Close()))
		}
	}
	return d
}

// spilled is what the spill holds of a log.
func (v *victim) spilled(i int) (extents []store.Extent) {
	_, err := journal.Read(v.fs, v.path("spill"), archiveID, journal.Mark{}, func(e journal.Entry) error {
		if e.Log == logID(i) && e.Bytes != nil {
			extents = append(extents, store.Extent{Segment: e.Segment, Offset: e.Offset, Bytes: bytes.Clone(e.Bytes)})
		}
		return nil
	})
	v.must(err)
	return extents
}

func (v *victim) keptItsWord(i int, all []record.Record) {
	if len(all) < len(v.acked[i]) {
		v.t.Errorf("log %d, generation %d: %d records, %d were acknowledged", i, v.generation, len(all), len(v.acked[i]))
		return
	}
	for k, want := range v.acked[i] {
		if got := all[k]; got.Sequence != want.Sequence || got.Kind != want.Kind || !bytes.Equal(got.Body, want.Body) {
			v.t.Errorf("log %d, generation %d: %v %d is there, %v %d was acknowledged", i, v.generation, got.Kind, got.Sequence, want.Kind, want.Sequence)
			return
		}
	}
}

// madeNothingUp allows, behind what was acknowledged, a beginning of what was sent, and for the rest a gap of unknown
// length: one for each recovery that got so far.
func (v *victim) madeNothingUp(i int, all []record.Record) {
	rest := all[min(len(v.acked[i]), len(all)):]
	for len(rest) > 0 && rest[len(rest)-1].Kind == record.Gap {
		if last := rest[len(rest)-1].Last(); len(v.sent[i]) > 0 && last < v.sent[i][len(v.sent[i])-1].sequence {
			v.t.Errorf("log %d, generation %d: the next sequence is %d, which was given already", i, v.generation, last+1)
		}
		rest = rest[:len(rest)-1]
	}
	for _, got := range rest {
		all := v.sent[i]
		if v.sickly { // what nobody could look at for a while
			all = v.ever[i]
		}
		if !slices.ContainsFunc(all, func(s sent) bool {
			return s.sequence == got.Sequence && s.kind == got.Kind && bytes.Equal(s.body, got.Body)
		}) {
			v.t.Errorf("log %d, generation %d: %v %d is there and was never sent: %q", i, v.generation, got.Kind, got.Sequence, got.Body)
			return
		}
	}
}

// TestEveryFaultOfTheDisk lets every operation of an archive's life fail in every way, once and from then on. The archive
// goes on, and heals when the disk does; what it acknowledged meanwhile survives a power cut.
func TestEveryFaultOfTheDisk(t *testing.T) {
	lives := uint64(3)
	if testing.Short() {
		lives = 1
	}
	faults := 0
	for seed := range lives {
		clean := newVictim(t, seed+1)
		clean.live()
		for _, fault := range crashfs.Faults(clean.disk.Ops()) {
			faults++
			v := newVictim(t, seed+1)
			v.fault = &fault
			v.disk.Inject(fault)
			v.live()
			v.fault = nil
			v.cut()
			v.recoverThroughCuts()
			v.judge()
			if t.Failed() {
				t.Fatalf("seed %d, %v", v.seed, fault)
			}
		}
	}
	t.Logf("%d faults", faults)
}

// heal is a disk that takes everything again: the archive does too, without being told.
func (v *victim) heal() {
	v.disk.Heal()
	s := v.sink
	for range 3 {
		s.batch()
		s.syncer.sync()
		v.checkpoint()
	}
	s.syncer.sync()
	v.acknowledge()
	if s.Away() > 0 {
		v.t.Errorf("the disk is well, and %d logs are away", s.Away())
	}
	if v.ring.Used() > 0 {
		v.t.Errorf("the disk is well, and %d bytes are in the ring still", v.ring.Used())
	}
	if s.Durable() < record.Position(v.ring.Tail()) {
		v.t.Errorf("the disk is well, and durable is %d of %d", s.Durable(), v.ring.Tail())
	}
}

// TestAFailedJournalSyncIsCoveredByACheckpoint that nobody asks for: durable stands still no longer than it takes.
func TestAFailedJournalSyncIsCoveredByACheckpoint(t *testing.T) {
	disk := crashfs.New()
	r := &rig{t: t, dir: "/archive", fs: disk, ringBytes: 1 << 20, segmentBytes: 1 << 20}
	r.open()
	r.sink.o.CheckpointAge = time.Hour
	disk.Inject(crashfs.Fault{Kinds: crashfs.Sync, Path: func(path string) bool { return filepath.Dir(path) == "/archive/journal" }})
	r.recorder(0).Record(record.Inbound, 0, message(0, 0))
	end := record.Position(r.ring.Tail())
	r.sink.Start()
	for deadline := time.Now().Add(20 * time.Second); r.sink.Durable() < end; {
		if time.Now().After(deadline) {
			t.Fatal("durable stands still")
		}
		time.Sleep(time.Millisecond)
	}
	r.registry.Close()
	r.must(r.sink.Close(t.Context()))
	if len(r.alarms) == 0 {
		t.Error("nobody was told")
	}
	r.must(errors.Join(r.journal.Close(), r.set.Close(), r.memory.Close()))
}
