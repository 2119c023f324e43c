#!/bin/sh
# Every scenario of tests/calls/ keeps what it expects, with the operations that this folder brings along.
set -u
: "${BUILD:=build}"
cd "$(dirname "$0")/../.." || exit 2

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$BUILD/tests/calls/shootdown" check --quiet --max-seconds 0 --jobs "$(nproc)" tests/calls/*.litmus >"$log" 2>&1
status=$?
grep -A 2 '^FAILED\|^OPEN' "$log"
sum=$(awk '/^[0-9,]+ expectations?, / { gsub(",", ""); print $3 " passed, " $1 - $3 " failed" }' "$log")
if [ -z "$sum" ]; then
	cat "$log"
	sum="0 passed, 1 failed"
fi
echo "$sum"
exit $status
