# examples/smp, built in several ways: what its tests share. To be sourced, by the path of the test.
# shellcheck shell=sh
# shellcheck source=tests/lib/common.sh
. "$(dirname "$0")/common.sh"
out=$BUILD/tests/smp
mkdir -p "$out"

library=lib
flags="-std=c11 -D_GNU_SOURCE -O2 -g -pthread -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -I. -Iinclude"
# GCC warns that ThreadSanitizer does not follow fences; nothing here depends on its following them.
fences=-Wno-tsan
case $($CC --version) in *clang*) fences= ;; esac

# build NAME FLAG...: the example, or a failure
build() {
	name=$1
	shift
	# shellcheck disable=SC2086 # a list of flags
	failure=$($CC $flags "$@" '-DSHOOTDOWN_HOST_HEADER="examples/smp/host.h"' -o "$out/$name" "$library"/*/*.c examples/smp/*.c 2>&1)
	[ -z "$failure" ] || judge "$name: builds"
	[ -z "$failure" ]
}

# run NAME WAY ROUNDS
run() {
	TSAN_OPTIONS="halt_on_error=1 suppressions=tests/lib/smp.tsan" timeout 120 "$out/$1" "$2" "$3" 2>&1
}

# holds NAME WAY ROUNDS
holds() {
	failure=
	run "$@" >"$out/$1.log" || failure=$(head -n 20 "$out/$1.log")
	judge "$1, $2: no page is used after it was freed"
}

# breaks NAME WAY ROUNDS: ends early, as soon as it has seen that something is wrong
breaks() {
	failure=
	! run "$@" >"$out/$1.log" || failure="nothing was seen"
	judge "$1, $2: is seen to be wrong"
}
