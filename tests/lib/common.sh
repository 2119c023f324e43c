# What the library's tests that are scripts share. To be sourced, by the path of the test.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the tests set $failure
: "${BUILD:=build}" "${CC:=cc}"
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/../tree/common.sh"

# judge NAME: $failure, if any, says why not
judge() {
	printf '%s\n' "$failure" | sed '/./!d' | verdict "$1"
}
