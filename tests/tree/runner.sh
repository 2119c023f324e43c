#!/bin/sh
# The runner counts what really happened: a crash, a hang, silence and a missing test are failures.
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

runner=$PWD/script/run-tests

# program NAME LINE...: a test that prints the lines, the last of which is run as a command
program() {
	{
		echo '#!/bin/sh'
		echo "cat <<'END'"
		echo "$2"
		echo END
		echo "$3"
	} >"$work/$1"
	chmod +x "$work/$1"
}

# counts TEXT WHAT PROGRAM...: the runner's last line is TEXT, and its status fits
counts() {
	sum=$1 what=$2
	shift 2
	status=0
	BUILD=$work/build TEST_TIMEOUT=${limit:-600} "$runner" "$@" >"$work/output" 2>&1 || status=1
	expected=1
	case $sum in *", 0 failed") expected=0 ;; esac
	if [ "$(tail -n 1 "$work/output")" != "$sum" ] || [ $status != $expected ]; then
		echo "expected \"$sum\" with status $expected, got status $status and:"
		cat "$work/output"
	fi | verdict "$what"
}

program good '3 passed, 0 failed' 'exit 0'
program bad '3 passed, 2 failed' 'exit 1'
program liar '3 passed, 2 failed' 'exit 0'
program crash '3 passed, 0 failed' 'kill -SEGV $$'
program silent 'all is well' 'exit 0'
program hang '1 passed, 0 failed' 'sleep 1000'
program groups '[  PASSED  ] 3 test(s).
[  PASSED  ] 4 test(s).' 'exit 0'
program group_fails '[  PASSED  ] 3 test(s).
[  FAILED  ] 1 test(s), listed below:' 'exit 1'

counts "3 passed, 0 failed" "a test that passes" "$work/good"
counts "6 passed, 2 failed" "the sum of two tests" "$work/good" "$work/bad"
counts "3 passed, 2 failed" "failures count although the status is 0" "$work/liar"
counts "3 passed, 1 failed" "a crash after the summary is a failure" "$work/crash"
counts "0 passed, 1 failed" "a test that counts nothing is a failure" "$work/silent"
limit=1
counts "1 passed, 1 failed" "a hang is a failure" "$work/hang"
limit=
counts "0 passed, 1 failed" "a missing test is a failure" "$work/missing"
counts "7 passed, 0 failed" "cmocka's groups are summed" "$work/groups"
counts "3 passed, 1 failed" "cmocka's failures are counted" "$work/group_fails"
counts "3 passed, 1 failed" "a build that failed is a failure" --broken "$work/good"
counts "0 passed, 1 failed" "no test at all is a failure"

# What is alone is begun when nothing else runs, wherever it stands; the others in their order.
for name in beside lonely; do
	program $name '1 passed, 0 failed' "echo $name \$(ls $work/running) >>$work/order; touch $work/running/\$\$; sleep 0.3; rm $work/running/\$\$"
done
mkdir "$work/running"
: >"$work/order"
JOBS=2 ALONE="$work/other $work/lonely" counts "5 passed, 0 failed" "one that is to run alone" "$work/beside" "$work/lonely" "$work/good"
head -n 2 "$work/order" | tr '\n' ';' | grep -vx 'lonely;beside;' | verdict "it runs first, and alone"
ALONE=$work/lonely counts "1 passed, 0 failed" "nothing but one that is to run alone" "$work/lonely"

BUILD=$work/build "$runner" "$work/bad" >"$work/output"
head -n 1 "$work/output" | grep -vxF "replay: BUILD=$work/build CC=${CC:-cc} $work/bad" |
	verdict "a failure prints first how to replay it"

# scenarios TEXT WHAT LINE COMMAND: what scenarios.sh makes of a checker that prints LINE and ends with COMMAND
scenarios() {
	program shootdown "$3" "$4"
	BUILD=$work tests/tree/scenarios.sh >"$work/output" 2>&1
	tail -n 1 "$work/output" | grep -vxF "$1" | verdict "$2"
}

scenarios "1002 passed, 0 failed" "all expectations held, thousands of them" "1,002 expectations, 1,002 held, 0 failed; 9 executions" 'exit 0'
scenarios "1 passed, 1 failed" "an expectation that failed" "2 expectations, 1 held, 1 failed; 9 executions" 'exit 1'
scenarios "0 passed, 1 failed" "a checker that refuses its input" "a.litmus:1:1: found x, expected y" 'exit 2'
scenarios "0 passed, 1 failed" "a checker that crashes" "2 expectations, 2 held, 0 failed; 9 executions" 'kill -ABRT $$'

finish
