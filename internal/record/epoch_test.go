package record

import "testing"

// step is one record and what is expected of it.
type step struct {
	what  string
	r     Record
	epoch Epoch
	low   bool
}

func in(n MsgSeqNum, f Flags) Record  { return Record{Kind: Inbound, MsgSeqNum: n, Flags: f} }
func out(n MsgSeqNum, f Flags) Record { return Record{Kind: Outbound, MsgSeqNum: n, Flags: f} }
func change(op Op, v int64) Record {
	return Record{Kind: StateChange, Body: AppendChange(nil, Change{Op: op, Value: v})}
}

var reset = change(Reset, 0)

func TestEpochs(t *testing.T) {
	for name, steps := range map[string][]step{
		"the first logon opens nothing new": {
			{"logon out", out(1, Logon), 1, false}, {"logon in", in(1, Logon), 1, false}, {"order", out(2, 0), 1, false},
		},
		"one ResetOnLogon tells itself four times": {
			{"order", out(1, 0), 1, false}, {"reply", in(1, 0), 1, false},
			{"store reset", reset, 2, false}, {"logon out 141=Y", out(1, Logon|ResetSeqNum), 2, false},
			{"logon in 141=Y", in(1, Logon|ResetSeqNum), 2, false}, {"store reset again", reset, 2, false},
			{"order", out(2, 0), 2, false}, {"store reset at logout", reset, 3, false},
		},
		"the counterparty resets": {
			{"order", out(7, 0), 1, false}, {"logon in 141=Y", in(1, Logon|ResetSeqNum), 2, false}, {"reply", out(1, Logon|ResetSeqNum), 2, false},
		},
		"a logon begins again at 1 without 141": {
			{"logon", in(1, Logon), 1, false}, {"heartbeat", in(2, 0), 1, false},
			{"logon", in(1, Logon), 2, false}, {"our logon", out(1, Logon), 2, false}, {"heartbeat", in(2, 0), 2, false},
		},
		"a resent logon begins nothing": {
			{"logon", in(1, Logon), 1, false}, {"heartbeat", in(2, 0), 1, false}, {"resent", in(1, Logon|PossDup), 1, false},
		},
		"a reconnect goes on": {
			{"logon", out(1, Logon), 1, false}, {"order", out(2, 0), 1, false}, {"logon", out(3, Logon), 1, false},
		},
		"a low number is flagged and begins nothing": {
			{"order", out(5, 0), 1, false}, {"order", out(3, 0), 1, true}, {"resend", out(4, PossDup), 1, false}, {"order", out(6, 0), 1, false},
		},
		"setting a number back stays in its epoch": {
			{"order", out(5, 0), 1, false}, {"set", change(SetSender, 2), 1, false}, {"order", out(2, 0), 1, true},
		},
		"the directions count apart": {
			{"order", out(5, 0), 1, false}, {"logon in", in(1, Logon), 1, false}, {"in", in(2, 0), 1, false},
		},
		"a garbled message has no number": {{"order", out(5, 0), 1, false}, {"garbled", out(0, NotFramed), 1, false}},
	} {
		t.Run(name, func(t *testing.T) {
			s := Begin()
			for i, st := range steps {
				st.r.Sequence = s.Next
				next, low := s.After(&st.r)
				if next.Epoch != st.epoch || low != st.low {
					t.Fatalf("step %d, %s: epoch %d, low %v; want %d, %v", i, st.what, next.Epoch, low, st.epoch, st.low)
				}
				if next.Next != s.Next+1 {
					t.Fatalf("step %d, %s: next sequence %d after %d", i, st.what, next.Next, s.Next)
				}
				s = next
			}
		})
	}
}

func TestGapTakesTheSequencesItNames(t *testing.T) {
	s := Begin()
	s, _ = s.After(&Record{Sequence: 1, Kind: Gap, Body: AppendLost(nil, &Lost{Last: 9, Count: 9})})
	if s.Next != 10 {
		t.Errorf("next sequence %d, want 10", s.Next)
	}
}

func TestNumbersFollowTheStore(t *testing.T) {
	s := Begin()
	for _, r := range []Record{out(1, 0), out(2, 0), in(1, 0), change(SetTarget, 40)} {
		s, _ = s.After(&r)
	}
	if s.NextSender != 3 || s.NextTarget != 40 {
		t.Errorf("next sender %d, target %d; want 3, 40", s.NextSender, s.NextTarget)
	}
	s, _ = s.After(&Record{Kind: StateChange, Body: AppendChange(nil, Change{Op: Reset, Value: 77})})
	if s.NextSender != 1 || s.NextTarget != 1 || s.CreatedAt != 77 {
		t.Errorf("after a reset: %+v", s)
	}
}

// kept is a state under a message store.
type kept struct {
	what           string
	r              Record
	sender, target MsgSeqNum
	epoch          Epoch
}

// TestAStoreHasTheLastWord: its numbers move when it says so, whatever messages come and whatever epochs they begin.
func TestAStoreHasTheLastWord(t *testing.T) {
	s := Begin()
	for i, st := range []kept{
		{"a message before the store", out(7, 0), 8, 1, 1},
		{"reset", change(Reset, 77), 1, 1, 2},
		{"saved and counted", out(1, Saved|Counted), 2, 1, 2},
		{"saved alone", out(9, Saved), 2, 1, 2},
		{"handed over", Record{Kind: Mark, MsgSeqNum: 1, Body: AppendReference(nil, 2)}, 2, 1, 2},
		{"too high", in(50, 0), 2, 1, 2},
		{"set target", change(SetTarget, 51), 2, 51, 2},
		{"a Logon with 141=Y that the engine refuses", in(1, Logon|ResetSeqNum), 2, 51, 3},
		{"counted", out(2, Saved|Counted), 3, 51, 3},
		{"voided", Record{Kind: Void, MsgSeqNum: 2, Body: AppendVoided(nil, Voided{Sequence: 9, NextSender: 2})}, 2, 51, 3},
		{"set back", change(SetSender, 1), 1, 51, 3},
		{"another creation time", change(SetCreated, 5), 1, 51, 3},
	} {
		st.r.Sequence = s.Next
		s, _ = s.After(&st.r)
		if s.NextSender != st.sender || s.NextTarget != st.target || s.Epoch != st.epoch {
			t.Fatalf("step %d, %s: next sender %d, target %d, epoch %d; want %d, %d, %d",
				i, st.what, s.NextSender, s.NextTarget, s.Epoch, st.sender, st.target, st.epoch)
		}
	}
	if s.Life != 2 || s.CreatedAt != 5 {
		t.Errorf("its life began with %d, at %d", s.Life, s.CreatedAt)
	}
}
