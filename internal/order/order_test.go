package order

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// history is what an archive holds, a message a line: milliseconds, session, direction, MsgType, MsgSeqNum, fields.
//
//	5 A->B > D 2 11=c1|38=100|
func history(t testing.TB, text string) (records []Record) {
	t.Helper()
	for line := range strings.Lines(text) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 6)
		if len(words) < 2 {
			continue
		}
		ms, err := strconv.Atoi(words[0])
		number, err2 := strconv.ParseUint(words[4], 10, 64)
		if err := cmp.Or(err, err2); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		raw := fmt.Sprintf("8=FIX.4.4|9=1|35=%s|34=%d|%s10=000|", words[3], number, words[5])
		records = append(records, Record{
			Session: "FIX.4.4:" + words[1], Source: "hook", Outbound: words[2] == ">", MsgType: words[3], MsgSeqNum: number,
			Time: time.UnixMilli(int64(ms)).UTC(), Generation: 1, Position: uint64(len(records)), Sequence: uint64(len(records) + 1), Epoch: 1,
			Raw: []byte(strings.ReplaceAll(raw, "|", "\x01")),
		})
	}
	return records
}

func search(f *Finder, records []Record) []Story {
	for f.Begin() {
		for i := range records {
			if f.Offer(&records[i]) {
				break
			}
		}
	}
	return f.Stories()
}

// told is a story in lines: milliseconds, leg, step, CumQty as counted, since the event before and the request, problems.
func told(s *Story) (lines []string) {
	for _, e := range s.Events {
		line := fmt.Sprintf("%d %d %s", e.Time.UnixMilli(), e.Leg, e.Step)
		for _, part := range []struct {
			is   bool
			text string
		}{
			{e.Counted != "", " =" + e.Counted}, {e.After != nil, fmt.Sprint(" +", ms(e.After))}, {e.Took != nil, fmt.Sprint(" took ", ms(e.Took))},
			{e.Answers, "*"}, {e.Again, " again"}, {e.Many, " many"}, {len(e.Problems) > 0, " !! " + strings.Join(e.Problems, "; ")},
		} {
			if part.is {
				line += part.text
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func ms(d *time.Duration) int64 {
	if d == nil {
		return 0
	}
	return d.Milliseconds()
}

func TestLives(t *testing.T) {
	for _, c := range lives {
		t.Run(c.name, func(t *testing.T) {
			records := history(t, c.history)
			for _, seed := range strings.Fields(c.seeds) {
				stories := search(NewFinder([]Seed{{ID: seed}}), records)
				var got []string
				for i := range stories {
					if i > 0 {
						got = append(got, "--")
					}
					got = append(got, told(&stories[i])...)
				}
				want := strings.Split(strings.ReplaceAll(strings.TrimSpace(c.want), "\n\t\t", "\n"), "\n")
				if !slices.Equal(got, want) {
					t.Errorf("%s:\ngot\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		})
	}
}

// Each history is asked for by every id of it, and tells the same story whichever that is.
var lives = []struct{ name, seeds, history, want string }{
	{"an order is acknowledged and filled in two parts", "c1 O-1 E-2 E-0", `
		1 A->B > D 2 11=c1|55=X|54=1|38=100|44=5|
		2 A->B > D 3 11=c2|55=X|54=1|38=100|44=5|
		4 A->B < 8 2 11=c1|37=O-1|17=E-0|150=0|39=0|38=100|14=0|151=100|
		5 A->B < 8 3 11=c2|37=O-2|17=E-1|150=0|39=0|38=100|14=0|151=100|
		9 A->B < 8 4 11=c1|37=O-1|17=E-2|150=F|39=1|32=40|38=100|14=40|151=60|
		11 A->B < 8 5 11=c1|37=O-1|17=E-3|150=F|39=2|32=60|38=100|14=100|151=0|`, `
		1 1 new order
		4 1 acknowledged =0 +3 took 3*
		9 1 partial fill =40 +5 took 8
		11 1 fill =100 +2 took 10`},
	{"replaces and a cancel are followed by OrigClOrdID alone, in both directions", "c1 c2 c3 c4", `
		1 A->B > D 2 11=c1|38=100|
		2 A->B > G 3 11=c2|41=c1|38=200|
		3 A->B < 8 2 11=c2|41=c1|37=NONE|17=0|150=5|39=5|38=200|14=0|151=200|
		4 A->B > G 4 11=c3|41=c2|38=300|
		5 A->B > F 5 11=c4|41=c3|
		6 A->B < 8 3 11=c4|41=c3|17=E-9|150=4|39=4|38=300|14=0|151=0|
		7 A->B < 8 9 11=zz|37=NONE|17=0|150=8|39=8|`, `
		1 1 new order
		2 1 replace request +1
		3 1 replaced =0 +1 took 1*
		4 1 replace request +1
		5 1 cancel request +1
		6 1 cancelled =0 +1 took 1*`},
	{"a cancel that is refused", "c2 O-1", `
		1 A->B > D 2 11=c1|38=100|
		2 A->B < 8 2 11=c1|37=O-1|17=E-1|150=F|39=2|32=100|14=100|38=100|151=0|
		3 A->B > F 3 11=c2|41=c1|38=100|
		7 A->B < 9 3 11=c2|41=c1|37=O-1|39=2|434=1|102=0|58=too late|`, `
		1 1 new order
		2 1 fill =100 +1 took 1*
		3 1 cancel request +1
		7 1 cancel rejected +4 took 4*`},
	{"rejects by RefSeqNum, of the other direction and the same session", "c1", `
		1 A->B > D 2 11=c1|38=100|
		2 A->B > D 3 11=c2|
		3 A->C < 3 7 45=2|58=another session's|
		4 A->B > 3 8 45=2|58=of what came in|
		5 A->B < 3 9 45=2|373=5|58=value is incorrect|
		6 A->B < j 10 45=2|380=3|`, `
		1 1 new order
		5 1 rejected by session +4 took 4*
		6 1 rejected by application +1 took 5`},
	{"a trade is corrected and then taken back, by ExecRefID alone", "E-2 E-3 E-4 c1", `
		1 A->B > D 2 11=c1|38=100|
		2 A->B < 8 2 11=c1|17=E-1|150=F|39=1|32=30|14=30|151=70|38=100|
		3 A->B < 8 3 11=c1|17=E-2|150=F|39=1|32=20|14=50|151=50|38=100|
		4 A->B < 8 4 17=E-3|19=E-2|150=G|39=1|32=25|14=55|151=45|38=100|
		5 A->B < 8 5 17=E-4|19=E-3|150=H|39=1|14=30|151=70|38=100|`, `
		1 1 new order
		2 1 partial fill =30 +1 took 1*
		3 1 partial fill =50 +1 took 2
		4 1 trade corrected =55 +1
		5 1 trade cancelled =30 +1`},
	{"before FIX 4.3: ExecTransType, and no ExecType before 4.1", "c1", `
		1 A->B > D 2 11=c1|38=100|
		2 A->B < 8 2 11=c1|37=O-1|17=1|20=0|39=0|14=0|38=100|
		3 A->B < 8 3 11=c1|37=O-1|17=2|20=0|39=1|32=30|14=30|38=100|
		4 A->B < 8 4 11=c1|37=O-1|17=3|19=2|20=1|150=1|39=1|32=30|14=0|38=100|
		5 A->B < 8 5 11=c1|37=O-1|17=0|20=3|150=0|39=0|14=0|38=100|`, `
		1 1 new order
		2 1 acknowledged =0 +1 took 1*
		3 1 partial fill =30 +1 took 2
		4 1 trade cancelled =0 +1 took 3
		5 1 status =0 +1 took 4`},
	{"quantities that do not add up are told once", "c1", `
		1 A->B > D 2 11=c1|38=100|
		2 A->B < 8 2 11=c1|37=O-1|17=1|150=F|39=1|32=30|14=35|151=60|38=100|
		3 A->B < 8 3 11=c1|37=O-1|17=2|150=F|39=1|32=0.5|14=35.5|151=64.5|38=100|
		4 A->B < 8 4 11=c1|37=O-1|17=3|150=4|39=4|14=30|151=0|38=100|
		5 A->B < 8 5 11=c1|37=O-1|17=4|19=9|150=H|39=4|14=0|151=0|38=100|
		6 A->B < 8 6 11=c1|37=O-1|17=5|150=F|39=2|14=130|32=130|151=0|38=100|`, `
		1 1 new order
		2 1 partial fill =35 +1 took 1* !! CumQty is 35, want 0 + 30 = 30; LeavesQty is 60, want OrderQty 100 - CumQty 35 = 65
		3 1 partial fill =35.5 +1 took 2
		4 1 cancelled =30 +1 took 3 !! CumQty is 30, want 35.5 as before
		5 1 trade cancelled =0 +1 took 4 !! ExecRefID "9" names no fill that is counted here
		6 1 fill =130 +1 took 5 !! CumQty 130 is more than OrderQty 100`},
	{"a story that begins in the middle counts from what the first report states", "O-1", `
		1 A->B < 8 2 11=c1|37=O-1|17=8|150=F|39=1|32=30|14=70|38=100|151=30|
		2 A->B < 8 3 11=c1|37=O-1|17=9|150=F|39=2|32=30|14=100|38=100|151=0|`, `
		1 1 partial fill =70
		2 1 fill =100 +1`},
	{"resends are shown and not counted", "c1", `
		1 A->B > D 2 11=c1|38=100|
		2 A->B > D 2 43=Y|11=c1|38=100|
		3 A->B < 8 2 11=c1|37=O-1|17=1|150=F|39=1|32=30|14=30|38=100|151=70|
		4 A->B < 8 2 43=Y|11=c1|37=O-1|17=1|150=F|39=1|32=30|14=30|38=100|151=70|
		5 A->B < 8 3 43=Y|11=c1|37=O-1|17=2|150=F|39=2|32=70|14=100|38=100|151=0|`, `
		1 1 new order
		2 1 new order +1 again
		3 1 partial fill =30 +1 took 2*
		4 1 partial fill +1 took 3 again
		5 1 fill =100 +1 took 4`},
	{"a ClOrdID is of two parties: on two sessions it is two orders", "c1", `
		1 A->B > D 2 11=c1|38=1|
		2 A->C > D 2 11=c1|38=2|
		3 A->C < 8 2 11=c1|37=O-1|17=1|150=0|39=0|14=0|38=2|151=2|
		4 A->B < 8 2 11=c1|37=O-2|17=1|150=0|39=0|14=0|38=1|151=1|`, `
		1 1 new order
		4 1 acknowledged =0 +3 took 3*
		--
		2 1 new order
		3 1 acknowledged =0 +1 took 1*`},
	{"an order is routed on: OrderID and SecondaryOrderID join sessions", "c1 g7 g8 O-1 V-9", `
		1 DESK->GW < D 2 11=c1|55=X|54=1|38=100|
		2 GW->VENUE > D 2 11=g7|198=O-1|55=X|54=1|38=100|
		3 GW->VENUE < 8 2 11=g7|37=V-9|17=1|150=F|39=2|32=100|14=100|38=100|151=0|55=X|54=1|
		4 DESK->GW > 8 2 11=c1|37=O-1|17=1|150=F|39=2|32=100|14=100|38=100|151=0|55=X|54=1|
		5 GW->VENUE > F 3 11=g8|41=g7|55=X|54=1|
		6 GW->VENUE < 9 3 11=g8|41=g7|37=V-9|39=2|`, `
		1 1 new order
		2 2 new order
		3 2 fill =100 +1 took 1*
		4 1 fill =100 +3 took 3*
		5 2 cancel request +2
		6 2 cancel rejected +1 took 1*`},
	{"an OrderID of another venue, for another instrument, is another order", "c1", `
		1 A->B > D 2 11=c1|55=X|54=1|38=1|
		2 A->B < 8 2 11=c1|37=1|17=1|150=0|39=0|55=X|54=1|
		3 A->B < 9 3 11=c1|37=1|39=0|
		4 A->C < 8 2 11=d1|37=1|17=1|150=0|39=0|55=Y|54=1|
		5 A->D < 8 2 11=e1|37=1|17=1|150=0|39=0|55=X|54=2|`, `
		1 1 new order
		2 1 acknowledged =0 +1 took 1*
		3 1 cancel rejected +1 took 2`},
	{"ids of different kinds have nothing to do with each other", "c1", `
		1 A->B > D 2 11=c1|38=1|
		2 A->B < 8 2 11=c1|37=O-1|17=E-1|150=0|39=0|
		3 A->B > D 3 11=O-1|38=1|
		4 A->B < 8 3 11=x|37=E-1|17=O-1|150=0|39=0|
		5 A->B < 8 4 11=y|37=O-9|17=E-1|150=0|39=0|`, `
		1 1 new order
		2 1 acknowledged =0 +1 took 1*`},
	{"what names many orders, and what hides ids in data, leads nowhere", "c1", `
		1 A->B > E 2 66=L|73=2|11=c1|11=c2|
		2 A->B > D 3 11=c2|38=1|
		3 A->B < 8 3 11=c1|37=O-1|17=E-1|150=0|39=0|14=0|
		4 A->B < 8 4 11=z|96=no|95=7|96=x|11=c1|37=O-8|
		5 A->B < X 5 268=1|37=O-1|`, `
		1 1 new list many
		3 1 acknowledged =0 +2 took 2*`},
	{"both ends of a session tell the same story, each for itself", "c1", `
		1 A->B > D 2 11=c1|38=1|
		2 B->A < D 2 11=c1|38=1|
		3 B->A > 8 2 11=c1|37=O-1|17=1|150=F|39=2|32=1|14=1|
		4 A->B < 8 2 11=c1|37=O-1|17=1|150=F|39=2|32=1|14=1|`, `
		1 1 new order
		2 2 new order
		3 2 fill =1 +1 took 1*
		4 1 fill =1 +3 took 3*`},
	{"both ends of a session are the same two parties", "c1", `
		1 A->B > D 2 11=c1|38=1|
		2 B->A < D 2 11=c1|38=1|`, `
		1 1 new order
		2 2 new order`},
	{"a trade cannot be taken back twice", "c1", `
		1 A->B > D 2 11=c1|38=9|
		2 A->B < 8 2 11=c1|17=1|150=F|39=1|32=5|14=5|
		3 A->B < 8 3 11=c1|17=2|19=1|150=H|39=0|14=0|
		4 A->B < 8 4 11=c1|17=3|19=1|150=H|39=0|14=0|`, `
		1 1 new order
		2 1 partial fill =5 +1 took 1*
		3 1 trade cancelled =0 +1 took 2
		4 1 trade cancelled =0 +1 took 3 !! ExecRefID "1" names no fill that is counted here`},
	{"a number that comes again is no resend unless it says so", "c1", `
		1 A->B > F 2 11=c1|41=c0|
		2 A->B < 9 2 11=c1|41=c0|
		3 A->B < 9 2 11=c1|41=c0|
		4 A->B < 9 2 43=Y|11=c1|41=c0|`, `
		1 1 cancel request
		2 1 cancel rejected +1 took 1*
		3 1 cancel rejected +1 took 2
		4 1 cancel rejected +1 took 3 again`},
	{"of fills with one ExecID, what takes it back belongs to each", "E-9", `
		1 A->B < 8 2 11=c1|17=1|150=F|39=1|32=5|14=5|
		2 A->B < 8 3 11=c2|17=1|150=F|39=1|32=6|14=6|
		3 A->B < 8 4 17=E-9|19=1|150=H|39=0|14=0|`, `
		1 1 partial fill =5
		2 2 partial fill =6
		3 2 trade cancelled =0 +1`},
	{"a ClOrdID that is used again begins a leg", "c1", `
		1 A->B > D 2 11=c1|38=1|
		2 A->B < 8 2 11=c1|37=O-1|17=1|150=F|39=2|32=1|14=1|
		3 A->B > D 9 11=c1|38=1|
		4 A->B < 8 9 11=c1|37=O-1|17=1|150=F|39=2|32=1|14=1|`, `
		1 1 new order
		2 1 fill =1 +1 took 1*
		3 2 new order !! ClOrdID c1 was used before: what follows is counted anew
		4 2 fill =1 +1 took 1*`},
}

func TestSeedsMeanWhatTheySay(t *testing.T) {
	records := history(t, `
		1 A->B > D 2 11=7|
		2 A->C > D 2 11=7|
		3 A->C < 8 3 11=o|37=7|17=e|
		4 A->C < 8 4 11=p|37=O|17=7|`)
	for _, c := range []struct {
		seed Seed
		want []int64
	}{
		{Seed{ID: "7"}, []int64{1, 2, 3, 4}},
		{Seed{ID: "7", Tag: 11}, []int64{1, 2}},
		{Seed{ID: "7", Tag: 11, Session: "FIX.4.4:A->C"}, []int64{2}},
		{Seed{ID: "7", Tag: 37}, []int64{3}},
		{Seed{ID: "7", Tag: 17}, []int64{4}},
		{Seed{ID: "77"}, nil},
	} {
		f := NewFinder([]Seed{c.seed})
		var got []int64
		for _, s := range search(f, records) {
			got = append(got, s.Events[0].Time.UnixMilli())
		}
		if !slices.Equal(got, c.want) || (len(f.Missing()) == 0) != (len(c.want) > 0) {
			t.Errorf("%+v: got %v, want %v; missing %q", c.seed, got, c.want, f.Missing())
		}
	}
}

func TestWhatIsLeftApartIsCounted(t *testing.T) {
	records := history(t, `
		1 A->B < 8 2 11=c|37=1|55=X|54=1|
		2 A->C < 8 2 11=d|37=1|55=Y|54=1|`)
	f := NewFinder([]Seed{{ID: "c"}})
	if stories := search(f, records); len(stories) != 1 || f.Apart() != 1 {
		t.Errorf("%d stories, %d apart", len(stories), f.Apart())
	}
	f = NewFinder([]Seed{{ID: "1", Tag: 37}})
	if stories := search(f, records); len(stories) != 2 || f.Apart() != 0 {
		t.Errorf("asked for: %d stories, %d apart", len(stories), f.Apart())
	}
}

// A pass that learns nothing ends where the one before it learnt last.
func TestPassesEndEarly(t *testing.T) {
	text := "1 A->B > D 2 11=c1|\n"
	for i := range 100 {
		text += fmt.Sprintf("%d A->B > D %d 11=x%d|\n", i+2, i+3, i)
	}
	records := history(t, text)
	f, offered := NewFinder([]Seed{{ID: "c1"}}), 0
	for f.Begin() {
		for i := range records {
			offered++
			if f.Offer(&records[i]) {
				break
			}
		}
	}
	if f.Passes() != 2 || offered != len(records)+2 {
		t.Errorf("%d passes, %d messages", f.Passes(), offered)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var chain, many []Record
	for i := range PassesMax + 5 { // only ever back
		chain = append(chain, history(t, fmt.Sprintf("1 A->B > G 2 11=c%d|41=c%d|", i+1, i))...)
	}
	renumber(chain)
	f := NewFinder([]Seed{{ID: fmt.Sprint("c", len(chain))}})
	if search(f, chain); !f.Unended() || f.Passes() != PassesMax {
		t.Errorf("%d passes, unended %v", f.Passes(), f.Unended())
	}
	one := history(t, "1 A->B < 8 2 11=c|37=O|17=1|150=0|39=0|")
	for range MessagesMax + 1 {
		many = append(many, one...)
	}
	renumber(many)
	f = NewFinder([]Seed{{ID: "c"}})
	if s := search(f, many); !f.Cut() || len(s) != 1 || len(s[0].Events) != MessagesMax {
		t.Errorf("cut %v, %d stories", f.Cut(), len(s))
	}
	if f = NewFinder([]Seed{{ID: "c"}}); search(f, many[1:]) == nil || f.Cut() {
		t.Error("cut where all of it fits")
	}
}

func renumber(records []Record) {
	for i := range records {
		records[i].Position, records[i].Sequence = uint64(i), uint64(i+1)
	}
}
