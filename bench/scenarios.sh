#!/bin/sh
# Scenarios on the whole machine: executions and steps a second, the space with and without reduction, and, beside SPIN's
# (bench/spin), the seconds to each seeded bug: the same mistakes as rules of the real library taken away. Bug 2, the flush
# before the clear, is no rule: the library cannot flush what it has not been told of.
set -u
: "${BUILD:=build}"
cd "$(dirname "$0")/.." || exit 2

# result FIELD: the number of that name in the first result of the JSON on standard input
result() {
	tr -d ' \t' | awk -F'[:,]' -v field="\"$1\"" '$1 == field && ++n == nth { print $2 }' nth="${2:-1}"
}

check() {
	"$BUILD/shootdown" check --quiet --jobs 1 --json - --arch "$@" 2>/dev/null
}

printf '%-32s %10s %9s %8s %8s %8s   %s\n' 'x86_64, all rules' executions steps seconds 'exec./s' 'steps/s' 'without reduction'
for name in munmap-page-free munmap-beside-neighbour munmap-vs-unmap_mapping_range; do
	# With a rule off that the scenario does not need, `safe` alone is asked: one exploration.
	check x86_64 --without move-flush litmus/*/"$name.litmus" >"$BUILD/bench.json"
	executions=$(result executions <"$BUILD/bench.json")
	seconds=$(result seconds 2 <"$BUILD/bench.json")
	check x86_64 --without move-flush --no-reduction --max-seconds 10 litmus/*/"$name.litmus" >"$BUILD/bench-all.json"
	all=$(result executions <"$BUILD/bench-all.json")
	grep -q '"stopped' "$BUILD/bench-all.json" && all="more than $all (10 s)"
	awk -v name="$name" -v n="$executions" -v s="$seconds" -v all="$all" -v steps="$(result steps <"$BUILD/bench.json")" \
		'BEGIN { printf "%-32s %10d %9d %8.3f %8.0f %8.0f   %s\n", name, n, steps, s, n / s, steps / s, all }'
done

printf '\n%-58s %8s   %s\n' "seeded bug, as a rule taken away" seconds found
while read -r arch rule name bug; do
	start=$(date +%s.%N)
	check "$arch" --without "$rule" litmus/*/"$name.litmus" >"$BUILD/bench.json"
	end=$(date +%s.%N)
	awk -v bug="$bug ($rule, $arch)" -v s="$(echo "$end $start" | awk '{ print $1 - $2 }')" -v found="$(result property <"$BUILD/bench.json")" \
		'BEGIN { printf "%-58s %8.3f   %s\n", bug, s, found ? found : "nothing" }'
done <<LIST
x86_64 flush-wait flush-without-wait 1: no wait for the answers
x86_64 flush-before-free munmap-page-free 3: free before flush
arm64 fence-before-flush flush-without-fence 4: mask read before clear
x86_64 mm-enter-before-load switch-vs-flush 5: mask bit set after load
LIST
