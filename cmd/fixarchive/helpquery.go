package main

import "github.com/spf13/cobra"

// newQueryHelp is a topic of help, and no command.
func newQueryHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "query",
		Short: "The language of --where",
		Long: `get and tail take a condition by --where. It is made of tests, joined by and, or, not and parentheses:

  fixarchive get --where 'session~GATEWAY and 35=8 and (55=EURUSD or 44>1.25)'

A test is a subject, an operator and a value. What a message holds is asked for by tag, or by the name that FIX has for it:

  11=ORD-1             a field 11 is ORD-1, byte for byte
  ClOrdID=ORD-*        * stands for any text, \* for a star
  55!=EURUSD           there is a field 55, and none is EURUSD; not 55=EURUSD also holds where there is no 55
  58~refused           a field 58 has refused in it
  58=*                 there is a field 58
  44>1.25   38<=1000   compared as a number, to the last digit; == says equal as a number: 44==1.25 finds 1.2500
  60>=2026-11-23T09:30 compared as a time (UTC)
  35 in (D, F, G)      any of these

A tag that occurs more than once fulfils a test when one of its fields does. These are asked for by words:

  type      as 35, by code or name: type=D, type=NewOrderSingle
  text      all bytes of a message, or a line of the engine's event log: text~"insufficient funds"
  direction in, out
  kind      message, in, out, event, state, mark, void, gap; without a test of it: messages and gaps
  flag      poss-dup, bad-checksum, bad-body-length, bad-field, not-framed, reset-seq-num, low-seq-num, saved
  seq       MsgSeqNum: seq=48, seq=40-50, seq>=40
  epoch     which life of the MsgSeqNums: epoch=2
  time      of capture: time>=09:30 (today, UTC), time<2h (ago), time=2026-11-23 (all of that day)
  session   as the sessions command spells it: session=FIX.4.4:GATEWAY->VENUE, session~GATEWAY
  begin, sender, sender.sub, sender.location, target, target.sub, target.location, qualifier
            the parts of the session's identity
  source    hook for the engine's own log; relay, import, … for others
  archive   where --archive names several, or a folder

A value with a space, a comma, a quote or a parenthesis in it, or one that begins with one of = < > ~ !, stands in quotes
of either kind. \xNN is a byte: text~"35=8\x0149=".

What indexes know (session, seq, epoch, time, kind, direction) costs nothing where it rules records out. All else is
looked for in the bytes.`,
		Example: `  fixarchive get GATEWAY --where 'seq=40-50 and direction=out'
  fixarchive get --where '11=ORD-1 or 41=ORD-1 or 37=O-17'       # on every session
  fixarchive get --where 'type=ExecutionReport and 39=8' --since 2h
  fixarchive get --count --by type --where 'time=2026-11-23'
  fixarchive tail -f --where 'type in (Reject, BusinessMessageReject, Logout) or flag=bad-checksum'
  fixarchive get --archive /srv/archives --where 'sender=GATEWAY and 55=EURUSD' --reverse --limit 5`,
	}
}
