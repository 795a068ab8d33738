// Command fixarchive looks into an archive of raw FIX messages: which sessions it holds, a message by session and
// MsgSeqNum, what is being captured now, and whether every byte of it is sound.
//
//	main ─► root ─► one file per subcommand ─► package fixarchive, internal/export
//	         │                │
//	       config           line (a record as text) · safe (bytes that a peer chose) · numbers, when (arguments)
//
// What is asked for goes to standard output, everything else to standard error. It ends with 0; with 1 when nothing
// was found, or damage, or a writer is gone that did not close the archive; with 2 when it was called wrongly. Looking
// needs no lock and writes nothing: the gateway goes on writing. Only demo, recover and repair write.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
