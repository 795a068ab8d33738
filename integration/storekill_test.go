package integration

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	archive "github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/demo"
)

// TestKilledTraderIsMadeWholeByItsStore kills an engine whose message store is the archive, again and again, and lets the
// next one go on. Its counterparty lives on, and after every logon it has each order that the engine took, once or as a
// possible duplicate, by number; the application in the engine is given each report. The archive holds what was on the
// wire. FIXARCHIVE_STORE_KILLS is how often.
//
// What a kill may cost is what the engine had under way: an order saved and not sent is sent when the counterparty asks for
// it; a message handed to the engine's writing goroutine may be on the wire and not yet in the log, or the other way round.
func TestKilledTraderIsMadeWholeByItsStore(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	seed := rand.Uint64()
	kills := count("FIXARCHIVE_STORE_KILLS", 3, 20)
	t.Logf("seed %d", seed)
	f := newFloor(t, seed)
	start := time.Now()
	for life := 1; life <= kills && !t.Failed(); life++ {
		f.killed(life)
	}
	f.stopped(kills + 1)
	f.checkArchive()
	t.Logf("%d killed, %d before their logon; %d orders, %d of them asked for again; %d reports, %d of them given again; %d messages on the wire; %.0f s",
		kills, f.early, len(f.venue.orders), f.venue.dups, f.reports, f.again, f.onWire, time.Since(start).Seconds())
}

// floor is where all that happens.
type floor struct {
	*testing.T
	random *rand.Rand
	dir    string
	venue  *counterparty
	tap    *wiretap
	lives  []*lived // from the first

	report                        int // the number of the last that an application was given
	early, reports, again, onWire int
}

// lived is a trader that has ended.
type lived struct {
	sent    int // of its orders the engine has taken so many, and perhaps one more
	clean   bool
	out, in []string // on the wire
	wires   int      // connections that were answered: an acceptor that has not noticed the last life's end yet just hangs up

	generation uint32 // of the archive; that of an earlier life when it did not get as far
}

func newFloor(t *testing.T, seed uint64) *floor {
	addr, err := demo.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	f := &floor{T: t, random: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), venue: startCounterparty(t, addr)}
	f.tap = startWiretap(t, addr)
	return f
}

// killed is a life that is cut short: mostly while it trades, now and then before it does.
func (f *floor) killed(life int) {
	f.Helper()
	g := f.start(life)
	pause := time.Duration(f.random.IntN(300)) * time.Millisecond
	if f.random.IntN(4) > 0 {
		f.awaitLogon(g)
	} else {
		pause /= 2
	}
	time.Sleep(pause)
	g.Process.Kill()
	f.ended(g)
	f.early += btoi(g.logons == 0)
}

// stopped is a life that ends by itself, when the counterparty has all.
func (f *floor) stopped(life int) {
	f.Helper()
	g := f.start(life)
	f.awaitLogon(g)
	g.in.Close()
	f.ended(g)
	if !g.closed {
		f.Errorf("life %d did not close its archive", life)
	}
	f.lives[len(f.lives)-1].clean = true
	f.checkOrders(life)
	if f.report != f.venue.reports() {
		f.Errorf("the applications were given %d reports, %d were sent", f.report, f.venue.reports())
	}
}

// awaitLogon waits until the counterparty has had all that was before: an order of this life comes behind it.
func (f *floor) awaitLogon(g *runningTrader) {
	f.Helper()
	if !g.await(func(g *runningTrader) bool { return g.logons > 0 && g.sent > 0 }) {
		f.Fatalf("life %d does not trade: %d logons, %d orders sent, alarms %q, %v", g.life, g.logons, g.sent, g.alarms, g.wrong)
	}
	if !f.venue.await(g.life) {
		f.Fatalf("life %d: none of %d orders has come after %d logons; the last orders were %v", g.life, g.sent, g.logons, f.venue.last(5))
	}
	f.checkOrders(g.life - 1)
}

// ended waits for the trader's end, and takes down what it leaves.
func (f *floor) ended(g *runningTrader) {
	f.Helper()
	defer g.in.Close()
	select {
	case <-g.done:
	case <-time.After(time.Minute):
		g.Process.Kill()
		f.Fatalf("life %d hangs", g.life)
	}
	g.Wait()
	if g.wrong != nil {
		f.Fatalf("life %d: %v", g.life, g.wrong)
	}
	l := &lived{sent: g.sent}
	for _, k := range f.tap.settle(f.T) {
		out, torn := framed(k.out.Bytes())
		if torn != "" {
			f.Logf("life %d ended within a message on the wire: %q", g.life, torn)
		}
		in, _ := framed(k.in.Bytes())
		l.out, l.in = append(l.out, out...), append(l.in, in...)
		l.wires += btoi(len(out) > 0 && len(in) > 0)
	}
	l.generation = f.generation()
	f.lives = append(f.lives, l)
	f.onWire += len(l.out) + len(l.in)
	f.checkReports(g)
}

// generation is how often the archive was opened so far.
func (f *floor) generation() uint32 {
	f.Helper()
	r, err := archive.OpenReader(f.archive())
	if errors.Is(err, archive.ErrNotArchive) {
		return 0 // killed before there was anything
	}
	if err != nil {
		f.Fatal(err)
	}
	defer r.Close()
	s, err := r.Status()
	if err != nil {
		f.Fatal(err)
	}
	return s.Generation
}

func (f *floor) archive() string { return filepath.Join(f.dir, "archive") }

// checkReports: the application is given each report; a second time, and as a possible duplicate, only the one that it had
// under way when it was killed.
func (f *floor) checkReports(g *runningTrader) {
	f.Helper()
	for i, r := range g.got {
		switch {
		case r.number == f.report+1:
			f.report++
		case i == 0 && r.number == f.report && r.dup:
			f.again++
		default:
			f.Fatalf("life %d: the application was given report %d (possible duplicate: %v) behind %d", g.life, r.number, r.dup, f.report)
		}
		f.reports++
	}
}

// checkOrders: the counterparty has all orders of all lives up to one.
func (f *floor) checkOrders(last int) {
	f.Helper()
	have := f.venue.byLife()
	for life := 1; life <= last; life++ {
		sent := f.lives[life-1].sent
		if n := have[life]; n != sent && (n != sent+1 || f.lives[life-1].clean) {
			f.Fatalf("life %d: the counterparty has %d orders, %d were sent", life, n, sent)
		}
	}
}

// checkArchive compares what each life put on the wire with what the archive says that it handed over.
func (f *floor) checkArchive() {
	f.Helper()
	handed, in := f.archived()
	before := uint32(0)
	for i, l := range f.lives {
		if l.generation == before {
			if len(l.out)+len(l.in) > 0 {
				f.Errorf("life %d was on the wire without an archive: %q", i+1, l.out)
			}
			continue
		}
		before = l.generation
		if l.wires > 1 {
			f.Errorf("life %d was turned away: it connected %d times, and was told %.300q", i+1, l.wires, l.in[:min(len(l.in), 3)])
			continue
		}
		f.compare(i+1, "sent", l.out, handed[l.generation], btoi(!l.clean), l.clean)
		f.compare(i+1, "received", l.in, in[l.generation], len(l.in), l.clean)
	}
	if report, complaint, status := fixarchive(f.T, "verify", "--archive", f.archive()); status != 0 {
		f.Errorf("verify ended with %d: %s%s", status, report, complaint)
	}
}

// compare says where the wire and the archive part. A life that was killed may lack the end of either: of the archive no more
// than ahead messages.
func (f *floor) compare(life int, what string, wire, archived []string, ahead int, clean bool) {
	f.Helper()
	at := apart(wire, archived)
	if at == len(wire) && at == len(archived) {
		return
	}
	if !clean && (at == len(wire) || at == len(archived) && len(wire) <= at+ahead) {
		return
	}
	f.Errorf("life %d %s %d messages on the wire, %d in the archive, the same up to %d:\n wire    %.300q\n archive %.300q",
		life, what, len(wire), len(archived), at, wire[at:min(at+3, len(wire))], archived[at:min(at+3, len(archived))])
}

// archived is what each opening of the archive has: outbound messages in the order in which they were handed to the socket,
// and inbound ones.
func (f *floor) archived() (handed, in map[uint32][]string) {
	f.Helper()
	r, err := archive.OpenReader(f.archive())
	if err != nil {
		f.Fatal(err)
	}
	defer r.Close()
	saved := map[uint64]string{}
	handed, in = map[uint32][]string{}, map[uint32][]string{}
	for m, err := range r.Messages(archive.Query{Session: gatewaySession, Kinds: archive.AllKinds()}) {
		if err != nil {
			f.Fatal(err)
		}
		life := m.Generation
		switch {
		case m.Kind == archive.Gap && m.Lost.Reason == "archive closed":
			// The engine's reading goroutine tells how its connection ended when it gets to it, be that behind Stop and Close. That
			// it was no message is seen when the life is compared.
		case m.Kind == archive.Gap:
			f.Errorf("record %d is a gap: %+v", m.Sequence, *m.Lost)
		case m.Kind == archive.Inbound:
			in[life] = append(in[life], string(m.Raw))
		case m.Kind == archive.Mark:
			handed[life] = append(handed[life], saved[m.Refers])
		case m.Kind == archive.Outbound && m.Flags&archive.Saved != 0:
			saved[m.Sequence] = string(m.Raw)
		case m.Kind == archive.Outbound:
			handed[life] = append(handed[life], string(m.Raw))
		}
	}
	return handed, in
}

// apart is how far a and b are the same.
func apart(a, b []string) (at int) {
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	return at
}
