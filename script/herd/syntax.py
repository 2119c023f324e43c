# SPDX-License-Identifier: MIT
"""Reads a litmus test of herdtools7 for AArch64 with page tables, into a plain tree.

What the test says is kept as it is: registers by number, addresses and entries as tuples, conditions as nested tuples.
Whoever cannot say something in a raw scenario raises Untranslatable, with a reason for people to read.

Values, as tuples that begin with their kind; numbers stand for themselves:
    ("va", x, n)    the address n bytes into the page of variable x
    ("pte", x)      the address of the entry of x
    ("pa", x)       the physical address of x
    ("label", p, L) the address of an instruction of thread p
    ENTRY(...)      what an entry holds
"""
import re
from collections import namedtuple


class Untranslatable(Exception):
    """The test says something that a raw scenario cannot."""


# What an entry holds: the page that it leads to, and its bits by herd's names.
Entry = namedtuple("Entry", "oa valid af db dbm el0")

# One instruction: its operation, what it takes, and the labels in front of it.
Instr = namedtuple("Instr", "op args labels text")

Test = namedtuple("Test", "name threads handlers tthm el0 handled ets2 registers memory words kind condition filter")

NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)")
NAME = r"[A-Za-z_]\w*"
TYPE = re.compile(r"^(?:const\s+)?(?:u?int(?:8|16|32|64|128)?(?:_t)?|pteval_t|char|long)\b\s*\**\s*(?=[\w\[(&])")


def without_comments(text):
    """Comments nest; a string may hold what looks like one."""
    out, depth, i = [], 0, 0
    while i < len(text):
        pair = text[i:i + 2]
        if pair == "(*":
            depth, i = depth + 1, i + 2
        elif pair == "*)" and depth:
            depth, i = depth - 1, i + 2
        else:
            if not depth or text[i] == "\n":
                out.append(text[i])
            i += 1
    return "".join(out)


def split_at(text, sign):
    """Splits at a sign that stands in no bracket."""
    parts, depth, part = [], 0, ""
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if c == sign and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += c
    return parts + [part.strip()]


# ---- values ----

def read_entry(text, own):
    """(oa:PA(x), valid:0, ...); what is not said is as herd's default."""
    bits = {"valid": 1, "af": 1, "db": 1, "dbm": 0, "el0": 1}
    oa = own
    inside = text.strip()[1:-1]
    for item in split_at(inside, ","):
        if not item:
            continue
        key, _, value = (s.strip() for s in item.partition(":"))
        if key == "oa":
            match = re.fullmatch(r"PA\(\s*(\w+)\s*\)|phy_(\w+)", value)
            if not match:
                raise Untranslatable("the output address " + value)
            oa = match.group(1) or match.group(2)
        elif key in bits and value in ("0", "1"):
            bits[key] = int(value)
        else:
            raise Untranslatable("in an entry, " + item)
    if oa is None:
        raise Untranslatable("an entry that leads nowhere: " + text)
    return Entry(oa, **bits)


def read_number(text):
    """Decimal, also with zeros in front, or hexadecimal; the caller has seen that it is a number."""
    return int(text, 16 if "x" in text.lower() else 10)


def read_value(text, own=None):
    text = text.strip()
    if NUMBER.fullmatch(text):
        return read_number(text)
    if text.startswith("(") and ":" in text:
        return read_entry(text, own)
    match = re.fullmatch(r"(?:PTE|TTD)\(\s*(\w+)\s*\)|pte_(\w+)", text)
    if match:
        return ("pte", match.group(1) or match.group(2))
    match = re.fullmatch(r"PA\(\s*(\w+)\s*\)|phy_(\w+)", text)
    if match:
        return ("pa", match.group(1) or match.group(2))
    match = re.fullmatch(r'label:\s*"?P(\d+):(\w+)"?|P(\d+):(L\w*)', text)
    if match:
        return ("label", int(match.group(1) or match.group(3)), match.group(2) or match.group(4))
    match = re.fullmatch(r"&?\s*(" + NAME + r")(?:\s*\[\s*(\d+)\s*\]|\s*\+\s*(\d+))?", text)
    if match:
        return ("va", match.group(1), ("at", int(match.group(2))) if match.group(2) else int(match.group(3) or 0))
    raise Untranslatable("the value " + text)


# ---- the head ----

def read_keys(head):
    """KEY = VALUE lines; the same key may stand there twice."""
    keys = {}
    for line in head.split("\n")[1:]:
        match = re.match(r"\s*([A-Za-z_]\w*)\s*=\s*(.*)$", line)
        if match:
            keys.setdefault(match.group(1).lower(), []).append(match.group(2).strip())
    return {key: " ".join(values) for key, values in keys.items()}


def read_tthm(text):
    """Which threads' hardware sets accessed (HA) and dirty (HD, which includes HA); None: all of them."""
    found = []
    for word in re.split(r"[\s,]+", text.strip()):
        match = re.fullmatch(r"(?:P?(\d+):)?(HA|HD)", word, re.I)
        if not match:
            raise Untranslatable("TTHM=" + word)
        found.append((int(match.group(1)) if match.group(1) else None, match.group(2).upper()))
    return found


def read_variants(text):
    """Whether a fault without a handler is retried (herd's default: it ends the thread), and whether there is ETS2."""
    handled = ets2 = False
    for word in re.split(r"[\s,]+", text.strip().lower()):
        if word in ("handled", "imprecise"):
            handled = True
        elif word in ("fatal", "precise"):
            handled = False
        elif word == "ets2":
            ets2 = True
        elif word not in ("vmsa", "kvm", ""):
            raise Untranslatable("Variant=" + word)
    return handled, ets2


# ---- initial state ----

def read_init(text):
    """Registers and memory at the start, and the size of the words of each array."""
    registers, memory, words = {}, {}, {}
    for item in split_at(text.replace("\n", " "), ";"):
        if not item:
            continue
        wide = re.match(r"(?:u?int64_t|pteval_t|long)\b", item) is not None
        item = TYPE.sub("", item).strip()
        left, sign, value = (s.strip() for s in item.partition("="))
        match = re.fullmatch(r"P?(\d+)\s*:\s*([XWxw]\d+)", left)
        if match:
            registers[int(match.group(1)), read_register(match.group(2))] = read_value(value) if sign else 0
            continue
        left = left[1:-1].strip() if left.startswith("[") else left
        match = re.fullmatch(r"(" + NAME + r")\s*\[\s*(\d*)\s*\]", left)
        if match and (not sign or value.startswith("{")):
            words[match.group(1)] = 8 if wide else 4
            for i, one in enumerate(split_at(value[1:-1], ",") if sign else []):
                memory["va", match.group(1), i * words[match.group(1)]] = read_value(one)
            continue
        place = read_value(left)
        if not isinstance(place, tuple) or place[0] not in ("va", "pte"):
            raise Untranslatable("in the initial state, " + item)
        if place[0] == "va" and not isinstance(place[2], int):
            place = at_word(place, words)
        memory[place] = read_value(value, place[1]) if sign else memory.get(place, 0)
        if place[0] == "pte" and not sign:
            del memory[place]
    return registers, memory, words


def at_word(place, words):
    """x[n] as an address: the size of a word of x is known by its declaration."""
    return ("va", place[1], place[2][1] * words.get(place[1], 4))


# ---- programs ----

def read_register(text):
    match = re.fullmatch(r"([XW])(\d+|ZR)", text.strip().upper())
    if not match or (match.group(2) != "ZR" and int(match.group(2)) > 30):
        raise Untranslatable("the register " + text.strip())
    return "zr" if match.group(2) == "ZR" else int(match.group(2))


def read_cell(cell, labels):
    """One cell of the table: labels, and perhaps an instruction. Labels alone are those of what comes next."""
    while True:
        match = re.match(r"(\w+)\s*:\s*(.*)$", cell, re.S)
        if not match:
            break
        labels.append(match.group(1))
        cell = match.group(2)
    cell = " ".join(cell.split())
    match = re.match(r"([A-Za-z][A-Za-z0-9.]*)\s*(.*)$", cell)
    if not cell:
        return None
    if not match:
        raise Untranslatable("the instruction " + cell)
    args = split_at(match.group(2), ",") if match.group(2) else []
    return Instr(match.group(1).upper(), args, tuple(labels), cell)


def read_programs(body):
    """The columns, P0 and P1.F (the fault handler of P1), each as its instructions and the labels at its end."""
    rows = [[cell.strip() for cell in row.split("|")] for row in body.split(";") if row.strip()]
    if not rows:
        raise Untranslatable("no program")
    columns = []
    for cell in rows[0]:
        match = re.fullmatch(r"P(\d+)(\.F)?(?:\s*:.*)?", cell)
        if not match:
            raise Untranslatable("the column " + cell)
        columns.append((int(match.group(1)), bool(match.group(2))))
    programs = {}
    for i, column in enumerate(columns):
        labels, code = [], []
        for row in rows[1:]:
            instr = read_cell(row[i], labels) if i < len(row) else None
            if instr:
                code.append(instr)
                labels = []
        programs[column] = code + [Instr("END", [], tuple(labels), "")]
    return programs


# ---- conditions ----

ATOM = r"P?\d+\s*:\s*[XWxw]\d+|\[[^\]]*\](?!\s*\[)|(?:PTE|TTD)\(\s*\w+\s*\)|" + NAME + r"\s*\[\s*\d+\s*\]|" + NAME
ENTRY = r"\((?:[^()]|\([^()]*\))*:(?:[^()]|\([^()]*\))*\)"
TOKENS = re.compile(r"\s*(?:(?P<sign>/\\|\\/|=>|~|\(|\)|\bnot\b|\btrue\b|\bfalse\b)"
                    r"|(?P<fault>[fF]ault\s*\([^()]*(?:\([^()]*\)[^()]*)*\))"
                    r"|(?P<atom>(?P<left>" + ATOM + r")\s*(?P<how>=|<>|!=)\s*(?P<right>" + ENTRY +
                    r"|P?\d+\s*:\s*[XWxw]\d+|label:\s*\"[^\"]*\"|-?0[xX][0-9a-fA-F]+|-?\d+|&?[\w:]+(?:\(\s*\w+\s*\))?)))")


def tokens_of(text):
    at, found = 0, []
    text = text.strip()
    while at < len(text):
        match = TOKENS.match(text, at)
        if not match:
            raise Untranslatable("in the condition, " + " ".join(text[at:at + 40].split()))
        found.append(match)
        at = match.end()
        if not text[at:].strip():
            break
    return found


def read_fault(text):
    """("fault", thread, label, variable, type); what is not said is None."""
    args = split_at(text[text.index("(") + 1:-1], ",")
    match = re.fullmatch(r"P?(\d+)(?:\s*:\s*(\w+))?", args[0])
    if not match:
        raise Untranslatable(text)
    where = args[1] if len(args) > 1 else None
    kind = args[2].split(":")[-1].strip().lower() if len(args) > 2 else None
    if where is not None:
        where = read_value(where)
        if not isinstance(where, tuple) or where[0] not in ("va", "pte"):
            raise Untranslatable(text)
    if len(args) > 3 or kind not in (None, "translation", "accessflag", "permission"):
        raise Untranslatable(text)
    return ("fault", int(match.group(1)), match.group(2), where, kind)


def read_comparison(match, words):
    left, right = match.group("left").strip(), match.group("right").strip()
    register = re.fullmatch(r"P?(\d+)\s*:\s*([XWxw]\d+)", left)
    if register:
        left = ("register", int(register.group(1)), read_register(register.group(2)))
    else:
        left = read_value(left[1:-1] if left.startswith("[") else left)
        if isinstance(left, tuple) and left[0] == "va" and not isinstance(left[2], int):
            left = at_word(left, words)
        if not isinstance(left, tuple) or left[0] not in ("va", "pte"):
            raise Untranslatable("in the condition, " + match.group("atom"))
    register = re.fullmatch(r"P?(\d+)\s*:\s*([XWxw]\d+)", right)
    if register:
        right = ("register", int(register.group(1)), read_register(register.group(2)))
    else:
        right = read_value(right, left[1] if left[0] == "pte" else None)
    atom = ("=", left, right)
    return atom if match.group("how") == "=" else ("not", atom)


class Condition:
    """or, and, not from loose to tight; => is looser than all of them."""

    def __init__(self, text, words):
        self.tokens, self.at, self.words = tokens_of(text), 0, words

    def sign(self):
        return self.tokens[self.at].group("sign") if self.at < len(self.tokens) else None

    def accept(self, sign):
        there = self.sign() == sign
        self.at += there
        return there

    def whole(self):
        tree = self.implication()
        if self.at != len(self.tokens):
            raise Untranslatable("in the condition, " + self.tokens[self.at].group().strip())
        return tree

    def implication(self):
        left = self.either()
        return ("or", ("not", left), self.implication()) if self.accept("=>") else left

    def either(self):
        tree = self.both()
        while self.accept("\\/"):
            tree = ("or", tree, self.both())
        return tree

    def both(self):
        tree = self.one()
        while self.accept("/\\"):
            tree = ("and", tree, self.one())
        return tree

    def one(self):
        if self.accept("~") or self.accept("not"):
            return ("not", self.one())
        if self.accept("("):
            tree = self.implication()
            if not self.accept(")"):
                raise Untranslatable("in the condition, a parenthesis that is not closed")
            return tree
        if self.accept("true"):
            return ("true",)
        if self.accept("false"):
            return ("not", ("true",))
        if self.at == len(self.tokens) or self.sign():
            raise Untranslatable("a condition that ends early")
        match = self.tokens[self.at]
        self.at += 1
        return read_fault(match.group("fault")) if match.group("fault") else read_comparison(match, self.words)


# ---- the whole ----

END = re.compile(r"^\s*(?:locations\b|filter\b|~\s*exists\b|exists\b|forall\b)", re.M)
QUANTIFIER = re.compile(r"(~\s*exists|\bexists|\bforall)\b")


def read_end(rest, words):
    """The quantifier, its condition, and the filter or None."""
    found = QUANTIFIER.search(rest)
    if not found:
        raise Untranslatable("no condition")
    kind = found.group(1).replace(" ", "")
    condition = Condition(rest[found.end():], words).whole()
    before = re.search(r"\bfilter\b(.*)$", rest[:found.start()], re.S)
    return kind, condition, Condition(before.group(1), words).whole() if before else None


def split_test(text):
    first = re.match(r"\s*(\S+)\s+(\S+)", text)
    if not first or first.group(1) != "AArch64":
        raise Untranslatable("not a test for AArch64")
    start = text.find("{")
    depth = 0
    for end in range(start, len(text)):
        depth += (text[end] == "{") - (text[end] == "}")
        if depth == 0:
            break
    if start < 0 or depth:
        raise Untranslatable("no initial state")
    return first.group(2), text[:start], text[start + 1:end], text[end + 1:]


def read_test(text):
    name, head, init, rest = split_test(without_comments(text))
    keys = read_keys(head)
    registers, memory, words = read_init(init)
    end = END.search(rest)
    body, rest = (rest[:end.start()], rest[end.start():]) if end else (rest, "")
    programs = read_programs(body)
    threads = {p: code for (p, handler), code in programs.items() if not handler}
    handlers = {p: code for (p, handler), code in programs.items() if handler}
    el0 = {int(p) for p in re.findall(r"P(\d+)", keys.get("el0", ""))}
    registers = {key: at_word(v, words) if isinstance(v, tuple) and v[0] == "va" and not isinstance(v[2], int) else v
                 for key, v in registers.items()}
    kind, condition, only = read_end(rest, words)
    return Test(name, threads, handlers, read_tthm(keys["tthm"]) if "tthm" in keys else [], el0,
                *read_variants(keys.get("variant", "")), registers, memory, words, kind, condition, only)
