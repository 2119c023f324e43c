# SPDX-License-Identifier: MIT
"""What each register and each place of memory may hold, at each instruction of a test.

A raw scenario names addresses, and herd's registers hold them; so where a register holds one value only, the value is
written in its place, and where it is a result of what was loaded, it stays a register. The sets here are supersets: an
address is only accepted if it is the only one that can be there.

A state maps a register to (values, loaded): a frozenset or None for "anything", and whether it depends on a load.
"""
from decode import Access, Address, Branch, Compute, End, Pick, Return, decode
from syntax import Entry, Untranslatable

MOST_VALUES = 32
MASK = (1 << 64) - 1
# An entry's bits by their number; db is AP[2] inverted.
BITS = {0: "valid", 6: "el0", 7: "db", 10: "af", 51: "dbm"}
ZERO = (frozenset([0]), False)


def change_entry(entry, mask, on):
    """The entry with the bits of mask set or cleared; None if mask has others than ours."""
    for bit in range(64):
        if not mask >> bit & 1:
            continue
        if bit not in BITS:
            return None
        entry = entry._replace(**{BITS[bit]: int(on != (bit == 7))})
    return entry


def entry_bits(entry):
    return sum(1 << bit for bit, name in BITS.items() if getattr(entry, name) != (bit == 7))


def compute_entry(operator, entry, other):
    if isinstance(other, int) and operator in ("or", "clear"):
        return change_entry(entry, other, operator == "or")
    if operator == "and" and isinstance(other, int):
        hidden = ~other & MASK
        if not other & ~sum(1 << bit for bit in BITS):
            return entry_bits(entry) & other
        return change_entry(entry, hidden, False)
    return None


def compute_address(operator, left, right):
    """An address and a number, a page number, and the like; None: nothing that we know."""
    if left[0] == "va" and operator in ("add", "sub") and isinstance(right, int):
        return ("va", left[1], left[2] + (right if operator == "add" else -right))
    if left == ("elr",) and operator == "add" and right == 4:
        return ("next",)
    if left[0] == "va" and operator == "shr" and right == 12:
        return ("page", left[1])
    if left[0] == "page" and operator == "shl" and right == 12:
        return ("va", left[1], 0)
    return left if right == 0 and operator != "and" else None


def compute(operator, left, right):
    """One result, or None if it is not known."""
    if operator == "move":
        return left
    if operator == "equals":
        return int(left == right)
    if left == right and operator in ("xor", "sub", "clear"):
        return 0
    if isinstance(left, int) and isinstance(right, int):
        result = {"add": lambda: left + right, "sub": lambda: left - right, "and": lambda: left & right,
                  "or": lambda: left | right, "xor": lambda: left ^ right, "clear": lambda: left & ~right,
                  "shl": lambda: left << right if right < 64 else None,
                  "shr": lambda: left >> right if right < 64 else None}[operator]()
        return None if result is None else result & MASK
    if isinstance(left, Entry):
        return compute_entry(operator, left, right)
    if isinstance(left, int):
        return compute(operator, right, left) if operator in ("add", "or", "xor", "and") else None
    return compute_address(operator, left, right)


def compute_sets(operator, left, right, same):
    """All results. @same: both are one register, so only equal values meet."""
    if left is None or right is None:
        return frozenset([0]) if same and operator in ("xor", "sub", "clear") else None
    results = {compute(operator, a, b) for a in left for b in right if not same or a == b}
    return None if None in results or len(results) > MOST_VALUES else frozenset(results)


def join_values(a, b):
    if a is None or b is None or len(a | b) > MOST_VALUES:
        return None
    return a | b


def get(state, operand):
    if isinstance(operand, tuple):
        return (frozenset([operand[1] & MASK]), False)
    return ZERO if operand == "zr" else state.get(operand, ZERO)


def join_states(a, b):
    if a is None:
        return b
    return {reg: (join_values(get(a, reg)[0], get(b, reg)[0]), get(a, reg)[1] or get(b, reg)[1]) for reg in {*a, *b}}


def the_value(known):
    """The only value of a register that no load decides; None: there is no such value."""
    values, loaded = known
    return next(iter(values)) if values is not None and len(values) == 1 and not loaded else None


class Thread:
    """One thread: its instructions, those of its handler behind them, and a state in front of each."""

    def __init__(self, test, number):
        self.test, self.number = test, number
        instrs = list(test.threads[number])
        self.handler = len(instrs) if number in test.handlers else None
        instrs += test.handlers.get(number, [])
        self.texts = [instr.text for instr in instrs]
        self.code = [decode(instr) for instr in instrs]
        self.labels = {}
        for index, instr in enumerate(instrs):
            for label in instr.labels:
                if label in self.labels:
                    raise Untranslatable("the label %s, which is there twice" % label)
                self.labels[label] = index
        self.states = [None] * len(instrs)

    def in_handler(self, index):
        return self.handler is not None and index >= self.handler

    def accesses(self):
        """Those of the program, not of its handler."""
        return [i for i, op in enumerate(self.code) if isinstance(op, Access) and not self.in_handler(i)]

    def target(self, label):
        if label not in self.labels:
            raise Untranslatable("the label %s, which is nowhere" % label)
        return self.labels[label]

    def after_fault(self, index):
        """Where control may go on if the access at index faults."""
        if self.in_handler(index):
            return []
        if self.handler is not None:
            return [self.handler]
        return [index] if self.test.handled else []

    def returns(self, state):
        """Where ERET may go to."""
        places, targets = get(state, "elr")[0], []
        for place in places if places is not None else ["?"]:
            if place == ("elr",):
                targets += self.accesses()
            elif place == ("next",):
                targets += [index + 1 for index in self.accesses()]
            elif isinstance(place, tuple) and place[0] == "label" and place[1] == self.number:
                targets.append(self.target(place[2]))
            else:
                raise Untranslatable("a return to somewhere that is not known")
        return targets

    def successors(self, index):
        op = self.code[index]
        if isinstance(op, End):
            return []
        if isinstance(op, Return):
            return self.returns(self.states[index])
        if isinstance(op, Branch):
            return [self.target(op.label)] + ([] if op.kind == "always" else [index + 1])
        return [index + 1]


class Flow:
    """All threads together, since what one loads another has stored."""

    def __init__(self, test):
        self.test = test
        self.threads = {number: Thread(test, number) for number in sorted(test.threads)}
        self.memory = {}
        self.changed = False
        hardware = bool(test.tthm)
        self.updates = hardware
        for place, value in test.memory.items():
            self.add(place, frozenset([value]))
        while True:
            self.changed = False
            for thread in self.threads.values():
                self.run(thread)
            if not self.changed:
                break

    # ---- memory ----

    def add(self, place, values):
        """The place may hold these, too. Hardware may have set bits of what is an entry."""
        if values is not None and place[0] == "pte" and self.updates:
            values |= {e._replace(af=1, db=db) for e in values if isinstance(e, Entry) for db in (e.db, e.db | e.dbm)}
            values |= {e._replace(db=1) for e in values if isinstance(e, Entry) and e.dbm}
        before = self.memory.get(place, frozenset([self.at_start(place)]))
        after = join_values(before, values)
        if after != before or place not in self.memory:
            self.memory[place] = after
            self.changed = True

    def at_start(self, place):
        default = Entry(place[1], 1, 1, 1, 0, 1) if place[0] == "pte" else 0
        return self.test.memory.get(place, default)

    def held(self, place):
        if place not in self.memory:
            self.add(place, frozenset())
        return self.memory[place]

    def pages(self, variable):
        """Which pages the entry of a variable may lead to."""
        entries = self.held(("pte", variable))
        if entries is None:
            raise Untranslatable("an entry that may hold anything")
        return {e.oa for e in entries if isinstance(e, Entry)} | {variable}

    def read(self, place):
        if place[0] == "pte":
            return self.held(place)
        values = frozenset()
        for page in self.pages(place[1]):
            values = join_values(values, self.held(("va", page, place[2]))) if values is not None else None
        return values

    def write(self, place, values):
        if place[0] == "pte":
            self.add(place, values)
            return
        for page in self.pages(place[1]):
            self.add(("va", page, place[2]), values)

    # ---- programs ----

    def place(self, thread, index, state):
        """The place that an access names."""
        op = thread.code[index]
        base, offset = get(state, op.base)[0], get(state, op.index)[0]
        values = compute_sets("add", base, offset, False)
        place = next(iter(values)) if values is not None and len(values) == 1 else None
        if not isinstance(place, tuple) or place[0] not in ("va", "pte"):
            raise Untranslatable("the address of %s, which is not known beforehand" % thread.texts[index])
        if place[0] == "va" and not (0 <= place[2] < 4096 and place[2] % 4 == 0):
            raise Untranslatable("the address of %s, which is in no word of a page" % thread.texts[index])
        return place

    def stored(self, op, state, held):
        """What an access may leave in its place."""
        value = get(state, op.value)[0]
        if op.how == "modify" and op.operator != "swap":
            return compute_sets(op.operator, held, value, False)
        return value

    def step_access(self, thread, index, state):
        op = thread.code[index]
        place = self.place(thread, index, state)
        held = self.read(place)
        if op.how != "load":
            self.write(place, self.stored(op, state, held))
        if op.into == "zr":
            return state
        return {**state, op.into: (frozenset([0, 1]) if op.how == "conditional" else held, True)}

    def step_compute(self, op, state):
        (left, a), (right, b) = get(state, op.left), get(state, op.right)
        values = compute_sets(op.operator, left, right, op.left == op.right and not isinstance(op.left, tuple))
        state = dict(state)
        if op.flags:
            zero = values if op.operator == "equals" else compute_sets("equals", values, frozenset([0]), False)
            state["z"] = (zero if zero is not None else frozenset([0, 1]), a or b)
        if op.into != "zr":
            state[op.into] = (values, a or b)
        return state

    def step_pick(self, op, state):
        chosen, loaded = get(state, "z")
        then, otherwise = get(state, op.then), get(state, op.otherwise)
        known = the_value((chosen, loaded))
        if known is not None:
            return {**state, op.into: then if bool(known) == op.equal else otherwise}
        return {**state, op.into: (join_values(then[0], otherwise[0]), True)}

    def step(self, thread, index):
        """The state behind an instruction."""
        op, state = thread.code[index], thread.states[index]
        if isinstance(op, Access):
            return self.step_access(thread, index, state)
        if isinstance(op, Compute):
            return self.step_compute(op, state)
        if isinstance(op, Pick):
            return self.step_pick(op, state)
        if isinstance(op, Address):
            return {**state, op.into: (frozenset([("label", thread.number, op.label)]), False)}
        return state

    def reach(self, thread, index, state, todo):
        joined = join_states(thread.states[index], state)
        if joined != thread.states[index]:
            thread.states[index] = joined
            todo.append(index)

    def run(self, thread):
        thread.states = [None] * len(thread.code)
        start = {reg: (frozenset([value]), False) for (p, reg), value in self.test.registers.items() if p == thread.number}
        todo = []
        self.reach(thread, 0, start, todo)
        while todo:
            index = todo.pop()
            after = self.step(thread, index)
            for successor in thread.successors(index):
                self.reach(thread, successor, after, todo)
            if isinstance(thread.code[index], Access):
                for successor in thread.after_fault(index):
                    faulted = {**thread.states[index], "elr": (frozenset([("elr",)]), False)}
                    self.reach(thread, successor, faulted, todo)
