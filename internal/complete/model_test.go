package complete

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var modelSeed = flag.Uint64("seed", 0, "of the only random history to run; 0: the usual ones")

// TestRandomHistories lets two engines talk, over a network that loses, past an archive that drops and that forgets, with
// resends, gap fills, resets and numbers set by hand. An oracle that keeps a word for every number must say the same.
func TestRandomHistories(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 50
	}
	from := uint64(1)
	if *modelSeed != 0 {
		from, seeds = *modelSeed, 1
	}
	for seed := from; seed < from+seeds; seed++ {
		for logs := 1; logs <= 2; logs++ {
			m := newModel(t, seed, logs)
			for range 50 + m.rand.IntN(400) {
				m.step()
			}
			m.check(seed)
			if t.Failed() {
				return
			}
		}
	}
}

// model is the two engines, seen from one of them, and what the oracle knows.
type model struct {
	*history
	rand *rand.Rand
	next [2]uint64 // numbers, by direction: 0 in
	life []*oracle

	// Of each log: how many records it has dropped since its last, and whether it may forget: never where a drop could be
	// taken for the reason.
	dropping []uint64
	careful  []bool
	settled  [][2]bool
}

// oracle is a life as a word for each number.
type oracle struct {
	words [2]map[uint64]string
	top   [2]uint64 // the greatest number that a log has, or skips to
	sent  [2]map[uint64]string
	kinds [2]map[What]map[uint64]bool
}

func newModel(t *testing.T, seed uint64, logs int) *model {
	h := &history{t: t, a: New(logs), next: make([]uint64, logs), epoch: make([]uint32, logs)}
	m := &model{history: h, rand: rand.New(rand.NewPCG(seed, uint64(logs))), dropping: make([]uint64, logs), careful: make([]bool, logs), settled: make([][2]bool, logs)}
	for i := range logs {
		h.next[i] = 1
	}
	m.reset()
	return m
}

func (m *model) now() *oracle { return m.life[len(m.life)-1] }

// reset begins a life: all logs see both Logons, whatever was before.
func (m *model) reset() {
	o := &oracle{}
	for way := range 2 {
		o.words[way], o.sent[way], o.kinds[way] = map[uint64]string{}, map[uint64]string{}, map[What]map[uint64]bool{}
	}
	m.life = append(m.life, o)
	m.next = [2]uint64{1, 1}
	for log := range m.epoch {
		m.flush(log)
		m.epoch[log]++
	}
	mark := fmt.Sprintf("98=0|141=Y|52=%d|", len(m.life))
	for way := range 2 {
		m.send(way, "A", mark, true)
	}
}

func (m *model) step() {
	way := m.rand.IntN(2)
	switch x := m.rand.IntN(100); {
	case x < 70:
		m.send(way, "D", fmt.Sprintf("52=1|11=%d|", m.rand.Uint64()), false)
	case x < 75: // the network loses some: they are never seen, or resent, or gap filled
		m.lose(way)
	case x < 81:
		m.resend(way)
	case x < 82:
		m.pass(way)
	case x < 86: // all logs pass over what an operator did
		m.skip(way)
	case x < 90:
		m.drop(m.rand.IntN(len(m.epoch)))
	case x < 94:
		m.forget(way)
	case x < 97:
		m.different(way)
	case x < 98:
		m.reset()
	default:
		m.event(m.rand.IntN(len(m.epoch)))
	}
}

// send passes a new message by all logs. Some drop it.
func (m *model) send(way int, kind, fields string, sure bool) {
	n := m.next[way]
	m.next[way]++
	m.now().sent[way][n] = fields
	held := false
	for log := range m.epoch {
		if m.dropping[log] > 0 && !sure && m.rand.IntN(2) == 0 {
			m.dropping[log]++
			continue
		}
		m.record(log, way, kind, n, fields)
		held = true
	}
	m.word(way, n, held, "dropped")
}

// word sets what the oracle says of a number. What is held stays so.
func (m *model) word(way int, n uint64, held bool, otherwise string) {
	o := m.now()
	if held {
		o.words[way][n] = "held"
		o.top[way] = max(o.top[way], n)
	} else if o.words[way][n] == "" {
		o.words[way][n] = otherwise
	}
}

func (m *model) record(log, way int, kind string, n uint64, fields string) {
	m.flush(log)
	m.log = log
	m.line([]string{[]string{"in", "out"}[way], kind, fmt.Sprint(n), fields})
	if n+1 == m.next[way] {
		m.settle(log, way)
	}
}

// settle notes that a direction has gone on behind a drop. When both have, the log may forget again.
func (m *model) settle(log, way int) {
	if m.dropping[log] > 0 {
		return
	}
	m.settled[log][way] = true
	if m.settled[log] == [2]bool{true, true} {
		m.careful[log] = false
	}
}

func (m *model) flush(log int) {
	if n := m.dropping[log]; n > 1 { // the first is the decision to drop
		m.log = log
		m.line([]string{"gap", fmt.Sprint(n - 1), "ring", "full"})
		m.dropping[log] = 0
	}
}

func (m *model) drop(log int) {
	if m.dropping[log] == 0 {
		m.dropping[log], m.careful[log], m.settled[log] = 1, true, [2]bool{}
	}
}

func (m *model) event(log int) {
	if m.dropping[log] > 0 {
		m.dropping[log]++
		return
	}
	m.log = log
	m.line([]string{"event"})
}

func (m *model) anyCareful() bool {
	for _, c := range m.careful {
		if c {
			return true
		}
	}
	return false
}

// lose lets numbers be used that no log sees.
func (m *model) lose(way int) {
	if m.anyCareful() {
		return
	}
	from := m.next[way]
	till := from + m.rand.Uint64N(5)
	for n := from; n <= till; n++ {
		m.now().sent[way][n] = fmt.Sprintf("52=1|11=%d|", m.rand.Uint64())
		m.word(way, n, false, "missing")
	}
	m.next[way] = till + 1
	m.send(way, "D", "52=1|11=later|", true)
	switch m.rand.IntN(3) {
	case 0:
		for n := from; n <= till; n++ {
			m.again(way, n)
		}
	case 1:
		for log := range m.epoch {
			m.fill(log, way, from, till+1)
		}
	}
}

// fill passes a gap fill over [from, till), where from is its own number.
func (m *model) fill(log, way int, from, till uint64) {
	m.record(log, way, "4", from, fmt.Sprintf("43=Y|123=Y|36=%d|", till))
	m.word(way, from, true, "")
	for n := from + 1; n < till; n++ {
		if o := m.now(); o.words[way][n] != "held" {
			o.words[way][n] = "skipped"
			o.top[way] = max(o.top[way], n)
		}
	}
}

// again resends a number past all logs.
func (m *model) again(way int, n uint64) {
	fields := m.now().sent[way][n]
	for log := range m.epoch {
		had := m.holds(log, way, n)
		m.record(log, way, "D", n, strings.Replace(fields, "52=1|", "43=Y|52=2|122=1|", 1))
		if had {
			m.kind(way, Resent, n)
		}
	}
	m.word(way, n, true, "")
}

func (m *model) kind(way int, what What, n uint64) {
	k := m.now().kinds[way]
	if k[what] == nil {
		k[what] = map[uint64]bool{}
	}
	k[what][n] = true
}

// holds looks through all that was recorded of a log.
func (m *model) holds(log, way int, n uint64) bool {
	for i := range m.records {
		r := &m.records[i]
		if r.Log == log && r.isMessage() && r.way() == way && r.MsgSeqNum == n && r.Epoch == m.epoch[log] && r.MsgType != "4" {
			return true
		}
	}
	return false
}

func (m *model) resend(way int) {
	if n := m.some(way); n > 0 {
		m.again(way, n)
	}
}

// pass answers a request for what was administrative by a gap fill. No word changes.
func (m *model) pass(way int) {
	n := m.some(way)
	if n == 0 || n+2 >= m.next[way] {
		return
	}
	for i := n; i < n+2; i++ {
		if m.now().words[way][i] != "held" {
			return
		}
	}
	for log := range m.epoch {
		m.record(log, way, "4", n, fmt.Sprintf("43=Y|123=Y|36=%d|", n+2))
	}
}

// some is a number that has been sent in this life, and not as its Logon.
func (m *model) some(way int) uint64 {
	if m.next[way] < 4 {
		return 0
	}
	n := 2 + m.rand.Uint64N(m.next[way]-2)
	if !strings.HasPrefix(m.now().sent[way][n], "52=1|") {
		return 0
	}
	return n
}

// skip goes on at a later number, and says so.
func (m *model) skip(way int) {
	from := m.next[way]
	till := from + 1 + m.rand.Uint64N(5)
	if m.anyCareful() { // a drop before it would have a part in the jump
		return
	}
	for log := range m.epoch {
		m.flush(log)
		m.log = log
		switch m.rand.IntN(3) {
		case 0:
			m.line([]string{"set", []string{"target", "sender"}[way], fmt.Sprint(till)})
		case 1:
			m.record(log, way, "4", from+77, fmt.Sprintf("36=%d|", till))
		default:
			m.fill(log, way, from, till)
		}
	}
	for n := from; n < till; n++ {
		if o := m.now(); o.words[way][n] != "held" {
			o.words[way][n] = "skipped"
			o.top[way] = max(o.top[way], n)
		}
	}
	m.next[way] = till
}

// forget lets a log leave a message out without a word.
func (m *model) forget(way int) {
	if m.anyCareful() {
		return
	}
	n := m.next[way]
	m.next[way]++
	m.now().sent[way][n] = "52=1|11=forgotten|"
	but := m.rand.IntN(len(m.epoch))
	for log := range m.epoch {
		if log != but {
			m.record(log, way, "D", n, m.now().sent[way][n])
		}
	}
	m.word(way, n, len(m.epoch) > 1, "missing")
	if len(m.epoch) > 1 {
		return
	}
	m.send(way, "D", "52=1|11=behind|", true)
}

// different sends another message under a number that every log has.
func (m *model) different(way int) {
	n := m.some(way)
	if n == 0 {
		return
	}
	for log := range m.epoch {
		if !m.originally(log, way, n) {
			return
		}
	}
	for log := range m.epoch {
		m.record(log, way, "D", n, "52=9|11=other|")
	}
	m.kind(way, Different, n)
}

// originally reports whether the first that a log has of a number is no resend.
func (m *model) originally(log, way int, n uint64) bool {
	for i := range m.records {
		r := &m.records[i]
		if r.Log == log && r.isMessage() && r.way() == way && r.MsgSeqNum == n && r.Epoch == m.epoch[log] {
			return !r.PossDup && r.MsgType != "4"
		}
	}
	return false
}

// check compares the account with the oracle, number by number.
func (m *model) check(seed uint64) {
	for log := range m.epoch {
		m.flush(log)
	}
	m.compare()
	r := m.a.Report()
	if len(r.Lives) != len(m.life) {
		m.t.Errorf("seed %d, %d logs: %d lives, want %d", seed, len(m.epoch), len(r.Lives), len(m.life))
		return
	}
	for i, o := range m.life {
		for way, got := range []*Way{&r.Lives[i].In, &r.Lives[i].Out} {
			where := fmt.Sprintf("seed %d, %d logs, life %d, direction %d", seed, len(m.epoch), i+1, way)
			o.checkHoles(m.t, where, way, got)
			o.checkKinds(m.t, where, way, got)
		}
	}
	if m.t.Failed() {
		for _, r := range m.records {
			m.t.Logf("log %d %d epoch %d %v %s", r.Log, r.Sequence, r.Epoch, r.Kind, strings.ReplaceAll(string(r.Raw), "\x01", "|"))
		}
	}
}

func (o *oracle) checkHoles(t testing.TB, where string, way int, got *Way) {
	said := map[uint64]string{}
	for _, f := range got.Findings {
		for n := f.From; f.What.IsHole() && n <= f.To; n++ {
			if said[n] != "" {
				t.Errorf("%s: %d is %s and %s", where, n, said[n], f.What)
			}
			said[n] = f.What.String()
		}
	}
	var missing, explained, held uint64
	for n := uint64(1); n <= o.top[way]; n++ {
		want := o.words[way][n]
		switch want {
		case "held":
			want = ""
			held++
		case "missing":
			missing++
		default:
			explained++
		}
		if said[n] != want {
			t.Errorf("%s: %d is %q, want %q", where, n, said[n], want)
		}
		delete(said, n)
	}
	if len(said) > 0 {
		t.Errorf("%s: of numbers above %d: %v", where, o.top[way], said)
	}
	if got.Missing != missing || got.Explained != explained || got.Numbers != held || got.Last != o.top[way] {
		t.Errorf("%s: %d missing, %d explained, %d held, to %d; want %d, %d, %d, %d", where,
			got.Missing, got.Explained, got.Numbers, got.Last, missing, explained, held, o.top[way])
	}
}

func (o *oracle) checkKinds(t testing.TB, where string, way int, got *Way) {
	said := map[What]map[uint64]bool{}
	for _, f := range got.Findings {
		for n := f.From; !f.What.IsHole() && f.What != LackedBy && n <= f.To; n++ {
			if said[f.What] == nil {
				said[f.What] = map[uint64]bool{}
			}
			said[f.What][n] = true
		}
	}
	for what := Different; what <= Unsent; what++ {
		if fmt.Sprint(said[what]) != fmt.Sprint(o.kinds[way][what]) {
			t.Errorf("%s: %s of %v, want %v", where, what, said[what], o.kinds[way][what])
		}
	}
}
