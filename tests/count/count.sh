#!/bin/sh
# shootdown count: Linux 6.1's numbers are those of a real one, ours are never worse, the model counts the same, and what is wrong is said.
# shellcheck source=tests/cli/common.sh
. "$(dirname "$0")/../cli/common.sh"
cd "$top" || exit 2

# runs FILE: a line for each run in the JSON, "workload size policy field=value..."
runs() {
	tr -d ' \t\n' <"$1" | sed 's/.*"runs":\[//; s/\]}$//; s/},{/}\n{/g' | tr -d '{}"' | awk -F, '{
		for (i = 1; i <= NF; i++) {
			split($i, part, ":")
			value[part[1]] = part[2]
		}
		print value["workload"], value["size"], value["policy"], value["flushes"], value["full"], value["rounds"],
			value["ipis"], value["interrupted"], value["held"], value["named"], value["present"],
			value["commands"], value["waits"], value["emptied"], value["beyond"], value["invalidations"]
	}'
}

"$shootdown" count --json "$work/four.json" >"$work/out" 2>&1 || cat "$work/out"
runs "$work/four.json" >"$work/four"

# Measured: Debian's 6.1.192 in QEMU, four CPUs, one thread spinning on each of the other three, tracepoint tlb_flush.
while read -r workload size flushes full; do
	read -r found all ipis <<END
$(awk -v w="$workload" -v s="$size" '$1 == w && $2 == s && $3 == "linux-6.1" { print $4, $5, $7 }' "$work/four")
END
	[ "$found" = "$flushes" ] || echo "$workload $size: $found flushes, a real Linux has $flushes"
	[ "$full" = - ] || [ "$all" = "$full" ] || echo "$workload $size: $all of everything, a real Linux has $full"
	[ "$ipis" = $((flushes * 3)) ] || echo "$workload $size: $ipis interrupts for $flushes flushes of three other CPUs"
done <<END | verdict "what linux-6.1 counts is what a real one did"
S1 1 1 0
S2 1 1 0
S2 8 1 0
S2 33 1 0
S2 34 1 1
S2 512 1 1
S2 9698 2 -
S2 262144 28 -
S3 32768 4 -
S4 262144 514 -
S5 64 1 1
S6 64 64 0
END

# What is not from that machine: each loaded address space by everything, once, and its own page at once; nobody else is in a mask.
awk '$1 == "S9" && $3 == "linux-6.1" && ($4 != 2 || $5 != 1 || $7 != 3 || $10 != 1) { print } $1 == "S9" { n++ } END { if (n != 2) print n " S9" }' \
	"$work/four" | verdict "a batch of reclaim is what arch_tlbbatch_flush() does"

# The sizes of a gather: full with the last page that has room.
{
	awk '$1 == "S2" && $2 == 262144 && $9 != ($3 == "ours" ? 10189 : 9698) { print $3 " holds " $9 " pages" }' "$work/four"
	awk '$1 == "S4" && $3 == "linux-6.1" && $9 > 513 { print "linux-6.1 holds " $9 " dirty pages of a file, a table of them at most" }' "$work/four"
} | verdict "gathers are full where they are said to be"

# A device: as many waits as flushes, a command for each range of one, and none where nobody is flushed.
"$shootdown" count --devices 1 --policy ours --json "$work/device.json" >"$work/out" 2>&1 || cat "$work/out"
tr -d ' \t\n' <"$work/device.json" | sed 's/.*"runs":\[//; s/\]}$//; s/},{/}\n{/g' | tr -d '{}"' | awk -F, '{
	for (i = 1; i <= NF; i++) {
		split($i, part, ":")
		value[part[1]] = part[2]
	}
	# A wave of reclaim is one flush of 32 address spaces, with a device each; S7 is a flush a page.
	ranges = value["workload"] == "S6" || value["workload"] == "S5" ? 64 : value["workload"] == "S9" ? 32 : 1
	if (value["workload"] == "S11")
		ranges = value["size"]
	# S8: no CPU need be told of the end, and the device is.
	syncs = value["workload"] == "S9" ? 32 : value["workload"] == "S8" ? 1 : value["flushes"]
	if (value["waits"] != syncs)
		print value["workload"], value["size"] ": " value["waits"] " waits for " value["flushes"] " flushes"
	if (value["invalidations"] != syncs)
		print value["workload"], value["size"] ": " value["invalidations"] " invalidations for " value["flushes"] " flushes"
	if (value["commands"] < syncs || value["commands"] > syncs * ranges)
		print value["workload"], value["size"] ": " value["commands"] " commands for " value["flushes"] " flushes"
	n++
} END { if (n != 24) print n " runs" }' | verdict "a device is told what CPUs are, an invalidation and a wait a flush, and a command a range"

# Worked out by hand, for ours with a device. A flush of more than 64 pages or ranges is of everything. By interrupts each flush is a round, which
# each of the three other CPUs answers. Held: pages, and the tables that go with them.
#	S1	one page.
#	S2	34: a range. 512: they begin in the middle of a table, which stays for the pages in use; the second one goes. 262,144: a gather has
#		room for 9 + 20 x 509 pages, so 25 of them are full, and one is not.
#	S3	3 full gathers, and one that is not.
#	S4	a run of a file's pages, as long as a table, is two slots, so all 513 are in one gather, and freed behind the last flush, with 513 tables. A flush of
#		everything before the mapping leaves the file, whose reverse map waits for it; and one for the tables, by range.
#	S5	a page in each of 64 tables, of which the first one stays; a command for each range.
#	S6	64 ranges in one flush, and no table goes.
#	S7	16 pages of each of 4 CPUs, one by one.
#	S8	512 pages and the 64 in use, two tables of the last level and one of each of the two above; nobody else is asked, and the device once.
#	S9	one wave for 32 address spaces; reclaim has no gather, and each device is told by itself.
# On arm64 nobody is interrupted, so nobody answers, and a round is a wait for broadcasts: S9 has one for all of its address spaces.
runs "$work/device.json" >"$work/device"
"$shootdown" count --arch arm64 --devices 1 --policy ours --json - S1 S5 S7 S9 | runs /dev/stdin | sed 's/^/arm64_/' >>"$work/device"
while read -r workload size flushes full rounds interrupted held commands waits invalidations; do
	counted=$(awk -v w="$workload" -v s="$size" '$1 == w && $2 == s { print $4, $5, $6, $8, $9, $12, $13, $16 }' "$work/device")
	[ "$counted" = "$flushes $full $rounds $interrupted $held $commands $waits $invalidations" ] ||
		echo "$workload $size: $counted, worked out $flushes $full $rounds $interrupted $held $commands $waits $invalidations"
done <<END | verdict "flushes, full, rounds, interrupted, held, commands, waits and invalidations are what can be worked out"
S1 1 1 0 1 3 1 1 1 1
S2 34 1 0 1 3 34 1 1 1
S2 512 1 1 1 3 513 1 1 1
S2 262144 26 26 26 78 10189 26 26 26
S3 32768 4 4 4 12 10189 4 4 4
S4 262144 2 1 2 6 262657 2 2 2
S5 64 1 0 1 3 127 64 1 1
S6 64 1 0 1 3 64 64 1 1
S7 16 64 0 64 192 1 64 64 64
S8 512 0 0 0 0 580 1 1 1
S9 32 1 0 1 3 0 32 32 32
arm64_S1 1 1 0 1 0 1 1 1 1
arm64_S5 64 1 0 1 0 127 64 1 1
arm64_S7 16 64 0 64 0 1 64 64 64
arm64_S9 32 32 0 1 0 0 32 32 32
END

# Ours has a ceiling of its own on x86-64: what that alone saves, and what it does not. Worked out by hand: a CPU has 64 pages in use beside what goes.
for ceiling in 33 64; do
	"$shootdown" count --ceiling $ceiling --json "$work/ceiling-$ceiling.json"
	runs "$work/ceiling-$ceiling.json" | sed "s/^/$ceiling /" >"$work/ceiling-$ceiling"
done
while read -r ceiling workload size policy counted; do
	found=$(awk -v w="$workload" -v s="$size" -v p="$policy" '$2 == w && $3 == s && $4 == p { print $6, $11, $12 }' \
		"$work/ceiling-$ceiling")
	[ "$found" = "$counted" ] || echo "$workload $size, $policy, ceiling $ceiling: $found, worked out $counted"
done <<END | verdict "the ceiling alone saves nothing on S5, and all on S2"
33 S2 34 linux-6.1 1 0 392
33 S2 34 ours 1 0 392
33 S5 64 linux-6.1 1 0 512
33 S5 64 ours 1 0 512
33 S6 64 linux-6.1 0 256 256
33 S6 64 ours 1 0 512
64 S2 34 linux-6.1 0 136 136
64 S2 34 ours 0 136 136
64 S5 64 linux-6.1 1 0 512
64 S5 64 ours 0 256 256
64 S6 64 linux-6.1 0 256 256
64 S6 64 ours 0 256 256
END
{
	# Of each run: linux-6.1 has the row's.
	grep -o '"ceiling":[^,]*' "$work/four.json" | sort | uniq -c | tr -s ' \t' ' ' >"$work/ceilings"
	printf ' 24 "ceiling": 33\n 24 "ceiling": 64\n' | diff - "$work/ceilings"
	"$shootdown" count S1 | grep -q "a flush of more than 33 pages, with ours 64$" || echo "S1: no word on ceilings"
	"$shootdown" count --arch riscv S1 | grep -q "a flush of more than 64 pages$" || echo "riscv: no word on the ceiling"
	"$shootdown" count --ceiling 7 --policy ours S1 | grep -q "a flush of more than 7 pages$" || echo "--ceiling 7 is not said"
} 2>&1 | verdict "it is said with what ceiling was counted"

# Who was away: of four CPUs one flushes and three come back, two from another address space and one that was idle. The first names each page. A CPU that
# comes back names what it has missed, if the ring of four still has it: of one flush of several ranges the hull, which ends with the last of them, every
# second page. Else, and by Linux 6.1 always, it loses everything: the pages, and the 64 that it has in use. S11 is a flush a range by Linux 6.1.
while read -r workload size policy flushes ipis named emptied present beyond; do
	found=$(awk -v w="$workload" -v s="$size" -v p="$policy" '$1 == w && $2 == s && $3 == p { print $4, $5, $6, $7, $10, $14, $11, $15 }' \
		"$work/four")
	[ "$found" = "$flushes 0 0 $ipis $named $emptied $present $beyond" ] ||
		echo "$workload $size, $policy: $found, worked out $flushes 0 0 $ipis $named $emptied $present $beyond"
done <<END | verdict "who comes back replays what it has missed, as far as the ring goes"
S10 1 linux-6.1 1 0 1 3 196 192
S10 1 ours 1 0 4 0 4 0
S10 2 linux-6.1 2 0 2 3 200 192
S10 2 ours 2 0 8 0 8 0
S10 4 linux-6.1 4 0 4 3 208 192
S10 4 ours 4 0 16 0 16 0
S10 5 linux-6.1 5 0 5 3 212 192
S10 5 ours 5 0 5 3 212 192
S10 8 linux-6.1 8 0 8 3 224 192
S10 8 ours 8 0 8 3 224 192
S11 2 linux-6.1 2 0 2 3 206 198
S11 2 ours 1 0 11 0 11 3
S11 8 linux-6.1 8 0 8 3 248 216
S11 8 ours 1 0 53 0 53 21
S11 32 linux-6.1 32 0 32 3 416 288
S11 32 ours 1 0 221 0 221 93
S11 33 linux-6.1 33 0 33 3 423 291
S11 33 ours 1 0 33 3 423 291
END
{
	# By interrupts, where Linux 6.1 has no generations; nobody catches up where broadcasts reach all.
	"$shootdown" count --arch riscv_tlbgen --json - S10 | runs /dev/stdin |
		awk '$7 != ($3 == "ours" ? 0 : 3 * $2) || $14 != ($3 == "ours" && $2 > 4 ? 3 : 0) { print "riscv_tlbgen: " $0 }'
	"$shootdown" count --arch arm64 --json - S10 | runs /dev/stdin | awk '$10 != 4 * $2 || $14 || $15 { print "arm64: " $0 }'
	# Without ids a root that is loaded drops everything: two CPUs go and come back, and by Linux 6.1 the one that was idle drops it as well.
	"$shootdown" count --arch x86_64_nopcid --json - S10 | runs /dev/stdin |
		awk '$14 != ($3 == "ours" && $2 <= 4 ? 4 : 5) { print "x86_64_nopcid: " $0 }'
	awk '$3 == "ours" && $1 ~ /^S[125679]$/ && !$5 && $15 { print $1, $2 ": an entry that nobody changed went: " $0 }' "$work/four"
	awk '$1 == "S5" && $3 == "linux-6.1" && $15 != 256 { print "S5: not what each CPU has in use: " $0 }' "$work/four"
} | verdict "what goes beyond what was changed is counted"

# better FILE: where ours has more of something than linux-6.1
better() {
	awk '$3 == "linux-6.1" { split($0, linux) }
	$3 == "ours" {
		if ($1 != linux[1] || $2 != linux[2])
			print "not side by side: " $0
		if ($4 > linux[4] || $6 > linux[6] || $7 > linux[7] || $8 > linux[8])
			print $1, $2 ": more than linux-6.1: " $0
		compared++
	}
	END { if (compared < 24) print compared + 0 " workloads compared" }' "$1"
}
{
	better "$work/four"
	for ceiling in 33 64; do
		sed 's/^[0-9]* //' "$work/ceiling-$ceiling" >"$work/some"
		better "$work/some"
	done
	# Fewer of something that a flush is, not only as many.
	awk '$3 == "linux-6.1" { split($0, linux) }
	$3 == "ours" && $1 ~ /^S[45689]$/ {
		if ($4 >= linux[4] && $5 >= linux[5] && $7 >= linux[7] && $8 >= linux[8])
			print $1 ": no fewer flushes, flushes of everything or interrupts than linux-6.1"
		fewer++
	}
	END { if (fewer != 5) print fewer + 0 " of S4, S5, S6, S8 and S9" }' "$work/four"
	for threads in 1 2 64; do
		"$shootdown" count --threads $threads --json - | runs /dev/stdin >"$work/some"
		better "$work/some"
	done
	for row in arm64 riscv s390 s390_attach powerpc sparc64 mips hostile; do
		"$shootdown" count --arch $row --json - | runs /dev/stdin >"$work/some"
		better "$work/some"
		awk -v row=$row '$1 == "S6" && $3 == "ours" && $4 > 1 { print row ", S6: " $4 " flushes for one call" }' "$work/some"
	done
	for row in arm64 arm64_rollover; do
		"$shootdown" count --arch $row --threads 16 --json - 2>&1 | runs /dev/stdin >"$work/$row"
	done
	better "$work/arm64_rollover"
	diff "$work/arm64" "$work/arm64_rollover" | sed 's/^/16 CPUs, ids given out: /'
	"$shootdown" count --arch riscv_tlbgen --json - S8 | runs /dev/stdin |
		awk '$7 != ($3 == "ours" ? 0 : 3) { print "S8: who is idle is asked without generations alone: " $0 }'
	"$shootdown" count --arch s390_attach --threads 1 --json - S3 | runs /dev/stdin |
		awk '$3 == "ours" && ($4 != 1 || $10) { print "S3: nobody else has it attached: " $0 }'
	awk '$1 == "S6" && $3 == "ours" && $4 != 1 { print "S6: " $4 " flushes for one call" }' "$work/four"
	awk '$1 ~ /^S[56]$/ && $3 == "ours" && $5 { print $1 ": " $5 " of everything" }' "$work/four"
	awk '$1 == "S8" && $3 == "ours" && ($4 || $7) { print "S8: somebody is asked: " $0 }' "$work/four"
	awk '$1 == "S9" && $3 == "ours" && ($4 != 1 || $5 || $11 != 4) { print "S9: more than a wave that names a page a CPU: " $0 }' "$work/four"
} | verdict "ours never has more flushes, rounds or interrupts than linux-6.1"

{
	"$shootdown" count --json "$work/again.json"
	cmp "$work/four.json" "$work/again.json"
	"$shootdown" count >"$work/text"
	grep -q "^S2 *262,144  linux-6.1  *28 " "$work/text" || echo "no table"
	grep -q "ratio" "$work/text" || echo "no ratio"
	"$shootdown" count S6 --policy ours >"$work/text"
	! grep -qE "linux|ratio|S5" "$work/text" || echo "more than was asked for"
} 2>&1 | verdict "the numbers are the same each time, and one can be asked for"

# agrees WORKLOAD SIZE [ROW]: the same on the model, for the statements on standard input
agrees() {
	read -r flushes ipis <<END
$("$shootdown" count "$1" --pages "$2" --policy ours --json - | runs /dev/stdin | awk '{ print $4, $7 }')
END
	{
		echo "litmus agree"
		echo 'doc    "what is counted"'
		echo "arch   ${3:-x86_64}"
		echo "cpus   4"
		cat
		echo "expect flushes = $flushes"
		echo "expect ipis = $ipis"
	} >"$work/agree.litmus"
	[ -n "$ipis" ] || echo "$1 $2: nothing was counted"
	"$shootdown" check "$work/agree.litmus" >"$work/out" 2>&1 || { echo "$1 $2:" && cat "$work/out"; }
}

# with PROGRAM STATEMENTS: of one program, whose CPUs 1 to 3 have run in the address space before
with() {
	echo "gather bundle=8"
	echo "set    ceiling=33"
	printf '%b' "$2"
	for cpu in 0 1 2 3; do
		echo "before cpu $cpu: load A"
	done
	echo "cpu 0: $1"
}
{
	with 'madvise A.0 dontneed' 'map A = anon pages=2 rw\npresent A rw dirty\n' | agrees S1 1
	with 'munmap A.0' 'map A = anon pages=2 rw\npresent A rw dirty\n' | agrees S2 1
	with 'munmap B' 'map A = anon rw at 0x0\nmap B = anon pages=4 rw at 0x1000\npresent A rw dirty\npresent B rw dirty\n' | agrees S2 4
	with 'process_madvise A.0 A.2 B C dontneed' 'map A = anon pages=3 rw at 0x0\nmap B = anon rw at 0x4000\nmap C = anon rw at 0x6000\npresent A.0 rw dirty\npresent A.2 rw dirty\npresent B rw dirty\npresent C rw dirty\n' | agrees S6 4
	with 'exit' 'map A = anon rw\npresent A rw dirty\n' | agrees S8 1 x86_64_tlbgen
	agrees S9 2 <<END
mm m
mm n
map A = anon rw in m
map B = anon rw in n
present A
present B
before cpu 1 in n: load B
cpu 0 in m: load A; reclaim A; reclaim B
END
	agrees S10 1 x86_64_tlbgen <<END
mm m
mm n
map A = anon rw in m
map N = anon rw in m near A
map B = anon rw in n
present A rw dirty
present N
present B
before cpu 1 in m: load A
before cpu 1 in n: load B
before cpu 2 in m: load A
before cpu 3 in m: load A
before cpu 3 in n: load B
before cpu 0 in m: load A
cpu 0 in m: madvise A dontneed
END
} | verdict "the model counts the same flushes and interrupts"

{
	gives 2 "found 'S0', expected a workload" "$shootdown" count S0
	gives 2 "found 'linux', expected linux-6.1 or ours (did you mean linux-6.1?" "$shootdown" count --policy linux
	gives 2 "--threads: found '65', expected a number from 1 to 64" "$shootdown" count --threads 65
	gives 2 "--pages: found '0', expected a number from 1 to 262144" "$shootdown" count --pages 0
	gives 2 "--pages: found '600', expected a number from 1 to 512 for S5" "$shootdown" count --pages 600 S5
	gives 2 "--ceiling: found '0', expected a number from 1 to 262144" "$shootdown" count --ceiling 0
	gives 2 "found several, expected one architecture" "$shootdown" count --arch arm64,riscv
	gives 2 "found several, expected one architecture" "$shootdown" count --arch all
	gives 2 "expected an architecture" "$shootdown" count --arch vax
	gives 2 "--threads is given twice" "$shootdown" count --threads 2 --threads 3
	gives 2 "No such file or directory" "$shootdown" count S1 --json "$work/none/x"
} | verdict "bad input is refused, and said why"

finish
