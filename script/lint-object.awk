# Reads objdump -d --no-show-raw-insn, and prints each instruction that the checker would not see.
#
# The instruction sets are told apart by the second line. A hint to spin gently (pause, yield) is left alone: the machine needs
# none, and it does nothing else.

function found(why) {
	printf "%s: %s+0x%x: %s: %s\n", object, name, number(at) - start, text, why
}

# awk has no hexadecimal numbers
function number(hex,    i, value) {
	value = 0
	for (i = 1; i <= length(hex); i++)
		value = value * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return value
}

function x86(    op, operands) {
	op = part[1]
	operands = text
	sub(/^[^ \t]*[ \t]*/, "", operands)
	if (text ~ /(^|[ \t])lock[ \t]/ || op ~ /^(cmpxchg|xadd)/ && operands ~ /\(|%[fg]s:/)
		found("an atomic access that no builtin made")
	else if (op ~ /^xchg/ && operands ~ /\(|:|(^|,)(0x)?[0-9a-f]+(,|$)/)
		found("an atomic access that no builtin made")
	else if (op ~ /^(in|out|ins|outs)[bwl]?$/ || text ~ /^rep[a-z]* (ins|outs)/)
		found("a device is none of the machine's")
	else if (op ~ /^mov/ && operands ~ /%(cr|dr|db)[0-9]/)
		found("a control register: use machine.h")
	else if (op ~ /^(wrmsr|rdmsr|invlpg|invlpga|invlpgb|tlbsync|invpcid|hlt|cli|sti|l[gil]dt|ltr|lmsw|clts|swapgs|iret[qlw]?|sysret[ql]?|sysexit|syscall|sysenter|vmcall|vmmcall|wbinvd|invd|xsetbv|mwait|monitor|pushf[qlw]?|popf[qlw]?)$/)
		found("it commands the hardware: use machine.h")
	else if (op ~ /^([mls]fence|clflush|clflushopt|clwb|serialize)$/)
		found("a fence that no builtin made")
	else if (op ~ /^(rdtsc|rdtscp|rdrand|rdseed|rdpmc|cpuid|rdfsbase|rdgsbase)/)
		found("another value each time: an execution could not be made again")
	else if (operands ~ /%[fg]s:/)
		found("a segment of the host's: variables of a thread or a CPU")
	else if (op ~ /^movnt/)
		found("a store past the cache")
}

function aarch64(    op) {
	op = part[1]
	if (op ~ /^(ld|st)(x|ax|lx)[rp][bh]?$/ || op ~ /^(swp|cas)p?[al]*[bh]?$/ ||
	    op ~ /^(ld|st)(add|clr|eor|set|smax|smin|umax|umin)[al]*[bh]?$/)
		found("an atomic access that no builtin made")
	else if (op ~ /^stl(r|ur)[bh]?$/)
		found("a release store that no builtin made")
	else if (op ~ /^(tlbi|msr|mrs|at|ic|dc|sys|sysl|hvc|smc|svc|eret|wfi|wfe|sev|sevl|wfit|wfet)$/)
		found("it commands the hardware: use machine.h")
	else if (op ~ /^(dsb|dmb|isb|sb|ssbb|pssbb)$/)
		found("a fence that no builtin made")
}

/file format/ { is_x86 = /x86-64/; is_aarch64 = /aarch64/ }
/^[0-9a-f]+ <.*>:$/ {
	start = number($1)
	name = $2
	gsub(/^<|>:$/, "", name)
}
/^[ \t]*[0-9a-f]+:[ \t]/ {
	at = $1
	sub(/:$/, "", at)
	text = $0
	sub(/^[ \t]*[0-9a-f]+:[ \t]*/, "", text)
	sub(/[ \t]*(# |\/\/|<).*/, "", text)
	gsub(/[ \t]+/, " ", text)
	sub(/^(rex[.A-Z]*|data16|cs|ds|notrack|bnd) /, "", text)
	split(text, part, " ")
	if (is_x86)
		x86()
	else if (is_aarch64)
		aarch64()
}
