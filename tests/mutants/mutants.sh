#!/bin/sh
# Wrong orders, kept as patches: each is applied to a copy of the tree, and the scenario it names must call it unsafe.
#
# A patch begins with what it breaks, then "kill: litmus/…/NAME.litmus ARCH", then the diff (patch -p1 at the tree's top).
# With names as arguments (free-before-flush …) only these.
cd "$(dirname "$0")/../.." || exit 2
: "${BUILD:=build}" "${CC:=cc}"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
passed=0 failed=0

# say NAME: $failure, if any, says why not
say() {
	if [ -z "$failure" ]; then
		passed=$((passed + 1))
		echo "ok     $1"
	else
		failed=$((failed + 1))
		echo "FAILED $1"
		echo "$failure" | sed 's/^/    /'
	fi
}

# Objects come along with their dates, so that only what a patch changes is compiled again.
for entry in *; do
	[ "$entry" = "$BUILD" ] || case $entry in build*) ;; *) cp -a "$entry" "$copy/" ;; esac
done
mkdir -p "$copy/build"
[ ! -d "$BUILD" ] || cp -a "$BUILD/." "$copy/build/"
make -s -C "$copy" BUILD=build CC="$CC" all >"$copy/log" 2>&1 || {
	cat "$copy/log"
	echo "0 passed, 1 failed"
	exit 1
}

# mutant PATCH: $failure says why it lives
mutant() {
	kill=$(sed -n 's/^kill: //p' "$1")
	scenario=${kill% *} arch=${kill##* }
	failure="it has no line \"kill: litmus/…/NAME.litmus ARCH\""
	[ -f "$scenario" ] || return
	failure=$(patch -s -p1 -d "$copy" <"$1" 2>&1) || return
	failure=$(make -s -C "$copy" BUILD=build CC="$CC" CFLAGS='-O2 -g -Wno-error' all 2>&1) || return
	failure="$scenario on $arch calls it safe"
	(cd "$copy" && build/shootdown check --quiet --arch "$arch" "$scenario") >"$copy/log" 2>&1
	# Of the expectations with all rules on; the others only show that a count has moved.
	if grep '^FAILED' "$copy/log" | grep -qv ', without'; then
		failure=
	fi
}

for patch in tests/mutants/*.patch; do
	name=${patch##*/}
	name=${name%.patch}
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	mutant "$patch"
	say "$name: $(head -n 1 "$patch")"
	# Back, with a new date.
	sed -n 's,^+++ b/,,p' "$patch" | while read -r file; do
		cp "$file" "$copy/$file"
	done
done

echo "$passed passed, $failed failed"
[ $failed = 0 ]
