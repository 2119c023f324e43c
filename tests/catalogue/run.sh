#!/bin/sh
# The machine agrees with herd: on the tests in this folder, and on herd's own catalogue where that is there.
# Of the catalogue's tests one is out of reach: F2.mod-MP-sync needs a load that is done after a later store of its own CPU.
set -u
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# agrees SUM DIR [ARGUMENT...]: the last line of script/catalogue begins with SUM
agrees() {
	sum=$1
	shift
	script/catalogue "$@" >"$log" 2>&1
	if tail -n 1 "$log" | grep -q "^$sum, [0-9]* states$"; then
		echo "ok     $*: $sum"
		passed=$((passed + 1))
	else
		echo "FAILED $*: expected $sum"
		sed 's/^/    /' "$log"
		failed=$((failed + 1))
	fi
}

agrees "23 agree, 0 too weak, 0 too strong, 0 not decided, 0 not translatable, 0 without a verdict" tests/catalogue
herd=../shared/catalogue/aarch64-vmsa
if [ -d $herd ]; then
	agrees "685 agree, 0 too weak, 1 too strong, 0 not decided, 0 not translatable, 6 without a verdict" $herd
	agrees "683 agree, 0 too weak, 1 too strong, 0 not decided, 0 not translatable, 8 without a verdict" $herd \
		--kinds $herd/kinds-ets2.txt --arch arm64_ets2
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
