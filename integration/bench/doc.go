// Package bench measures the archive beside its rivals, in one run:
//
//	make bench
//
// prints benchstat's table, then the ratios (package ratios, below this one). The benchmarks go from the inside out:
//
//	Put, Queue   the ring against a mutex with two buffers, a channel of pooled slices, and zerolog's diode
//	Hook         one call of a session's log against quickfixgo's file log, in bursts
//	HookLatency  the same, each call timed, in bursts and one a millisecond
//	Sink         the way to the disk, against plain write(2)
//	StoreSave    a message store's save and its count of inbound messages (StoreCount) against quickfixgo's file store and,
//	             with the tag sqlite, its SQL store on SQLite; Sync is what the disk is worth meanwhile
//	OldStore     opening a store that holds FIXARCHIVE_STORE_MESSAGES, 100000, and reading some of them
//	Trade        two engines in two processes, with the archive, with no log, and with the file log
//
// What a figure leaves out stands beside its benchmark. Machines are noisy: only ratios from one run, over the
// medians of several rounds, are worth quoting. A round runs everything once, so that what a noisy minute does to one
// it does to its rival.
package bench
