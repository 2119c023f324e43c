#!/bin/sh
# Scenarios on the whole machine: executions and steps a second, the space with and without reduction, and, beside SPIN's
# (bench/spin), the seconds to each seeded bug: the same mistakes as rules of the real library taken away.
set -u
: "${BUILD:=build}"
cd "$(dirname "$0")/.." || exit 2

# result FIELD: the number of that name in the first result of the JSON on standard input
result() {
	tr -d ' \t' | awk -F'[:,]' -v field="\"$1\"" '$1 == field && ++n == nth { print $2 }' nth="${2:-1}"
}

check() {
	"$BUILD/shootdown" check --quiet --jobs 1 --arch x86_64 --json - "$@" 2>/dev/null
}

printf '%-32s %10s %9s %8s %8s %8s   %s\n' 'x86_64, all rules' executions steps seconds 'exec./s' 'steps/s' 'without reduction'
for name in munmap-page-free munmap-beside-neighbour munmap-vs-unmap_mapping_range; do
	# With a rule off that the scenario does not need, `safe` alone is asked: one exploration.
	check --without move-flush "litmus/$name.litmus" >"$BUILD/bench.json"
	executions=$(result executions <"$BUILD/bench.json")
	seconds=$(result seconds 2 <"$BUILD/bench.json")
	check --without move-flush --no-reduction --max-seconds 10 "litmus/$name.litmus" >"$BUILD/bench-all.json"
	all=$(result executions <"$BUILD/bench-all.json")
	grep -q '"stopped' "$BUILD/bench-all.json" && all="more than $all (10 s)"
	awk -v name="$name" -v n="$executions" -v s="$seconds" -v all="$all" -v steps="$(result steps <"$BUILD/bench.json")" \
		'BEGIN { printf "%-32s %10d %9d %8.3f %8.0f %8.0f   %s\n", name, n, steps, s, n / s, steps / s, all }'
done

printf '\n%-52s %8s   %s\n' "seeded bug, as a rule taken away" seconds found
while read -r rule name bug; do
	start=$(date +%s.%N)
	check --without "$rule" "litmus/$name.litmus" >"$BUILD/bench.json"
	end=$(date +%s.%N)
	awk -v bug="$bug ($rule)" -v s="$(echo "$end $start" | awk '{ print $1 - $2 }')" -v found="$(result property <"$BUILD/bench.json")" \
		'BEGIN { printf "%-52s %8.3f   %s\n", bug, s, found ? found : "nothing" }'
done <<LIST
flush-wait flush-without-wait 1: no wait for the answers
flush-before-free munmap-page-free 3: free before flush
fence-before-flush flush-without-fence 4: mask read before clear
mm-enter-before-load switch-vs-flush 5: mask bit set after load
LIST
