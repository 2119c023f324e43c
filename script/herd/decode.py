# SPDX-License-Identifier: MIT
"""Instructions of AArch64, as far as tests of memory ordering use them, in a form that flow.py and emit.py can work with.

A register is its number, "zr" for the one that is always 0, "z" for the flag Z, "elr" for ELR_EL1; an operand is a register or
("#", n).
"""
import re
from collections import namedtuple

from syntax import Untranslatable, read_number, read_register

# how: load, store, modify, compare, conditional (a store that is exclusive). into: what it loads goes there, or the
# status of a conditional store. value, expected: registers. index: an operand.
Access = namedtuple("Access", "how into value expected base index operator acquire pc release exclusive")
Compute = namedtuple("Compute", "operator into left right flags")  # into "zr": only the flags
Pick = namedtuple("Pick", "into then otherwise equal")
Branch = namedtuple("Branch", "label kind register bit taken_if_zero")  # kind: always, register, flag, bit
Fence = namedtuple("Fence", "text")
Invalidate = namedtuple("Invalidate", "reach leaf local register")  # reach: page, id, all
Address = namedtuple("Address", "into label")
Return = namedtuple("Return", "")  # ERET
Nothing = namedtuple("Nothing", "")
End = namedtuple("End", "")

LOADS = {"LDR": "", "LDUR": "", "LDAR": "a", "LDLAR": "a", "LDAPR": "q", "LDAPUR": "q", "LDXR": "x", "LDAXR": "xa"}
STORES = {"STR": "", "STUR": "", "STLR": "l", "STLUR": "l"}
MODIFIES = {"SWP": "swap", "ADD": "add", "SET": "or", "CLR": "clear", "EOR": "xor"}
COMPUTES = {"ADD": "add", "SUB": "sub", "AND": "and", "ORR": "or", "EOR": "xor", "BIC": "clear", "LSL": "shl", "LSR": "shr"}
DOMAINS = {"SY": "", "ISH": "", "OSH": "", "LD": "load", "ISHLD": "load", "OSHLD": "load", "ST": "store", "ISHST": "store",
           "OSHST": "store"}


def refuse(instr):
    raise Untranslatable("the instruction " + instr.text)


def operand(instr, text):
    match = re.fullmatch(r"#?\s*(-?(?:0[xX][0-9a-fA-F]+|\d+))", text.strip())
    if match:
        return ("#", read_number(match.group(1)))
    if not re.fullmatch(r"[XWxw](\d+|[zZ][rR])", text.strip()):
        refuse(instr)
    return read_register(text)


def address(instr, args):
    """[Xn], [Xn, #i], [Xn, Xm], [Wm extended]; what changes Xn is no address of ours."""
    text = ",".join(args).strip()
    match = re.fullmatch(r"\[([^\]]*)\]", text)
    parts = [part.strip() for part in match.group(1).split(",")] if match else []
    if not 1 <= len(parts) <= 3 or (len(parts) == 3 and not re.fullmatch(r"(?:[SU]XTW|SXTX|LSL)(?:\s*#?0)?", parts[2], re.I)):
        refuse(instr)
    return read_register(parts[0]), operand(instr, parts[1]) if len(parts) > 1 else ("#", 0)


def access(instr, how, into, value, args, order, expected="zr", operator=None):
    base, index = address(instr, args)
    return Access(how, into, value, expected, base, index, operator, "a" in order, "q" in order, "l" in order, "x" in order)


def decode_atomic(instr):
    """SWP, CAS, LDADD and their like, with A and L behind the name; None if it is something else."""
    match = re.fullmatch(r"(SWP|CAS|LD(?:ADD|SET|CLR|EOR)|ST(?:ADD|SET|CLR|EOR))(A?)(L?)", instr.op)
    if not match:
        return None
    name, order, args = match.group(1), (match.group(2) + match.group(3)).lower(), instr.args
    first = read_register(args[0])
    if name.startswith("ST"):
        if match.group(2):
            refuse(instr)
        return access(instr, "modify", "zr", first, args[1:], order, operator=MODIFIES[name[2:]])
    second = read_register(args[1])
    if name == "CAS":
        return access(instr, "compare", first, second, args[2:], order, expected=first)
    return access(instr, "modify", second, first, args[2:], order, operator=MODIFIES[name.replace("LD", "")])


def decode_memory(instr):
    args = instr.args
    if instr.op in LOADS:
        return access(instr, "load", read_register(args[0]), "zr", args[1:], LOADS[instr.op])
    if instr.op in STORES:
        return access(instr, "store", "zr", read_register(args[0]), args[1:], STORES[instr.op])
    if instr.op in ("STXR", "STLXR"):
        return access(instr, "conditional", read_register(args[0]), read_register(args[1]), args[2:],
                      "xl" if instr.op == "STLXR" else "x")
    return decode_atomic(instr)


def decode_invalidate(instr):
    match = re.fullmatch(r"(VMALL|VAA|VAAL|VA|VAL|ASID)E1(IS|OS)?", instr.args[0].upper())
    if not match:
        refuse(instr)
    kind, local = match.group(1), match.group(2) is None
    if kind == "VMALL":
        return Invalidate("all", False, local, "zr")
    if len(instr.args) != 2:
        refuse(instr)
    return Invalidate("id" if kind == "ASID" else "page", kind in ("VAAL", "VAL"), local, read_register(instr.args[1]))


def decode_fence(instr):
    if instr.op == "ISB":
        return Fence("context")
    domain = DOMAINS.get((instr.args or ["SY"])[0].upper())
    if domain is None:
        refuse(instr)
    if instr.op == "DMB":
        return Fence(domain or "full")
    return Fence(("complete " + domain).strip())


def decode_branch(instr):
    args, op = instr.args, instr.op
    if op == "B":
        return Branch(args[0], "always", "zr", 0, True)
    if op in ("CBZ", "CBNZ"):
        return Branch(args[1], "register", read_register(args[0]), 0, op == "CBZ")
    if op in ("TBZ", "TBNZ"):
        return Branch(args[2], "bit", read_register(args[0]), operand(instr, args[1])[1], op == "TBZ")
    if op in ("B.EQ", "BEQ", "B.NE", "BNE"):
        return Branch(args[0], "flag", "z", 0, op.endswith("NE"))
    return None


def decode_pick(instr):
    if instr.op not in ("CSEL", "CSET"):
        return None
    condition = instr.args[-1].upper()
    if condition not in ("EQ", "NE"):
        refuse(instr)
    into = read_register(instr.args[0])
    if instr.op == "CSET":
        return Pick(into, ("#", 1), ("#", 0), condition == "EQ")
    return Pick(into, read_register(instr.args[1]), read_register(instr.args[2]), condition == "EQ")


def decode_compute(instr):
    args, op = instr.args, instr.op
    if op in ("MOV", "MOVZ") and len(args) == 2:
        return Compute("move", read_register(args[0]), operand(instr, args[1]), ("#", 0), False)
    if op in ("SXTW", "UXTW"):
        return Compute("move", read_register(args[0]), operand(instr, args[1]), ("#", 0), False)
    if op in ("CMP", "TST") and len(args) == 2:
        return Compute("equals" if op == "CMP" else "and", "zr", read_register(args[0]), operand(instr, args[1]), True)
    flags = op in ("ADDS", "SUBS", "ANDS", "BICS")
    if len(args) == 4 and re.fullmatch(r"(?:[SU]XT[WX]|LSL)(?:\s*#?0)?", args[3], re.I):
        args = args[:3]  # what is added is small and not negative, so its width says nothing
    name = COMPUTES.get(op[:-1] if flags else op)
    if not name or len(args) != 3:
        return None
    return Compute(name, read_register(args[0]), operand(instr, args[1]), operand(instr, args[2]), flags)


def decode_system(instr):
    args = [arg.upper() for arg in instr.args]
    if instr.op == "MSR" and args[0] == "ELR_EL1":
        return Compute("move", "elr", read_register(args[1]), ("#", 0), False)
    if instr.op == "MRS" and args[1] == "ELR_EL1":
        return Compute("move", read_register(args[0]), "elr", ("#", 0), False)
    if instr.op == "ADR":
        return Address(read_register(args[0]), instr.args[1])
    return {"ERET": Return(), "NOP": Nothing(), "END": End()}.get(instr.op)


def decode(instr):
    try:
        if instr.op in ("DMB", "DSB", "ISB"):
            return decode_fence(instr)
        if instr.op == "TLBI":
            return decode_invalidate(instr)
        for one in (decode_memory, decode_branch, decode_pick, decode_compute, decode_system):
            found = one(instr)
            if found is not None:
                return found
    except IndexError:
        pass
    refuse(instr)
