#!/bin/sh
# Scenarios on the whole machine: states and transitions a CPU second, bytes logged a step, what traces cost beside it; and,
# beside SPIN's (bench/spin), the seconds to each seeded bug: the same mistakes as rules of the real library taken away.
# Bug 2, the flush before the clear, is no rule: the library cannot flush what it has not been told of.
set -u
: "${BUILD:=build}"
cd "$(dirname "$0")/.." || exit 2

# field NAME: the first number or text of that name in the JSON on standard input
field() {
	awk -F'[:,]' -v name="\"$1\"" '{ gsub(/[ \t]/, "") } $1 == name && !n++ { print $2 }'
}

# check OPTION...: one process, one exploration; leaves JSON in $BUILD/bench.json. With a rule off that the scenario does not
# need, `safe` alone is asked.
check() {
	"$BUILD/shootdown" check --quiet --jobs 1 --json - --without move-flush "$@" 2>/dev/null >"$BUILD/bench.json"
}

printf '%-36s %10s %11s %8s %9s %9s %9s | %10s %11s %9s\n' 'one architecture, all rules' states transitions 'CPU s' states/s \
	trans./s bytes/st. traces 'steps/trace' 'CPU s'
while read -r arch name; do
	check --arch "$arch" litmus/*/"$name.litmus"
	states=$(field states <"$BUILD/bench.json")
	transitions=$(field transitions <"$BUILD/bench.json")
	logged=$(field logged <"$BUILD/bench.json")
	seconds=$(field cpu_seconds <"$BUILD/bench.json")
	check --arch "$arch" --search traces --max-seconds 20 litmus/*/"$name.litmus"
	traces=$(field executions <"$BUILD/bench.json")
	steps=$(field steps <"$BUILD/bench.json")
	more=
	! grep -q '"stopped"' "$BUILD/bench.json" || more='>'
	awk -v name="$name, $arch" -v states="$states" -v transitions="$transitions" -v s="$seconds" -v logged="$logged" \
		-v traces="$traces" -v steps="$steps" -v more="$more" -v t="$(field cpu_seconds <"$BUILD/bench.json")" 'BEGIN {
		printf "%-36s %10d %11d %8.3f %9.0f %9.0f %9.0f | %10s %11.1f %9s\n", name, states, transitions, s,
			states / s, transitions / s, logged / transitions, more traces, steps / traces, more sprintf("%.3f", t) }'
done <<LIST
x86_64 munmap-page-free
x86_64 munmap-beside-neighbour
x86_64 munmap-vs-unmap_mapping_range
x86_64 fault-two
x86_64 cow-vs-truncate
x86_64 switch-vs-flush
x86_64 pending-raised-late
x86_64 munmap-table-free
arm64 cow-two
hostile exit-vs-unmap_mapping_range
LIST

# Seconds on the clock, as several processes are for that; a ratio of 2 would be all that two of them can do.
printf '\n%-36s %12s %12s %9s\n' 'one exploration, two processes' 's by one' 's by two' 'ratio'
while read -r arch name; do
	for jobs in 1 2; do
		"$BUILD/shootdown" check --quiet --jobs $jobs --max-seconds 0 --json - --without move-flush --arch "$arch" \
			litmus/*/"$name.litmus" 2>/dev/null >"$BUILD/bench.$jobs.json"
	done
	awk -v name="$name, $arch" -v one="$(field seconds <"$BUILD/bench.1.json")" -v two="$(field seconds <"$BUILD/bench.2.json")" \
		'BEGIN { printf "%-36s %12.2f %12.2f %9.2f\n", name, one, two, one / two }'
done <<LIST
x86_64 unmap-two-load-two
x86_64 map-again
LIST

printf '\n%-58s %8s   %s\n' "seeded bug, as a rule taken away" seconds found
while read -r arch rule name bug; do
	start=$(date +%s.%N)
	"$BUILD/shootdown" check --quiet --jobs 1 --json - --arch "$arch" --without "$rule" litmus/*/"$name.litmus" \
		2>/dev/null >"$BUILD/bench.json"
	end=$(date +%s.%N)
	awk -v bug="$bug ($rule, $arch)" -v s="$(echo "$end $start" | awk '{ print $1 - $2 }')" -v found="$(field property <"$BUILD/bench.json")" \
		'BEGIN { printf "%-58s %8.3f   %s\n", bug, s, found ? found : "nothing" }'
done <<LIST
x86_64 flush-wait flush-without-wait 1: no wait for the answers
x86_64 flush-before-free munmap-page-free 3: free before flush
arm64 fence-before-flush flush-without-fence 4: mask read before clear
x86_64 mm-enter-before-load switch-vs-flush 5: mask bit set after load
LIST
