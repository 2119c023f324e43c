#!/bin/sh
# Orders of C11 in the code under test: classic tests, each with the outcome that weak memory, TSO and one memory allow or forbid.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"
words=$BUILD/tests/check/words

# NAME OUTCOME WEAK TSO SC OPERATION...: is the outcome reached (1) on a machine that is so strong, by these threads?
table='
sb-relaxed sb 1 1 0 sb_rlx_0 sb_rlx_1
sb-acquire-release sb 1 1 0 sb_acq_rel_0 sb_acq_rel_1
sb-seq-cst sb 0 0 0 sb_sc_0 sb_sc_1
sb-one-seq-cst sb 1 1 0 sb_sc_0 sb_rlx_1
sb-fences sb 0 0 0 sb_fence_0 sb_fence_1
sb-one-fence sb 1 1 0 sb_fence_0 sb_rlx_1
sb-weaker-fence sb 1 1 0 sb_ar_fence_0 sb_fence_1
sb-exchanges sb 0 0 0 sb_xchg_0 sb_xchg_1
mp-relaxed mp 1 0 0 mp_write_rlx mp_read_rlx
mp-release mp 1 0 0 mp_write_rel mp_read_rlx
mp-acquire mp 1 0 0 mp_write_rlx mp_read_acq
mp-both mp 0 0 0 mp_write_rel mp_read_acq
mp-fences mp 0 0 0 mp_write_fence mp_read_fence
mp-release-fence mp 1 0 0 mp_write_fence mp_read_rlx
mp-exchange mp 0 0 0 mp_write_xchg mp_read_acq
mp-relaxed-exchange mp 1 0 0 mp_write_xchg_rlx mp_read_acq
mp-wait mp 0 0 0 mp_write_rel mp_wait_acq
mp-relaxed-wait mp 1 0 0 mp_write_rel mp_wait_rlx
mp-wait-for-relaxed mp 1 0 0 mp_write_rlx mp_wait_acq
mp-volatile mp 1 0 0 mp_volatile_write mp_volatile_read
mp-volatile-fences mp 0 0 0 mp_volatile_write_fence mp_volatile_read_fence
mp-volatile-fence mp 1 0 0 mp_volatile_write_fence mp_volatile_read
lb lb 0 0 0 lb_0 lb_1
two-plus-two ww 1 0 0 ww_rlx_0 ww_rlx_1
two-plus-two-release ww 0 0 0 ww_rel_0 ww_rel_1
iriw iriw 1 0 0 iriw_x iriw_y iriw_xy_rlx iriw_yx_rlx
iriw-acquire iriw 0 0 0 iriw_x iriw_y iriw_xy_acq iriw_yx_acq
wrc wrc 1 0 0 iriw_x wrc_rlx mp_read_rlx
wrc-release-acquire wrc 0 0 0 iriw_x wrc_rel mp_read_acq
corr corr 0 0 0 corr_write corr_read
own own 0 0 0 own corr_read
interrupt mp 0 0 0 interrupt idle
'

# scenario NAME OUTCOME MEMORY OPERATION...
scenario() {
	name=$1 outcome=$2 memory=$3 cpu=0
	shift 3
	printf 'litmus %s\ndoc "%s"\narch arm64\nset memory=%s\nmap %s = anon rw\n' "$name" "$name" "$memory" "$outcome"
	for operation; do
		echo "cpu $cpu: $operation"
		cpu=$((cpu + 1))
	done
	echo "expect safe"
}

# reaches NAME OUTCOME MEMORY EXPECTED OPERATION...
reaches() {
	expected=$4 file="$1 $2 $3"
	first=$1 second=$2 third=$3
	shift 4
	scenario "$first" "$second" "$third" "$@" >"$work/$first.litmus"
	"$words" check --quiet --max-seconds 0 "$work/$first.litmus" >"$work/output" 2>&1
	case $? in
	0) reached=0 ;;
	1) reached=1 ;;
	*) reached=$(head -n 3 "$work/output") ;;
	esac
	[ "$reached" = "$expected" ] || echo "$file: $reached, expected $expected"
}

echo "$table" | while read -r name outcome weak tso sc operations; do
	[ -n "$name" ] || continue
	# shellcheck disable=SC2086 # several words
	{
		reaches "$name" "$outcome" weak "$weak" $operations
		reaches "$name" "$outcome" tso "$tso" $operations
		reaches "$name" "$outcome" sc "$sc" $operations
	} >"$work/$name.said"
	verdict "$name: weak $weak, tso $tso, one memory $sc" <"$work/$name.said"
done

finish
