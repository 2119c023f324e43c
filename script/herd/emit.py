# SPDX-License-Identifier: MIT
"""A herd test as a raw scenario.

Each instruction becomes the operations that say the same, in its place. Registers of P1 are called p1x0, the flag Z p1z; labels
P1-L0. A register that flow.py knows the value of is that value; which others are needed is found backwards, so that no
`let` is left over that nothing reads.
"""
import re
from collections import namedtuple

from decode import Access, Address, Branch, Compute, End, Fence, Invalidate, Nothing, Pick, Return
from flow import BITS, Flow, get, the_value
from syntax import Entry, Untranslatable

WORDS = {"valid": "valid", "el0": "user", "db": "dirty", "af": "young", "dbm": "writable"}
DIRT = {(1, 0): "rw fixed", (1, 1): "rw dirty", (0, 1): "rw clean", (0, 0): "ro"}
FAULTS = {"translation": "translation", "accessflag": "access", "permission": "permission"}

# One operation of the scenario: its text, and the registers that it reads and writes.
Line = namedtuple("Line", "text reads writes")


def entry_text(entry):
    words = [] if entry.valid else ["invalid"]
    words.append(DIRT[entry.db, entry.dbm])
    words += [] if entry.af else ["old"]
    words += [] if entry.el0 else ["kernel"]
    return " ".join(words) + " to " + entry.oa


class Program:
    """One thread as lines."""

    def __init__(self, scenario, thread, wanted):
        self.scenario, self.thread, self.wanted = scenario, thread, wanted
        self.flow = scenario.flow
        self.live_in = [set() for _ in thread.code]
        self.find_live()

    # ---- operands ----

    def name(self, reg):
        return "p%d%s" % (self.thread.number, reg if isinstance(reg, str) else "x%d" % reg)

    def operand(self, state, operand, reads):
        """A number, an entry or the name of a register, which is then read."""
        value = the_value(get(state, operand))
        if value is not None:
            return self.scenario.constant(value)
        reads.add(operand)
        return self.name(operand)

    def after(self, state, operands, reads):
        """What an address depends on."""
        regs = [reg for reg in operands if not isinstance(reg, tuple) and reg != "zr" and get(state, reg)[1]]
        reads.update(regs)
        return " after " + ", ".join(self.name(reg) for reg in dict.fromkeys(regs)) if regs else ""

    # ---- instructions ----

    def access(self, index, state):
        op, reads = self.thread.code[index], set()
        kind, variable, offset = (self.flow.place(self.thread, index, state) + (0,))[:3]
        text = variable + ("+%d" % offset if offset else "")
        entry = kind == "pte"
        if op.how == "load":
            text = ("entry " if entry else "load ") + text
        else:
            text = ("entry " if entry else "store ") + text + self.stored(op, state, entry, reads)
        into = self.name(op.into) if op.into != "zr" else None
        if op.how in ("conditional", "modify") and into is None and op.operator in (None, "swap"):
            into = self.name("zr")
        if into is None and op.how == "load":
            into = self.name("zr")
        text += " -> " + into if into else ""
        for flag, word in ((op.exclusive, "exclusive"), (op.acquire, "acquire"), (op.pc, "acquire-pc"), (op.release, "release")):
            text += " " + word if flag else ""
        text += self.after(state, (op.base, op.index), reads)
        return [Line(text, reads, {op.into} - {"zr"})]

    def stored(self, op, state, entry, reads):
        """What stands behind the place of a store."""
        if op.how == "modify" and op.operator != "swap":
            if entry:
                return self.changed_bits(op.operator, the_value(get(state, op.value)))
            return " %s %s" % (op.operator, self.operand(state, op.value, reads))
        text = " = " + self.operand(state, op.value, reads)
        if op.how == "compare":
            text += " if = " + self.operand(state, op.expected, reads)
        if entry:
            text = text.replace("= entry ", "= ").replace(" = 0", " = none")
        return text

    def changed_bits(self, operator, mask):
        changes = self.bit_changes(operator, mask)
        if not changes:
            raise Untranslatable("an atomic change of an entry that changes nothing")
        return "".join(" %s %s" % change for change in changes)

    def bit_changes(self, operator, mask):
        """[("set", "young dirty"), ("clear", ...)] for `or` and `clear` with a mask."""
        if operator not in ("or", "clear") or not isinstance(mask, int) or mask & ~sum(1 << bit for bit in BITS):
            raise Untranslatable("a change of an entry's bits that is none of ours")
        groups = {"set": [], "clear": []}
        for bit, field in BITS.items():
            if mask >> bit & 1:
                groups["set" if (operator == "or") != (bit == 7) else "clear"].append(WORDS[field])
        return [(how, " ".join(words)) for how, words in groups.items() if words]

    def let(self, into, text, reads):
        return Line("let %s = %s" % (self.name(into), text), set(reads), {into})

    def compute(self, op, state, live):
        lines, needed = [], op.into in live
        flags = op.flags and "z" in live
        if op.operator == "equals":
            return self.result("z", op, state) if flags else []
        into = op.into
        if flags and into == "zr":
            into = "t"
        if needed or flags and into == "t" or flags and op.into != "zr":
            lines = self.result(into, op, state)
        if flags:
            lines.append(self.let("z", "%s equals 0" % self.name(into), {into}))
        return lines

    def result(self, into, op, state):
        """into = left operator right, as lines."""
        (left, a), (right, b) = get(state, op.left), get(state, op.right)
        known = self.flow.step_compute(op, state)["z" if into == "z" else op.into][0] if into != "t" else None
        only = next(iter(known)) if known is not None and len(known) == 1 else None
        reads = set()
        if only is not None and not (a or b):
            return [self.let(into, self.scenario.constant(only), reads)]
        if op.operator == "move":
            return [self.let(into, self.operand(state, op.left, reads), reads)]
        if only is not None and not (self.numbers(left) and self.numbers(right)):
            text = self.scenario.constant(only) + self.after(state, (op.left, op.right), reads)
            return [self.let(into, text, reads)]
        if op.operator == "equals" or self.numbers(left) and self.numbers(right):
            text = "%s %s %s" % (self.operand(state, op.left, reads), op.operator, self.operand(state, op.right, reads))
            return [self.let(into, text, reads)]
        return self.entry_result(into, op, state)

    @staticmethod
    def numbers(values):
        return values is None or all(isinstance(value, int) for value in values)

    def entry_result(self, into, op, state):
        """An entry with bits set or cleared, or one of its bits."""
        operands = (op.left, op.right)
        masks = [the_value(get(state, operand)) for operand in operands]
        if isinstance(masks[0], int) and op.operator in ("or", "and"):
            operands, masks = operands[::-1], masks[::-1]
        values, mask = get(state, operands[0])[0], masks[1]
        if values is None or not all(isinstance(value, Entry) for value in values) or not isinstance(mask, int):
            raise Untranslatable("the result of %s" % op.operator)
        reads = set()
        source = self.operand(state, operands[0], reads)
        if op.operator == "and" and mask in (1 << bit for bit in BITS):
            bit = mask.bit_length() - 1
            lines = [self.let(into, "%s has %s" % (source, WORDS[BITS[bit]]), reads)]
            if bit == 7:
                lines.append(self.let(into, "%s equals 0" % self.name(into), {into}))
            return lines + ([self.let(into, "%s shl %d" % (self.name(into), bit), {into})] if bit else [])
        changes = self.bit_changes("clear", ~mask & (1 << 64) - 1) if op.operator == "and" else self.bit_changes(op.operator, mask)
        lines = [self.let(into, "%s %s %s" % ((source,) + changes[0]), reads)]
        return lines + [self.let(into, "%s %s %s" % ((self.name(into),) + change), {into}) for change in changes[1:]]

    def pick(self, op, state, live):
        if op.into not in live:
            return []
        reads = set()
        then, otherwise = op.then, op.otherwise
        known = the_value(get(state, "z"))
        if known is not None:
            chosen = then if bool(known) == op.equal else otherwise
            return [self.let(op.into, self.operand(state, chosen, reads), reads)]
        if not op.equal:
            then, otherwise = otherwise, then
        text = "%s if %s else %s" % (self.operand(state, then, reads), self.operand(state, "z", reads),
                                     self.operand(state, otherwise, reads))
        return [self.let(op.into, text, reads)]

    def branch(self, op, state):
        label = self.scenario.label(self.thread, self.thread.target(op.label))
        if op.kind == "always":
            return [Line("goto " + label, set(), set())]
        values = get(state, op.register)[0]
        if op.kind != "bit" and values is not None and any(not isinstance(value, int) for value in values):
            raise Untranslatable("a branch on what is no number")
        reads, lines, register = set(), [], op.register
        if op.kind == "bit":
            lines = self.result("t", Compute("and", "t", op.register, ("#", 1 << op.bit), False), state)
            text, reads = self.name("t"), {"t"}
        else:
            text = self.operand(state, register, reads)
        if not reads:
            taken = (text == "0") == op.taken_if_zero
            return [Line("goto " + label, set(), set())] if taken else []
        return lines + [Line("goto %s if %s%s" % (label, text, " = 0" if op.taken_if_zero else ""), reads, set())]

    def invalidate(self, op, state):
        text, reads = "invalidate " + op.reach, set()
        if op.reach == "page":
            values = get(state, op.register)[0]
            value = next(iter(values)) if values is not None and len(values) == 1 else None
            if not isinstance(value, tuple) or value[0] not in ("page", "pte"):
                raise Untranslatable("an invalidation of an address that is not known beforehand")
            text = "invalidate %s%s" % ("entry " if value[0] == "pte" else "", value[1])
            text += " leaf" if op.leaf else ""
        text += " local" if op.local else ""
        return [Line(text + self.after(state, (op.register,), reads), reads, set())]

    def back(self, state):
        """ERET, which is in a handler only."""
        places = get(state, "elr")[0]
        if places is None or len(places) != 1:
            raise Untranslatable("a return to one of several places")
        place = next(iter(places))
        if place == ("elr",):
            return [Line("retry", set(), set())]
        if place == ("next",):
            return [Line("return", set(), set())]
        target = self.thread.target(place[2])
        if self.thread.in_handler(target):
            raise Untranslatable("a return into the handler")
        return [Line("return " + self.scenario.label(self.thread, target), set(), set())]

    def instruction(self, index, live):
        """The lines of one instruction, if these registers are live behind it."""
        op, state = self.thread.code[index], self.thread.states[index]
        if state is None or isinstance(op, Nothing):
            return []
        if isinstance(op, Access):
            return self.access(index, state)
        if isinstance(op, Compute):
            return [] if op.into == "elr" else self.compute(op, state, live)
        if isinstance(op, Pick):
            return self.pick(op, state, live)
        if isinstance(op, Branch):
            return self.branch(op, state)
        if isinstance(op, Fence):
            return [Line("fence " + op.text, set(), set())]
        if isinstance(op, Invalidate):
            return self.invalidate(op, state)
        if isinstance(op, Address):
            value = self.scenario.constant(("label", self.thread.number, op.label))
            return [self.let(op.into, value, set())] if op.into in live else []
        if isinstance(op, Return):
            if not self.thread.in_handler(index):
                raise Untranslatable("ERET outside of a handler")
            return self.back(state)
        return []

    # ---- liveness ----

    def live_out(self, index):
        op = self.thread.code[index]
        live = set(self.wanted) if isinstance(op, End) else set()
        if self.thread.states[index] is None:
            return live
        for successor in self.thread.successors(index):
            live |= self.live_in[successor]
        return live

    def find_live(self):
        changed = True
        while changed:
            changed = False
            for index in reversed(range(len(self.thread.code))):
                live = self.live_out(index)
                for line in reversed(self.instruction(index, live)):
                    live = live - line.writes | line.reads
                if isinstance(self.thread.code[index], Access) and self.thread.states[index] is not None:
                    after = self.thread.after_fault(index)
                    live |= set(self.wanted) if not after else set().union(*(self.live_in[i] for i in after))
                if live != self.live_in[index]:
                    self.live_in[index] = live
                    changed = True

    # ---- the whole program ----

    def start(self, lines):
        """Registers that are read before anything has filled them."""
        found, written, seen = [], set(), set()
        for line in lines:
            seen |= {reg for reg in line.reads if reg not in written}
            written |= line.writes
        for reg in sorted(self.live_in[0] | seen, key=str):
            value = self.flow.test.registers.get((self.thread.number, reg), 0)
            if value != 0 or reg in seen or reg not in written:
                found.append(self.let(reg, self.scenario.constant(value), set()))
        return found

    def lines(self, first, end):
        """Texts with labels in front; a label is a line of its own."""
        out = []
        for index in range(first, end):
            label = self.scenario.labels.get((self.thread.number, index))
            if label:
                out.append(Line("label " + label, set(), set()))
            if not (isinstance(self.thread.code[index], End)):
                out += self.instruction(index, self.live_out(index))
        return out


class Scenario:
    def __init__(self, test, sometimes):
        self.test, self.flow = test, Flow(test)
        self.labels = {}
        self.numbers = {}
        self.condition = self.read_condition()
        self.programs = []
        for thread in self.flow.threads.values():
            wanted = self.registers_of(self.condition, thread.number)
            self.programs.append(Program(self, thread, wanted))
        self.when = sometimes

    # ---- names ----

    def label(self, thread, index):
        key = (thread.number, index)
        if key not in self.labels:
            names = [name for name, at in thread.labels.items() if at == index]
            self.labels[key] = "P%d-%s" % (thread.number, names[0] if names else "access-%d" % index)
        return self.labels[key]

    def constant(self, value):
        """A value in a scenario: addresses are numbers that are only compared."""
        if isinstance(value, Entry):
            return "entry " + entry_text(value)
        if isinstance(value, int):
            return str(value & 0xffffffff if value < 0 or value >> 63 else value)
        if value[0] == "label":
            value = ("label", value[1], self.flow.threads[value[1]].target(value[2]))
        return str(self.numbers.setdefault(value, 0x100000 + 0x10000 * len(self.numbers)))

    # ---- conditions ----

    def read_condition(self):
        """The condition, with the filter in it: only executions that pass the filter count."""
        condition = self.faults(self.test.condition)
        if self.test.filter is None:
            return condition
        return ("filter", self.faults(self.test.filter), condition)

    def faults(self, tree):
        """Replaces each fault by the labels of the accesses that it may be about."""
        if tree[0] in ("and", "or", "not"):
            return (tree[0],) + tuple(self.faults(part) for part in tree[1:])
        if tree[0] != "fault":
            return tree
        _, number, label, where, kind = tree
        if number not in self.flow.threads:
            raise Untranslatable("a fault of P%d, which is not there" % number)
        thread, found = self.flow.threads[number], []
        for index, op in enumerate(thread.code):
            if not isinstance(op, Access) or thread.states[index] is None or label and thread.labels.get(label) != index:
                continue
            place = self.flow.place(thread, index, thread.states[index])
            if where is not None and place[:2] != where[:2] or place[0] == "pte" and number not in self.test.el0:
                continue
            found.append(("faulted", self.label(thread, index), FAULTS.get(kind)))
        if not found:
            return ("not", ("true",))
        tree = found[0]
        for one in found[1:]:
            tree = ("or", tree, one)
        return tree

    def registers_of(self, tree, number):
        if tree[0] == "register":
            return {tree[2]} if tree[1] == number else set()
        return set().union(*(self.registers_of(part, number) for part in tree[1:] if isinstance(part, tuple) and part))

    @staticmethod
    def simple(tree):
        """Without true and false, unless it is one of them."""
        if tree[0] == "not":
            inner = Scenario.simple(tree[1])
            return inner[1] if inner[0] == "not" else ("not", inner)
        if tree[0] not in ("and", "or"):
            return tree
        left, right = Scenario.simple(tree[1]), Scenario.simple(tree[2])
        true, false = ("true",), ("not", ("true",))
        neutral, strong = (true, false) if tree[0] == "and" else (false, true)
        if strong in (left, right):
            return strong
        if left == neutral:
            return right
        return left if right == neutral else (tree[0], left, right)

    def side(self, value):
        if isinstance(value, Entry) or not isinstance(value, tuple):
            return self.constant(value)
        if value[0] == "register":
            return "p%dx%d" % value[1:] if value[2] != "zr" else "0"
        return self.constant(value)

    def comparison(self, tree):
        left, right = tree[1], tree[2]
        if left[0] == "pte":
            if not isinstance(right, Entry):
                raise Untranslatable("an entry compared with something else")
            return "entry %s = %s" % (left[1], entry_text(right))
        if left[0] == "va":
            return "%s%s = %s" % (left[1], "+%d" % left[2] if left[2] else ".0", self.side(right))
        return "%s = %s" % (self.side(left), self.side(right))

    def text(self, tree, inside=""):
        """Parentheses only where `not`, `and`, `or` would not bind so."""
        if tree[0] == "and":
            text = "%s and %s" % (self.text(tree[1], "and"), self.text(tree[2], "and"))
            return "(%s)" % text if inside == "not" else text
        if tree[0] == "or":
            text = "%s or %s" % (self.text(tree[1], "or"), self.text(tree[2], "or"))
            return "(%s)" % text if inside in ("and", "not") else text
        if tree[0] == "not":
            return "not " + self.text(tree[1], "not")
        if tree[0] == "faulted":
            return "faulted " + tree[1] + (" " + tree[2] if tree[2] else "")
        if tree[0] == "true":
            variable = self.variables()[0]
            return "(%s.0 = 0 or %s.0 != 0)" % (variable, variable)
        return self.comparison(tree)

    def expectation(self):
        tree = self.condition
        if tree[0] == "filter":
            tree = ("or", ("not", tree[1]), tree[2]) if self.when == "always" else ("and", tree[1], tree[2])
        words = {"always": "", "sometimes": "sometimes ", "never": "never "}
        return "expect " + words[self.when] + self.text(self.simple(tree))

    # ---- the file ----

    def variables(self):
        """All that have a page, in one order."""
        found = {place[1] for place in self.flow.memory}
        for value in list(self.flow.test.memory.values()) + list(self.flow.test.registers.values()):
            found |= {value.oa} if isinstance(value, Entry) else {value[1]} if isinstance(value, tuple) and value[0] in (
                "va", "pte", "pa") else set()

        def walk(tree):
            if isinstance(tree, Entry):
                found.add(tree.oa)
            elif isinstance(tree, tuple):
                if tree and tree[0] in ("va", "pte"):
                    found.add(tree[1])
                for part in tree:
                    walk(part)
        walk(self.condition)
        return sorted(found)

    def starts(self):
        lines = []
        for name in self.variables():
            entry = self.flow.at_start(("pte", name))
            if not isinstance(entry, Entry):
                raise Untranslatable("an entry that is %s at the start" % (entry,))
            lines.append("start entry %s = %s" % (name, entry_text(entry)))
        for place, value in sorted(self.test.memory.items(), key=str):
            if place[0] == "va" and value != 0:
                if isinstance(value, Entry):
                    raise Untranslatable("an entry in a page of data at the start")
                lines.append("start %s%s = %s" % (place[1], "+%d" % place[2] if place[2] else "", self.constant(value)))
        return lines

    def hardware(self):
        lines = ["hardware none"]
        for number in sorted(self.test.threads):
            kinds = {kind for p, kind in self.test.tthm if p in (None, number)}
            if kinds:
                lines.append("hardware %s %d" % ("dirty" if "HD" in kinds else "accessed", number))
        return lines

    def program(self, program):
        thread, number = program.thread, program.thread.number
        main = thread.handler if thread.handler is not None else len(thread.code)
        lines = program.lines(0, main)
        handler = program.lines(main, len(thread.code)) if thread.handler is not None else []
        lines = program.start(lines + handler) + lines
        out = ["cpu %d%s: %s" % (number, " user" if number in self.test.el0 else "", lines[0].text if lines else "end")]
        out += [": " + line.text for line in lines[1:]]
        if thread.handler is not None:
            texts = [line.text for line in handler]
            if not texts or texts[-1] != "retry" and not re.match(r"return\b", texts[-1]):
                texts.append("end")
            out.append("handler %d: %s" % (number, "; ".join(texts)))
        elif thread.accesses():
            out.append("handler %d: %s" % (number, "retry" if self.test.handled else "end"))
        return out

    def write(self, name, source, arch):
        variables = self.variables()
        lines = ["litmus " + name, 'doc "%s, a test of herdtools7"' % self.test.name, 'source "%s"' % source,
                 "arch " + arch, "raw"]
        lines += ["levels %d" % (2 if len(variables) <= 4 else 3)] if len(variables) > 4 else []
        lines += ["map %s = anon rw" % variable for variable in variables]
        lines += self.starts() + self.hardware()
        programs = [self.program(program) for program in self.programs]
        # A label that a later program or the condition asked for is there only now.
        programs = [self.program(program) for program in self.programs]
        for program in programs:
            lines += [""] + program
        return "\n".join(lines + ["", self.expectation()]) + "\n"
