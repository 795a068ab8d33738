// Package query is the language in which records are asked for, and the machine that answers.
//
//	session~GATEWAY and 35=8 and (55=EURUSD or 44>1.25)
//	   │ Parse                                  names of tags come from a Names
//	   ▼
//	 Expr ──String──► the same again, in one spelling
//	   │ For(log)                               what is asked of the session is answered once for each log
//	   ▼
//	 Plan ┬ Never    nothing of this log can be wanted: it need not be opened
//	      ├ Bounds   kinds, MsgSeqNums, epochs, times outside of which nothing is wanted: for indexes
//	      ├ MayHold  whether bytes can hold the body of anything that is wanted: for blocks
//	      └ Matches  whether a record is wanted
//
// spec/query.md has the grammar and what each test means. Bounds and MayHold only ever save work: Matches is the whole
// meaning but for the log.
//
// A message is looked at as it lies there: its fields are found by fixwire, which knows of data fields that hold a
// SOH. A tag that occurs more than once, as in a repeating group, fulfils a test when one of its fields does.
//
// Parse allocates, and refuses what it does not understand with an *Error that knows the place. Expr and Plan do not
// change and may be used by any goroutine; Matches and MayHold do not allocate. The package opens no files and reads no
// clock: times such as 09:30 or 2h count from Options.Now.
package query
