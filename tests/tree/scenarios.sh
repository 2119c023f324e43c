#!/bin/sh
# Every shipped scenario keeps what it expects: safe with all rules, broken without the rule that it names.
# A run that was cut short (--max-seconds) held nothing, so it fails as well.
set -u
: "${BUILD:=build}"
cd "$(dirname "$0")/../.." || exit 2

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$BUILD/shootdown" check --quiet --jobs "$(nproc)" litmus/*/*.litmus >"$log" 2>&1
status=$?
grep -A 2 '^FAILED' "$log"
sum=$(awk '/^[0-9,]+ expectations?, / { gsub(",", ""); print $3 " passed, " $5 " failed" }' "$log")
if [ $status -gt 1 ] || [ -z "$sum" ]; then
	tail -n 20 "$log"
	echo "the checker ended with status $status"
	sum="0 passed, 1 failed"
fi
echo "$sum"
exit $status
