#!/bin/sh
# Runs spin on the ring's model as it is, and with one fault at a time, which spin must find.
# One line a check. Exits 1 if the model fails or a fault is not found; 0, saying so, where spin or cc is missing.

model=$(cd "$(dirname "$0")" && pwd)/ring.pml
for tool in spin cc; do
	command -v "$tool" >/dev/null || { echo "ring model: skipped, no $tool here"; exit 0; }
done

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1
status=0

# pan RUN [FAULT]: builds and runs the verifier for "live" (nothing dies; a message that never arrives is a deadlock)
# or "crash" (everything dies anywhere, and is recovered; what was killed is no deadlock). Its report is in pan.out.
pan() {
	case $1 in
	live) model_flags= cc_flags= pan_flags= ;;
	crash) model_flags=-DCRASH cc_flags=-DNOREDUCE pan_flags=-E ;; # spin cannot reduce where "provided" is used
	esac
	rm -f ./*
	spin -a $model_flags ${2:+-DFAULT_$2} "$model" >build.out 2>&1 &&
		cc $3 -w -DSAFETY $cc_flags -o pan pan.c >>build.out 2>&1 ||
		{ cat build.out; echo "FAILED $1 $2: cannot build the verifier"; exit 1; }
	./pan $pan_flags -m10000 -w24 >pan.out 2>&1
}

# finished says that the search saw every state there is.
finished() {
	grep -q 'errors: 0' pan.out && ! grep -q -e 'depth too small' -e 'out of memory' -e 'Search not completed' pan.out
}

holds() {
	pan "$1" "" -O2
	if finished; then
		echo "ok     $1: holds in all $(awk '/states, stored/ { print $1 }' pan.out) states"
	else
		echo "FAILED $1: $(grep -m1 '^pan:' pan.out)"
		status=1
	fi
}

finds() {
	pan "$1" "$2" -O0
	if grep -q '^pan:[0-9]*: \(assertion violated\|invalid end state\)' pan.out; then
		echo "ok     $1: finds $2: $(sed -n 's/^pan:[0-9]*: //p' pan.out | head -n 1)"
	else
		echo "FAILED $1: does not find $2"
		status=1
	fi
}

holds live
holds crash

finds live NO_FULL_CHECK
finds live NO_SWAP
finds live NO_SKIP
finds live SKIP_UNKNOWN
finds live ABORT_IS_FREE
finds live COMMIT_BEFORE_COPY
finds live PASS_CLAIMED
finds live NO_LAP_CHECK
finds live HEAD_BEFORE_ZERO
finds live ZERO_HEADERS_ONLY
finds crash NO_MARK
finds crash ZERO_BEFORE_TAKEN
finds crash RECOVER_FROM_HEAD
finds crash RECOVER_KEEPS_TAKEN
finds crash RECOVER_STOPS_AT_ZERO

exit $status
