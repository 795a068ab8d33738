package complete

import (
	"slices"
	"strings"
	"testing"
)

// TestHistories tells one story for each explanation, and some where several meet.
func TestHistories(t *testing.T) {
	for _, c := range []struct {
		name, text string
		logs       int
		want       []string
	}{
		{"nothing is missing", `
			out A 1
			in A 1
			out D 2
			in 8 2
			out 0 3`, 1, nil},
		{"a hole that nothing explains", `
			in A 1
			in 8 2
			in 8 6`, 1, []string{"in 3-5 missing"}},
		{"the last number is no hole", `
			in A 1
			gap ? power cut`, 1, []string{"log 0 2-101 records lost (2: from record 2 on an unknown number was lost: power cut)"}},
		{"a resend fills a hole", `
			in A 1
			in 8 4
			out 2 2 7=2|16=0|
			in 8 2 43=Y|
			in 8 3 43=Y|`, 1, []string{"out 2 begins at"}},
		{"a resend fills half a hole", `
			in A 1
			in 8 5
			in 8 3 43=Y|`, 1, []string{"in 2 missing", "in 4 missing"}},
		{"a gap fill", `
			in A 1
			in 8 5
			in 4 2 43=Y|123=Y|36=5|`, 1, []string{"in 3-4 skipped (3: gap fill from 2 to 5)"}},
		{"a gap fill that is not a resend", `
			in A 1
			in 4 2 123=Y|36=9|
			in 8 9`, 1, []string{"in 3-8 skipped (2: gap fill from 2 to 9)"}},
		{"a gap fill beside a hole", `
			in A 1
			in 4 4 123=Y|36=9|
			in 8 9`, 1, []string{"in 2-3 missing", "in 5-8 skipped (2: gap fill from 4 to 9)"}},
		{"a gap fill for what was sent explains nothing", `
			out A 1
			out 0 2
			out 0 3
			out D 6
			out 4 2 43=Y|123=Y|36=4|`, 1, []string{"out 4-5 missing"}},
		{"a sequence reset", `
			in A 1
			in 4 2 36=10|
			in 8 10`, 1, []string{"in 3-9 skipped (2: sequence reset to 10)"}},
		{"a sequence reset whose own number means nothing", `
			in A 1
			in 4 77 36=10|
			in 8 10`, 1, []string{"in 2-9 skipped (2: sequence reset to 10)"}},
		{"a sequence reset that answers a resend request", `
			in A 1
			in 8 5
			in 4 2 36=6|
			in 8 6`, 1, []string{"in 3-4 skipped (3: sequence reset to 6)"}},
		{"a sequence reset that goes back", `
			in A 1
			in 8 2 11=a|
			in 8 3 11=b|
			in 4 4 36=2|
			in 8 2 11=c|
			in 8 3 11=b|`, 1, []string{
			"in 2 different (4: sequence reset to 2)", "in 3 copied"}},
		{"the store is set forward", `
			out A 1
			set sender 50
			set target 9
			out D 50`, 1, []string{"out 2-49 skipped (2: the engine's store was set to 50)"}},
		{"the store is set back", `
			out A 1
			out D 2 11=a|
			out D 3
			set sender 2
			out D 2 11=b|`, 1, []string{"out 2 different (4: the engine's store was set to 2)"}},
		{"the store counts on within a resend", `
			in A 1
			set target 2
			in 8 4
			in 8 2 43=Y|
			set target 3
			in 8 3 43=Y|
			set target 5
			in 8 4 11=x|`, 1, []string{"in 4 different"}},
		{"a gap record of as many", `
			out A 1
			gap 2 ring full
			out D 4`, 1, []string{"log 0 2-3 records lost (2: records 2 to 3 were lost: ring full)",
			"out 2-3 dropped (2: records 2 to 3 were lost: ring full)"}},
		{"a gap record of too few", `
			out A 1
			gap 1 too large
			out D 4`, 1, []string{"log 0 2 records lost (2: record 2 was lost: too large)",
			"out 2-3 missing (2: record 2 was lost: too large)"}},
		{"a gap record explains no number twice", `
			out A 1
			in A 1
			gap 2 ring full
			out D 4
			in 8 4`, 1, []string{"log 0 3-4 records lost (3: records 3 to 4 were lost: ring full)",
			"in 2-3 dropped (3: records 3 to 4 were lost: ring full)",
			"out 2-3 missing (3: records 3 to 4 were lost: ring full)"}},
		{"a gap record explains both directions", `
			out A 1
			in A 1
			gap 4 ring full
			out D 4
			in 8 4`, 1, []string{"log 0 3-6 records lost (3: records 3 to 6 were lost: ring full)",
			"in 2-3 dropped (3: records 3 to 6 were lost: ring full)",
			"out 2-3 dropped (3: records 3 to 6 were lost: ring full)"}},
		{"a gap record goes to the direction that has no other", `
			out A 1
			in A 1
			gap 2 ring full
			out D 4
			gap 2 ring full
			in 8 4`, 1, []string{"log 0 3-4 records lost (3: records 3 to 4 were lost: ring full)",
			"log 0 6-7 records lost (6: records 6 to 7 were lost: ring full)",
			"in 2-3 dropped (6: records 6 to 7 were lost: ring full)",
			"out 2-3 dropped (3: records 3 to 4 were lost: ring full)"}},
		{"two gap records together", `
			out A 1
			gap 1 ring full
			gap 1 too large
			out D 4`, 1, []string{"log 0 2 records lost (2: record 2 was lost: ring full)",
			"log 0 3 records lost (3: record 3 was lost: too large)",
			"out 2-3 dropped (2: record 2 was lost: ring full; and 1 more)"}},
		{"a gap record elsewhere", `
			out A 1
			out D 4
			gap 9 ring full
			out D 5`, 1, []string{"log 0 3-11 records lost (3: records 3 to 11 were lost: ring full)", "out 2-3 missing"}},
		{"a gap of unknown length", `
			out A 1
			gap ? power cut
			out D 400`, 1, []string{"log 0 2-101 records lost (2: from record 2 on an unknown number was lost: power cut)",
			"out 2-399 dropped (2: from record 2 on an unknown number was lost: power cut)"}},
		{"dropped, and gap filled in part", `
			out A 1
			gap 2 ring full
			out D 6
			out 4 2 43=Y|123=Y|36=4|`, 1, []string{"log 0 2-3 records lost (2: records 2 to 3 were lost: ring full)",
			"out 3 skipped (5: gap fill from 2 to 4)", "out 4-5 dropped (2: records 2 to 3 were lost: ring full)"}},
		{"sequences that nothing accounts for", `
			out A 1
			skip 2
			out D 4`, 1, []string{"log 0 2-3 records missing", "out 2-3 missing (2: records 2 to 3 are not there)"}},
		{"damage", `
			out A 1
			skip 2
			damage a.seg
			out D 4`, 1, []string{"log 0 2-3 records lost (2: damage: a.seg)", "out 2-3 dropped (2: damage: a.seg)"}},
		{"an archive that began in the middle", `
			skip 6
			out 0 38
			in 0 12
			out 0 39`, 1, []string{"log 0 7 begins at", "in 12 begins at", "out 38 begins at"}},
		{"resends of what was before the archive are no edge of a hole", `
			out 0 38
			out D 12 43=Y|`, 1, []string{"out 38 begins at"}},
		{"a reset begins both directions at 1", `
			out A 1 141=Y|
			in 8 3
			out D 2`, 1, []string{"in 1-2 missing"}},
		{"so does one of the store", `
			reset
			in 8 3`, 1, []string{"in 1-2 missing"}},
		{"but not a Logon with 1 alone", `
			out A 1
			in 8 3`, 1, []string{"in 3 begins at"}},
		{"a new epoch", `
			out A 1 141=Y|
			in A 1 141=Y|
			out D 2
			out D 4
			epoch 2
			reset
			out A 1 141=Y|52=2|
			in A 1 141=Y|52=2|
			out D 2
			in 8 3`, 1, []string{"1 out 3 missing", "2 in 2 missing"}},
		{"a drop at the border of two epochs", `
			out A 1 141=Y|
			in A 1 141=Y|
			gap 2 ring full
			epoch 2
			out A 1 141=Y|52=2|
			in 8 2`, 1, []string{"log 0 3-4 records lost (3: records 3 to 4 were lost: ring full)",
			"2 in 1 dropped (3: records 3 to 4 were lost: ring full)"}},
		{"one direction goes on where the other begins again", `
			out A 1
			in A 1
			out D 2
			in 8 2
			epoch 2
			in A 1 52=2|
			out A 3
			in 8 2
			out D 4`, 1, nil},
		{"it goes on behind a hole", `
			out A 1
			in A 1
			out D 2
			epoch 2
			in A 1 52=2|
			out A 5`, 1, []string{"2 out 3-4 missing"}},
		{"it goes on behind a drop", `
			out A 1
			in A 1
			gap 3 ring full
			in 8 2
			epoch 2
			in A 1 52=2|
			out A 5`, 1, []string{"log 0 3-5 records lost (3: records 3 to 5 were lost: ring full)",
			"2 out 2-4 dropped (3: records 3 to 5 were lost: ring full)"}},
		{"it goes on lower than it ended", `
			out A 1
			out D 2
			out D 3
			in A 1
			in 8 2
			epoch 2
			in A 1 52=2|
			out A 2`, 1, []string{"2 out 2 begins at"}},
		{"numbers set after a reset", `
			epoch 2
			reset
			set sender 7
			out A 7`, 1, []string{"out 1-6 skipped (2: the engine's store was set to 7)"}},
		{"a Logon again with its number", `
			out A 1 141=Y|52=1|
			out A 1 141=Y|52=2|
			in A 1 141=Y|`, 1, []string{"out 1 logon again"}},
		{"a number lower than before, for the first time", `
			in A 1
			in 8 5
			in 8 3`, 1, []string{"in 2 missing", "in 3 late", "in 4 missing"}},
		{"garbled, and resent", `
			in A 1
			in 8 2 garbled
			in 8 3
			in 8 2 43=Y|`, 1, nil},
		{"garbled, and not resent", `
			in A 1
			in 8 2 garbled
			in 8 4
			in 8 4000 garbled
			in 8 5`, 1, []string{"in 2 garbled", "in 3 missing"}},
		{"resends: as they should be, otherwise, unmarked, copied", `
			out A 1
			out D 2 52=1|11=a|
			out D 3 52=1|11=b|
			out D 4 52=1|11=c|
			out D 5 52=1|11=d|
			out D 6 52=1|11=e|
			out D 2 43=Y|52=2|122=1|11=a|
			out D 3 43=Y|52=2|122=1|11=X|
			out D 4 52=2|11=c|
			out D 5 52=1|11=d|
			out D 6 52=1|11=X|`, 1, []string{
			"out 2 resent", "out 3 resent otherwise", "out 4 sent again", "out 5 copied", "out 6 different"}},
		{"saved and sent", `
			save A 1
			mark 1
			save D 2
			save D 3
			mark 3
			out D 3`, 1, nil},
		{"saved and never sent", `
			save A 1
			mark 1
			save D 2
			save D 3`, 1, []string{"out 2-3 unsent"}},
		{"saved, and sent by a resend", `
			save A 1
			mark 1
			save D 2
			out D 2 43=Y|`, 1, []string{"out 2 resent"}},
		{"saved with other bytes than were sent", `
			save D 1 11=a|
			out D 1 11=b|`, 1, []string{"out 1 different"}},
		{"a log that sees nothing being sent cannot say what was not", `
			save D 1
			save D 2`, 1, nil},
		{"a save that is taken back has not used its number", `
			save D 1
			mark 1
			save D 2 11=a|
			void 3
			save D 2 11=b|
			mark 5
			save D 3
			void 7`, 1, nil},
		{"a save that is taken back is compared with nothing", `
			save D 1 11=a|
			void 1
			save D 1 11=b|
			mark 3
			out D 1 43=Y|11=b|`, 1, []string{"out 1 resent"}},
		{"a number that nobody can count with", `
			in A 1
			in 8 18446744073709551615
			in 8 2`, 1, nil},
		{"a failover", `
			out A 1 141=Y|
			in A 1 141=Y|
			out D 2
			log 1
			out A 3 52=9|
			in A 2 52=9|
			out D 4`, 2, nil},
		{"a failover that lost something", `
			out A 1 141=Y|
			out D 2
			log 1
			out A 6
			out D 7`, 2, []string{"out 3-5 missing"}},
		{"a failover after a power cut", `
			out A 1 141=Y|
			out D 2
			gap ? power cut
			log 1
			out A 6
			out D 7`, 2, []string{"log 0 3-102 records lost (3: from record 3 on an unknown number was lost: power cut)",
			"out 3-5 dropped (3: from record 3 on an unknown number was lost: power cut)"}},
		{"there and back", `
			out A 1 141=Y|
			log 1
			out A 2 52=2|
			log 0
			out A 3 52=3|
			out D 4`, 2, []string{"out 2 lacked by 0"}},
		{"there, a reset, and back", `
			out A 1 141=Y|52=1|
			out D 2 11=a|
			out D 3 11=b|
			log 1
			out A 1 141=Y|52=2|
			out D 2 11=x|
			log 0
			out A 3 52=3|
			out D 4`, 2, nil},
		{"two logs of the same, each with a hole of its own", `
			out A 1 141=Y|
			log 1
			out A 1 141=Y|
			log 0
			out D 2 11=a|
			log 1
			gap 1 ring full
			out D 3 11=b|
			log 0
			out D 4 11=c|
			log 1
			out D 4 11=c|`, 2, []string{"log 1 2 records lost (2: record 2 was lost: ring full)",
			"out 2 lacked by 1 (2: record 2 was lost: ring full)", "out 3 lacked by 0"}},
		{"two logs that differ", `
			out A 1 141=Y|
			out D 2 11=a|
			log 1
			out A 1 141=Y|
			out D 2 11=b|`, 2, []string{"out 2 different"}},
		{"two logs of several lives, one of which lags", `
			in A 1 141=Y|52=1|
			log 1
			in A 1 141=Y|52=1|
			in 8 2 11=a|
			log 0
			in 8 2 11=a|
			epoch 2
			reset
			in A 1 141=Y|52=2|
			in 8 2 11=b|
			log 1
			in 8 3 11=c|
			epoch 2
			in A 1 141=Y|52=2|
			in 8 2 11=b|
			in 8 3 11=d|
			log 0
			in 8 4 11=e|`, 2, []string{"2 in 3 lacked by 0"}},
		{"two logs of one reset, each of which sees another Logon first", `
			out A 1 49=A|141=Y|
			log 1
			in A 1 49=B|141=Y|
			log 0
			in A 1 49=B|141=Y|
			log 1
			out A 1 49=A|141=Y|
			out D 3
			log 0
			out D 3`, 2, []string{"out 2 missing"}},
		{"two lives that begin with the same bytes", `
			out A 1 141=Y|
			log 1
			out A 1 141=Y|
			log 0
			out D 2 11=a|
			epoch 2
			out A 1 141=Y|
			out D 2 11=b|`, 2, nil},
		{"an epoch of a log that is part of two lives", `
			out A 1 141=Y|52=1|
			out D 2 11=a|
			out D 3 11=b|
			out D 4 11=c|
			log 1
			out A 1 141=Y|52=2|
			out D 2 11=x|
			log 0
			out A 3 52=3|
			out D 4 11=y|
			log 1
			out D 4 11=y|`, 2, []string{"2 out 3 lacked by 1"}},
		{"a log that begins in the middle of another's life", `
			in A 1 141=Y|
			in 8 2 11=a|
			log 1
			in 8 2 11=a|
			in 8 3 11=b|`, 2, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := tell(t, c.logs, c.text).findings()
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}
