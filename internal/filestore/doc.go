// Package filestore reads and writes the message stores that FIX engines keep in files.
//
//	                    QuickFIX/Go        QuickFIX C++             QuickFIX/J
//	P.header            1,0,91⏎2,91,80⏎    1,0,91␠2,91,80␠          ┌ number 4 ┬ offset 8 ┬ size 4 ┐ big endian
//	P.body              the messages that were sent, one behind the other, in all of them
//	P.session           RFC 3339           20261123-00:30:39        a length of 2 bytes, 20261123-00:37:34.916
//	next to send        P.senderseqnums    P.seqnums                P.senderseqnums, or both numbers
//	next expected       P.targetseqnums    3 : 8, 10 or 20 digits   P.targetseqnums, in P.seqnums: 3:8
//
// P is FIX.4.4-SENDER-TARGET or more, and may stand for several sessions: see Store.ID.
//
// Reading takes any bytes. What is good of a store is yielded, what is not is told as a Doubt with its file and offset, and
// nothing is repaired or written. An entry is good when it leads to one whole message in the body, whose BodyLength,
// CheckSum and MsgSeqNum say that it is the one: an engine would send it again as it is. One message is held in memory.
//
// A Writer puts stores into a directory of their own, which appears under its name when all of them are whole and durable.
// The bytes are those that the engine would have written for the same calls; of the small files, whose bytes may also
// depend on its version or time zone or on older contents, those of before where they say the same.
//
// filestore knows no archive and no engine's settings. A store that an engine is writing to is not read as of one
// moment: Changed tells.
package filestore
