#!/bin/sh
# examples/smp runs: with interrupts and with broadcasts, plain and under the address and undefined-behaviour sanitizers.
# shellcheck source=tests/lib/smp-common.sh
. "$(dirname "$0")/smp-common.sh"

if build plain; then
	holds plain interrupts 1000
	holds plain broadcasts 1000
fi
if build address -fsanitize=address,undefined -fno-sanitize-recover=all; then
	holds address interrupts 500
	holds address broadcasts 500
fi

finish
