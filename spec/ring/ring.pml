/*
 * The byte ring of internal/logbuf, for spin. README.md says how to read it and what it leaves out; check.sh runs it.
 *
 * A word of the ring is an integer: 0, a header (-n claimed, n committed, SKIP+n nothing here), or a payload word
 * (DATA+m of message m), which is no header, so that whoever takes one for a header is caught.
 *
 * Two producers put M messages each, of one or two payload words; producer 1 may abort its second. Positions
 * run on for ever; N is small enough that the ring wraps several times, with skips of both possible lengths.
 *
 * With -DCRASH everything is killed between any two stores, and a recovery runs, is itself killed anywhere, and runs
 * again. Without it, a message that never arrives is a deadlock. The FAULT_ macros each break one thing.
 */

#ifndef N
#define N 5		/* words in the ring */
#endif
#ifndef M
#define M 3		/* messages of each producer */
#endif
#define SKIP 32
#define DATA 64

#define LEN(p, i)	(1 + (p + i / 2) % 2)	/* 1 1 2 and 2 2 1: any two in a row may or may not reach the end */
#define BIT(p, i)	(1 << ((p) * M + (i)))

#ifdef CRASH
#define KILLABLE	provided (!crashed)	/* after a crash nothing of the process runs any more */
#else
#define KILLABLE
#endif

/* The memory. */
short word[N];
byte tail, bound;	/* stored by producers */
byte head, taken;	/* stored by the consumer */

bool crashed;

/* What really happened, for the assertions: sets of messages, one bit each. */
byte committed, aborted;
byte seen;		/* returned by the consumer's Next */
byte gone;		/* seen, and taken published behind it */

/* zeroed(from, to): the stretch is all zeros, as who claims it relies on. */
inline assertZeros(from, to) {
	g = from;
	do
	:: g < to -> assert(word[g % N] == 0); g++
	:: else -> break
	od;
	g = 0
}

/* Steps 1 to 5 of the package comment. Each statement outside d_step is one load or one store of shared memory. */
proctype Producer(byte p) KILLABLE {
	byte i, t, start, end, k, h, g;

	do
	:: i < M ->
retry:		t = tail;
		d_step {
			start = t;
			if
			:: t % N + 1 + LEN(p, i) > N -> start = t + N - t % N
			:: else
			fi;
			end = start + 1 + LEN(p, i)
		}
#ifndef FAULT_NO_FULL_CHECK
		if
		:: end <= bound + N
		:: else ->
			h = head;
			bound = h;
			if
			:: end <= h + N
			:: else -> head != h; goto retry	/* ErrFull; the caller tries again later */
			fi
		fi;
#endif
#ifdef FAULT_NO_SWAP
		tail = end;
#else
		d_step {
			if
			:: tail == t -> tail = end; assertZeros(t, end)
			:: else -> t = 255
			fi
		}
		if
		:: t == 255 -> goto retry
		:: else
		fi;
#endif
#ifndef FAULT_NO_SKIP
		if
		:: start != t -> word[t % N] = SKIP + (start - t - 1)
		:: else
		fi;
#endif
#ifndef FAULT_NO_MARK
		word[start % N] = -LEN(p, i);
#endif
#ifdef FAULT_COMMIT_BEFORE_COPY
		d_step { word[start % N] = LEN(p, i); committed = committed | BIT(p, i) }
#endif
		k = 0;
		do
		:: k < LEN(p, i) -> d_step { word[(start + 1 + k) % N] = DATA + p * M + i; k++ }
		:: else -> break
		od;
		if
#ifndef FAULT_COMMIT_BEFORE_COPY
		:: d_step { word[start % N] = LEN(p, i); committed = committed | BIT(p, i) }
#else
		:: true
#endif
		:: p == 1 && i == 1 -> d_step {
#ifdef FAULT_ABORT_IS_FREE
			word[start % N] = 0;
#else
			word[start % N] = SKIP + LEN(p, i);
#endif
			aborted = aborted | BIT(p, i)
			}
		fi;
		d_step { i++; t = 0; start = 0; end = 0; k = 0; h = 0 }
	:: else -> break
	od
}

/* record(at, n, set): a committed record of n words lies at a position; it is whole, new to the set and in order. */
inline record(at, n, set) {
	m = word[(at + 1) % N] - DATA;
	assert(m >= 0 && m < 2 * M);
	assert(n == LEN(m / M, m % M) && word[(at + n) % N] == DATA + m);
	assert(!(aborted & (1 << m)) && (committed & (1 << m)));
	assert(!(set & (1 << m)));
	assert(m % M == M - 1 || !(set & (1 << (m + 1))));
	assert(m % M >= M - 2 || !(set & (1 << (m + 2))));
	set = set | (1 << m);
	m = 0
}

#ifdef FAULT_SKIP_UNKNOWN
#define KNOWN(w)	(w < SKIP)
#else
#define KNOWN(w)	true
#endif

#ifdef FAULT_NO_LAP_CHECK
#define MAY_LOOK	true
#else
#define MAY_LOOK	(cursor - head < N)
#endif

proctype Consumer() KILLABLE {
	byte cursor, k;
	short w, m;

	do
	/* Next. It waits where the real one returns false. */
	:: d_step { MAY_LOOK && word[cursor % N] > 0 && KNOWN(word[cursor % N]) -> w = word[cursor % N] }
		d_step {
			assert(w < DATA);
			if
			:: w < SKIP -> record(cursor, w, seen); cursor = cursor + 1 + w
			:: else -> cursor = cursor + 1 + w - SKIP
			fi;
			w = 0
		}
#ifdef FAULT_PASS_CLAIMED
	:: d_step { MAY_LOOK && word[cursor % N] < 0 -> cursor = cursor + 1 - word[cursor % N] }
#endif

	/* MarkTaken, step 6. */
#ifndef FAULT_ZERO_BEFORE_TAKEN
	:: taken != cursor -> d_step { taken = cursor; gone = seen }
#endif

	/* Release, step 7: zeros, then head. */
#ifdef FAULT_ZERO_BEFORE_TAKEN
	:: head != cursor -> k = head;
		do
		:: k < cursor -> d_step { word[k % N] = 0; k++ }
		:: else -> break
		od;
		skip;	/* spin wants a place to land before the d_step */
		d_step { taken = cursor; gone = seen }
		head = cursor;
#else
	:: head != taken -> k = head;
#ifdef FAULT_HEAD_BEFORE_ZERO
		head = taken;
#endif
		do
		:: k < taken -> d_step {
#ifdef FAULT_ZERO_HEADERS_ONLY
			if
			:: word[k % N] < DATA -> word[k % N] = 0
			:: else
			fi;
#else
			word[k % N] = 0;
#endif
			k++ }
		:: else -> break
		od;
		head = taken;
#endif
		k = 0

	:: head == tail && (committed | aborted) == (1 << (2 * M)) - 1 -> break
	od;
	assert(seen == committed)
}

#ifdef CRASH
/* Recovery, killed anywhere in its only changes, then run to its end. */
proctype Recovery() {
	byte k, g, visited;
	short w, m;

	atomic {
		crashed = true;
		k = head;
		do
		:: k < taken -> word[k % N] = 0; k++
		:: break
		od;
		if
		:: k == taken && head != taken -> head = taken
		:: true
		fi;

		assert(head <= taken && taken <= tail && tail <= head + N);
#ifdef FAULT_RECOVER_FROM_HEAD
		k = head;
#else
		k = head;
		do
#ifndef FAULT_RECOVER_KEEPS_TAKEN
		:: k < taken -> word[k % N] = 0; k++
#endif
		:: else -> break
		od;
		head = taken;
		k = taken;
#endif
		do
		:: k >= tail -> break
		:: else ->
			w = word[k % N];
			assert(w < DATA);	/* a payload word where a header must be */
			if
#ifdef FAULT_RECOVER_STOPS_AT_ZERO
			:: w == 0 -> k = tail
#else
			:: w == 0 -> k++
#endif
			:: w < 0 -> k = k + 1 - w
			:: w >= SKIP -> k = k + 1 + w - SKIP
			:: else -> record(k, w, visited); k = k + 1 + w
			fi;
			assert(k <= tail)
		od;

		/* Everything that was committed and not taken, and nothing else. */
		assert(visited == (committed & (255 - gone)));
		assertZeros(tail, taken + N)
	}
}
#endif

init {
	atomic {
		run Producer(0);
		run Producer(1);
		run Consumer();
#ifdef CRASH
		run Recovery()
#endif
	}
}
