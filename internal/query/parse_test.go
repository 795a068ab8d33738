package query

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 24, 10, 20, 30, 0, time.UTC)

func parsed(t testing.TB, text string) *Expr {
	t.Helper()
	e, err := Parse(text, Options{Now: now})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

// TestAccepted is the table of what is understood, and of how it is spelled then.
func TestAccepted(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"  ", ""},
		{"35=8", "35=8"},
		{"  11 = ORD-1 ", "11=ORD-1"},
		{"ClOrdID=ORD-1", "ClOrdID=ORD-1"},
		{"type=NewOrderSingle", "type=NewOrderSingle"},
		{"type in (D,8 , G)", "type in (D, 8, G)"},
		{"session=FIX.4.4:GATEWAY->VENUE", "session=FIX.4.4:GATEWAY->VENUE"},
		{"session~GATEWAY* and 35=8 and 55=EURUSD", "session~GATEWAY* and 35=8 and 55=EURUSD"},
		{"sender.sub=DESK or target.location != 'New York'", `sender.sub=DESK or target.location!="New York"`},
		{"begin=FIX.4.* and qualifier='' and source=import and archive~host", `begin=FIX.4.* and qualifier="" and source=import and archive~host`},
		{"44>1.25 and 44<=-0.5", "44>1.25 and 44<=-0.5"},
		{"44==1.250", "44==1.250"},
		{"60>=20261123-09:30:00.123", "60>=20261123-09:30:00.123"},
		{"seq=40-50 or seq=40- or seq in (1, 3-5)", "seq=40-50 or seq=40- or seq in (1, 3-5)"},
		{"epoch>=2", "epoch>=2"},
		{"time=2026-11-23", "time=2026-11-23"},
		{"time>='2026-11-23 09:30' and time<10:00", `time>="2026-11-23 09:30" and time<10:00`},
		{"time>2h", "time>2h"},
		{"kind in (in, gap)", "kind in (in, gap)"},
		{"direction!=in", "direction!=in"},
		{"flag=poss-dup", "flag=poss-dup"},
		{`text~"insufficient funds"`, `text~"insufficient funds"`},
		{"text~a=b", "text~a=b"},
		{"58=''", `58=""`},
		{"58=*", "58=*"},
		{"58=a**b***", "58=a*b*"},
		{`58="a * \* \\ \" ' \x01\xff"`, `58="a * \* \\ \" ' \x01\xff"`},
		{`58=\x41\*`, `58=A\*`},
		{`58='>5'`, `58=">5"`},
		{"58=é", "58=é"},
		{"55=and", "55=and"},
		{"not 35=0", "not 35=0"},
		{"not(35=0)", "not 35=0"},
		{"not not 35=0", "not not 35=0"},
		{"not (35=0 or 35=1)", "not (35=0 or 35=1)"},
		{"(35=8 and 39=8) or 35=3", "35=8 and 39=8 or 35=3"},
		{"35=8 and (39=8 or 39=4)", "35=8 and (39=8 or 39=4)"},
		{"((35=8))", "35=8"},
		{"35=8 and (11=a and 11=b)", "35=8 and (11=a and 11=b)"},
		{"35=8\n\tand 39=8", "35=8 and 39=8"},
	} {
		e, err := Parse(c.text, Options{Now: now})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := e.String(); got != c.want {
			t.Errorf("%s: spelled %s, want %s", c.text, got, c.want)
		}
		if again := parsed(t, e.String()).String(); again != e.String() {
			t.Errorf("%s: spelled %s, then %s", c.text, e, again)
		}
	}
}

// TestRefused is the table of what is refused: the caret stands below the character that the second line marks.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, caret, word string }{
		{"35", "^", "no test yet"},
		{"35=", "   ^", "a value is missing"},
		{"35= and 11=x", "        ^", "another test"},
		{"35=8 11=x", "     ^", "another test must follow and or or"},
		{"35=8 and", "        ^", "missing at the end"},
		{"35=8 and and 11=x", "         ^", "missing before and"},
		{"35=8 AND 11=x", "     ^", "small letters"},
		{"and 35=8", "^", "missing before and"},
		{"Not 35=8", "^", "small letters"},
		{"(35=8", "^", "not closed"},
		{"35=8)", "    ^", "no parenthesis is open"},
		{"()", " ^", "a test begins with"},
		{"35=D,8", "    ^", "35 in (D, 8)"},
		{"35 in D", "      ^", "35 in (…, …)"},
		{"35 in (D", "      ^", "not closed"},
		{"35 in (D 8)", "         ^", "a comma"},
		{"35 in ()", "       ^", "a value is missing"},
		{"35:8", "  ^", "must be followed by"},
		{"44=>1", "   ^", "=> is no comparison"},
		{"44>x", "   ^", "numbers and times"},
		{"44>1*", "   ^", "numbers and times"},
		{"0=x", "^", "no field has this tag"},
		{"011=x", "^", "no field has this tag"},
		{"11a=x", "^", "no field has this tag"},
		{"99999999999=x", "^", "no field has this tag"},
		{"Clordid=x", "^", "is ClOrdID meant"},
		{"Session=x", "^", "is session meant"},
		{"Nonsense=x", "^", "no field is called so"},
		{"'timeout'", "^", "text~"},
		{"=8", "^", "a test begins with"},
		{"session>x", "       ^", "session takes = != and ~"},
		{"seq~4", "   ^", "seq takes"},
		{"seq==4", "   ^", "seq takes"},
		{"seq=0", "    ^", "a number from 1"},
		{"seq=x", "    ^", "a number from 1"},
		{"seq=5-4", "    ^", "ends before it begins"},
		{"seq=5-x", "    ^", "a range ends with"},
		{"seq>4-5", "    ^", "such as seq>48"},
		{"time=yesterday", "     ^", "no time"},
		{"time>25:00", "     ^", "no time"},
		{"kind=request", "     ^", "message, in, out"},
		{"direction=both", "          ^", "in or out"},
		{"flag=x", "     ^", "poss-dup"},
		{"58='x", "   ^", "quote is not closed"},
		{"58=don't", "      ^", "a quote within a value"},
		{`58=\n`, "   ^", "a backslash"},
		{`58="\xg0"`, "    ^", "a backslash"},
		{`58='é' é`, "       ^", "another test"},
		{strings.Repeat("(", 300) + "35=8", strings.Repeat(" ", 62) + "^", "within each other"},
		{strings.Repeat("not ", 300) + "35=8", strings.Repeat(" ", 62) + "^", "within each other"},
	} {
		_, err := Parse(c.text, Options{Now: now})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", c.text, err)
			continue
		}
		_, caret, _ := strings.Cut(e.Place(), "\n")
		if caret != c.caret || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%v, want %q\n%s\nwant\n%s", err, c.word, e.Place(), c.caret)
		}
	}
	if _, err := Parse(strings.Repeat("x", textBytesMax+1), Options{}); err == nil {
		t.Error("no limit")
	}
}

func TestPlaceCanBeShown(t *testing.T) {
	_, err := Parse("58='\x1b[31m\t\u202e' é", Options{})
	var e *Error
	errors.As(err, &e)
	if want := "58='.[31m .' é\n             ^"; e.Place() != want {
		t.Errorf("got\n%s\nwant\n%s", e.Place(), want)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"35=8", "not (11=ORD* or 55 in (a, 'b c', \"d\"))", `text~"\x01\\*"`, "seq=4- and time<2h", "44>=1.5 or 60<20261123-10:00", "session~A and epoch=1-2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text, Options{Now: now})
		if err != nil {
			var where *Error
			if !errors.As(err, &where) || where.Offset > len(text) || where.Place() == "" || err.Error() == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		spelled := e.String()
		again, err := Parse(spelled, Options{Now: now})
		if err != nil || again.String() != spelled {
			t.Fatalf("%q is spelled %q, then %q, %v", text, spelled, again, err)
		}
		e.For(&Log{})
	})
}
