// Package dictionary says what a FIX tag means: its name, type and enumerated values, and where it belongs in a message.
//
//	Library ── Protocol FIX.4.2 ────────── venue's file ► FIX.4.2                  a lookup goes from
//	        ├─ Protocol FIX.4.4 ────────── FIX.4.4                                 left to right
//	        └─ Protocol FIX.5.0SP2 ─────── venue's file ► FIX.5.0SP2 ► FIXT.1.1
//	               │
//	               ├─ Field(54)            Side, CHAR; "1" means BUY
//	               └─ Message("8")         ExecutionReport
//	                     └─ Layout         which members, in which order; a group is a Layout of its own
//
// A Library knows every version of spec/fix, and dictionaries of venues that were put on top. A version is parsed when it is
// first asked for, and a message's layout when it is first used; what a Dictionary keeps of its text are slices. A venue's
// dictionary lies on the version that it names: what it defines is shown as it says, what it does not mention stays
// as the standard has it, and a message or group that both define has the members of both.
//
// A Library may be used by many goroutines. What it returns is never changed.
//
// dictionary does not read messages (decode does) and does not judge them: it says what is known, not what is allowed.
package dictionary
