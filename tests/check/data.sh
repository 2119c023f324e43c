#!/bin/sh
# Plain data in the code under test: is it a data race of C11, on whatever machine? On each of them, as a compiler may do what the machine does not.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"
data=$BUILD/tests/check/data

# NAME RACE OPERATION...: is there a data race (1) if each CPU does one of these?
table='
release-acquire 0 tell_rel hear_acq
no-acquire 1 tell_rel hear_rlx
no-acquire-change 1 tell_rel hear_rlx_change
no-release 1 tell_rlx hear_acq
other-release 1 tell_other hear_acq
release-fence 0 tell_other_fence hear_acq
acquire-fence 0 tell_rel hear_fence
wait 0 tell_rel hear_wait_acq
relaxed-wait 1 tell_rel hear_wait_rlx
read-then-changed 0 tell_read hear_acq_change
read-then-changed-relaxed 1 tell_read hear_rlx_change
atomic-then-plain 0 tell_atomic hear_plain_acq
atomic-then-plain-relaxed 1 tell_atomic hear_plain_rlx
part-of-an-array 0 tell_array hear_byte_acq
part-of-an-array-relaxed 1 tell_array hear_byte_rlx
release-sequence 0 tell_rel add_rlx hear_two
passed-on 0 tell_rel pass_rel passed
passed-on-relaxed 1 tell_rel pass_rlx passed
by-dependency 1 tell_pointer follow_rlx
by-consume 0 tell_pointer follow_consume
by-volatile-dependency 1 tell_pointer follow_volatile
lock 0 locked locked
lock-relaxed 1 locked locked_rlx
told-under-a-lock 0 tell_locked hear_locked
told-under-a-lock-relaxed 1 tell_locked hear_locked_rlx
told-from-a-lock 1 tell_locked hear_acq
once 0 once_acq once_acq
once-relaxed 1 once_rlx once_rlx
grace-period 0 make section
grace-period-relaxed 1 make_rlx section
reader-relaxed 1 make section_rlx
answer 0 ask idle
answer-relaxed 1 ask_rlx idle
'

# scenario NAME MEMORY OPERATION...
scenario() {
	name=$1 memory=$2 cpu=0
	shift 2
	printf 'litmus %s\ndoc "%s"\narch arm64\nset memory=%s\nmap A = anon rw\n' "$name" "$name" "$memory"
	for operation; do
		echo "cpu $cpu: $operation"
		cpu=$((cpu + 1))
	done
	echo "expect safe"
}

# races NAME MEMORY EXPECTED OPERATION...: the report names both accesses
races() {
	first=$1 second=$2 expected=$3
	shift 3
	scenario "$first" "$second" "$@" >"$work/$first.litmus"
	"$data" check --quiet --max-seconds 0 "$work/$first.litmus" >"$work/output" 2>&1
	case $? in
	0) race=0 ;;
	1) race=$(tr '\n' ' ' <"$work/output" | grep -c 'data-race: an* [a-z]* [a-z]* at [^ ]*data.c:[0-9]*, and nothing orders it') ;;
	*) race=$(head -n 3 "$work/output") ;;
	esac
	[ "$race" = "$expected" ] || echo "$first on $second memory: $race, expected $expected"
}

echo "$table" | while read -r name race operations; do
	[ -n "$name" ] || continue
	# shellcheck disable=SC2086 # several words
	for memory in weak tso sc; do
		races "$name" $memory "$race" $operations
	done >"$work/$name.said"
	verdict "$name: $race" <"$work/$name.said"
done

finish
