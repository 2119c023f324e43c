#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""script/herd2litmus, one construct at a time: what it prints, and what it refuses and why."""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOL = os.path.join(TOP, "script", "herd2litmus")
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("herd2litmus", TOOL)
herd2litmus = importlib.util.module_from_spec(importlib.util.spec_from_loader("herd2litmus", loader))
loader.exec_module(herd2litmus)

INIT = "0:X0=x; 0:X1=PTE(x); 0:X2=y; 0:X3=(oa:PA(y),valid:0);"


def translate(code, init=INIT, condition="exists (x=0)", head="", columns="P0", kinds=None):
    rows = ";\n".join(" | ".join(row) if isinstance(row, tuple) else row for row in code)
    text = "AArch64 test\n%s\n{ %s }\n%s ;\n%s ;\n%s\n" % (head, init, columns, rows, condition)
    return herd2litmus.translate(text, "some/test.litmus", kinds)


class Translator(unittest.TestCase):
    maxDiff = None

    def program(self, code, **more):
        """The operations of P0 alone."""
        lines = translate(code, **more).split("\n")
        first = next(i for i, line in enumerate(lines) if line.startswith("cpu 0"))
        program = [lines[first].split(": ", 1)[1]]
        for line in lines[first + 1:]:
            if not line.startswith(": "):
                break
            program.append(line[2:])
        return program

    def refused(self, why, code, **more):
        with self.assertRaises(herd2litmus.Untranslatable) as raised:
            translate(code, **more)
        self.assertIn(why, str(raised.exception))

    def line(self, name, *args, **more):
        return [line for line in translate(*args, **more).split("\n") if line.startswith(name)]

    # ---- accesses ----

    def test_loads_and_stores(self):
        for instr, op in (("LDR W5,[X0]", "load x -> p0x5"), ("ldr x5, [x0, #0]", "load x -> p0x5"),
                          ("LDAR W5,[X0]", "load x -> p0x5 acquire"), ("LDAPR X5,[X0]", "load x -> p0x5 acquire-pc"),
                          ("LDXR W5,[X0]", "load x -> p0x5 exclusive"),
                          ("LDAXR W5,[X0]", "load x -> p0x5 exclusive acquire"), ("LDR X5,[X1]", "entry x -> p0x5"),
                          ("LDR W5,[X0,#8]", "load x+8 -> p0x5"), ("LDUR W5,[X0,12]", "load x+12 -> p0x5"),
                          ("STR WZR,[X0]", "store x = 0"), ("STLR W9,[X0]", "store x = 0 release"),
                          ("STR X3,[X1]", "entry x = invalid rw fixed to y"), ("STR XZR,[X1]", "entry x = none"),
                          ("STLXR W5,W9,[X0]", "store x = 0 -> p0x5 exclusive release")):
            self.assertEqual(self.program([instr]), [op], instr)

    def test_atomics(self):
        one = "MOV W4,#1"
        for instr, op in (("SWP W4,W5,[X0]", "store x = 1 -> p0x5"),
                          ("SWPAL W4,W5,[X0]", "store x = 1 -> p0x5 acquire release"),
                          ("SWP W4,WZR,[X0]", "store x = 1 -> p0zr"),
                          ("SWPA X3,X5,[X1]", "entry x = invalid rw fixed to y -> p0x5 acquire"),
                          ("CASL W9,W4,[X0]", "store x = 1 if = 0 -> p0x9 release"),
                          ("LDADD W4,W5,[X0]", "store x add 1 -> p0x5"), ("LDSET W4,W5,[X0]", "store x or 1 -> p0x5"),
                          ("LDCLRA W4,W5,[X0]", "store x clear 1 -> p0x5 acquire"),
                          ("LDEOR W4,W5,[X0]", "store x xor 1 -> p0x5"), ("STADDL W4,[X0]", "store x add 1 release"),
                          ("STSET X4,[X1]", "entry x set valid"), ("LDCLR X4,X5,[X1]", "entry x clear valid -> p0x5")):
            self.assertEqual(self.program([one, instr]), [op], instr)

    def test_bits_of_entries(self):
        for bit, on, off in ((0, "set valid", "clear valid"), (6, "set user", "clear user"),
                             (7, "clear dirty", "set dirty"), (10, "set young", "clear young"),
                             (51, "set writable", "clear writable")):
            make = ["MOV X4,#1", "LSL X4,X4,#%d" % bit]
            self.assertEqual(self.program(make + ["STSET X4,[X1]"]), ["entry x " + on])
            self.assertEqual(self.program(make + ["STCLR X4,[X1]"]), ["entry x " + off])
        self.assertEqual(self.program(["MOV X4,#129", "STSET X4,[X1]"]), ["entry x set valid clear dirty"])
        self.assertEqual(self.program(["MOV X4,#129", "STCLR X4,[X1]"]), ["entry x set dirty clear valid"])
        self.refused("none of ours", ["MOV X4,#2", "STSET X4,[X1]"])
        self.refused("changes nothing", ["STSET X4,[X1]"])

    def test_entries_that_were_read(self):
        other = ["MOV X4,#1024", "LDR X5,[X1]"]
        swapped = dict(columns="P0 | P1", init=INIT + " 1:X1=PTE(x); 1:X2=(oa:PA(y),af:0);")

        def last(instr):
            code = [(one, "") for one in other] + [(instr, "STR X2,[X1]"), ("STR X6,[X1]", "")]
            return self.program(code, **swapped)[1:]
        self.assertEqual(last("ORR X6,X5,X4"), ["let p0x6 = p0x5 set young", "entry x = p0x6"])
        self.assertEqual(last("BIC X6,X5,X4"), ["let p0x6 = p0x5 clear young", "entry x = p0x6"])
        self.assertEqual(self.program(["LDR X5,[X1]", "MOV X4,#1024", "BIC X6,X5,X4", "STR X6,[X0]"])[1:],
                         ["let p0x6 = entry rw fixed old to x after p0x5", "store x = p0x6"])
        self.assertEqual(last("MOV X6,X5"), ["let p0x6 = p0x5", "entry x = p0x6"])
        code = [(one, "") for one in other] + [("AND X6,X5,X4", "STR X2,[X1]"), ("CBZ X6,L0", ""), ("STR W4,[X0]", ""),
                                               ("L0:", "")]
        self.assertEqual(self.program(code, **swapped)[1:4], ["let p0x6 = p0x5 has young", "let p0x6 = p0x6 shl 10",
                                                              "goto P0-L0 if p0x6 = 0"])

    # ---- dependencies ----

    def test_address_dependency(self):
        code = ["LDR W5,[X2]", "EOR W6,W5,W5", "LDR W7,[X0,W6,SXTW]"]
        self.assertEqual(self.program(code), ["load y -> p0x5", "let p0x6 = p0x5 xor p0x5", "load x -> p0x7 after p0x6"])
        code[2:] = ["ADD X6,X0,W6,SXTW", "LDR W7,[X6]"]
        self.assertEqual(self.program(code)[-1], "load x -> p0x7 after p0x6")

    def test_mask_that_is_always_zero(self):
        code = ["LDR W5,[X2]", "AND W6,W5,#128", "STR W9,[X0,X6]"]
        self.assertEqual(self.program(code)[1:], ["let p0x6 = p0x5 and 128", "store x = 0 after p0x6"])
        self.assertEqual(self.program(code, init=INIT + " y=128;")[2], "store x+128 = 0 after p0x6")
        both = [(one, "STR WZR,[X2]" if one == code[0] else "") for one in code]
        self.refused("not known beforehand", both, init=INIT + " y=128; 1:X2=y;", columns="P0 | P1")

    def test_data_dependency(self):
        code = ["LDR W5,[X2]", "EOR W6,W5,W5", "ADD W6,W6,#1", "STR W6,[X0]"]
        self.assertEqual(self.program(code)[1:], ["let p0x6 = p0x5 xor p0x5", "let p0x6 = p0x6 add 1", "store x = p0x6"])

    def test_pointer(self):
        code = ["LDR X5,[X2]", "LDR W6,[X5]"]
        self.assertEqual(self.program(code, init=INIT + " int *y=&x;")[1:], ["load x -> p0x6 after p0x5"])
        self.refused("not known beforehand", [(code[0], "STR X0,[X2]"), (code[1], "")], columns="P0 | P1",
                     init=INIT + " int *y=&x; 1:X0=z; 1:X2=y;")

    def test_invalidation_after_a_load(self):
        code = ["LDR W5,[X2]", "EOR X6,X5,X5", "ADD X6,X0,X6", "LSR X6,X6,#12", "TLBI VAAE1IS,X6"]
        self.assertEqual(self.program(code)[-1], "invalidate x after p0x6")

    def test_choice(self):
        code = ["LDR W5,[X2]", "CMP W5,#1", "CSEL W6,WZR,W9,NE", "STR W6,[X0]"]
        self.assertEqual(self.program(code)[1:], ["let p0z = p0x5 equals 1", "let p0x6 = 0 if p0z else 0",
                                                  "store x = p0x6"])
        code = ["LDR W5,[X2]", "TST W5,#1", "CSET W6,EQ", "STR W6,[X0]"]
        self.assertEqual(self.program(code)[1:], ["let p0t = p0x5 and 1", "let p0z = p0t equals 0",
                                                  "let p0x6 = 1 if p0z else 0", "store x = p0x6"])

    def test_branches(self):
        for branch, op in (("CBZ W5,L", "goto P0-L if p0x5 = 0"), ("CBNZ W5,L", "goto P0-L if p0x5"), ("B L", "goto P0-L")):
            self.assertEqual(self.program(["LDR W5,[X2]", branch, "STR W9,[X0]", "L:"])[1:],
                             [op, "store x = 0", "label P0-L"] if branch != "B L" else [op, "label P0-L"])
        self.assertEqual(self.program(["LDR W5,[X2]", "TBNZ W5,#3,L", "STR W9,[X0]", "L: ISB"])[1:3],
                         ["let p0t = p0x5 and 8", "goto P0-L if p0t"])
        self.assertEqual(self.program(["CBZ W5,L", "STR W9,[X0]", "L: ISB"])[0], "goto P0-L")
        self.assertEqual(self.program(["CBNZ W5,L", "STR W9,[X0]", "L: ISB"])[0], "store x = 0")

    # ---- order ----

    def test_fences(self):
        for instr, op in (("DMB SY", "full"), ("DMB ISH", "full"), ("DMB LD", "load"), ("DMB ISHST", "store"),
                          ("DSB SY", "complete"), ("DSB  OSH", "complete"), ("DSB ISHLD", "complete load"),
                          ("DSB ST", "complete store"), ("ISB", "context")):
            self.assertEqual(self.program([instr]), ["fence " + op])
        self.refused("DMB NSH", ["DMB NSH"])

    def test_invalidations(self):
        for kind, op in (("VAAE1IS", "x"), ("VAE1IS", "x"), ("VAAE1", "x local"), ("VALE1IS", "x leaf"),
                         ("VAALE1", "x leaf local"), ("VAE1OS", "x"), ("ASIDE1IS", "id"), ("ASIDE1", "id local")):
            self.assertEqual(self.program(["LSR X5,X0,#12", "TLBI %s,X5" % kind]), ["invalidate " + op])
        self.assertEqual(self.program(["TLBI VMALLE1IS"]), ["invalidate all"])
        self.assertEqual(self.program(["TLBI VMALLE1"]), ["invalidate all local"])
        self.assertEqual(self.program(["TLBI VAAE1IS,X1"]), ["invalidate entry x"])
        self.refused("not known beforehand", ["TLBI VAAE1IS,X0"])
        self.refused("RVAE1IS", ["TLBI RVAE1IS,X0"])

    # ---- faults ----

    def test_handlers(self):
        self.assertEqual(self.line("handler", ["LDR W5,[X0]"]), ["handler 0: end"])
        self.assertEqual(self.line("handler", ["LDR W5,[X0]"], head="Variant=handled"), ["handler 0: retry"])
        columns = "P0 | P0.F"
        for code, handler in (([("LDR W5,[X0]", "STR W9,[X2]")], "store y = 0; end"),
                              ([("LDR W5,[X0]", "ERET")], "retry"),
                              ([("LDR W5,[X0]", "MRS X7,ELR_EL1"), ("", "ADD X7,X7,#4"), ("", "MSR ELR_EL1,X7"),
                                ("", "ERET")], "return"),
                              ([("LDR W5,[X0]", "ADR X7,L"), ("L:", "MSR ELR_EL1,X7"), ("", "ERET")], "return P0-L")):
            self.assertEqual(self.line("handler", code, columns=columns), ["handler 0: " + handler])
        self.refused("ERET outside", ["ADR X5,L", "MSR ELR_EL1,X5", "ERET", "L: NOP"])
        self.refused("not known", ["ERET"])

    def test_fault_conditions(self):
        code = ["L: LDR W5,[X0]", "STR W9,[X2]"]
        for fault, text in (("fault(P0:L,x)", "faulted P0-L"), ("Fault(P0:L)", "faulted P0-L"),
                            ("fault(P0,x)", "faulted P0-L"), ("fault(0,y)", "faulted P0-access-1"),
                            ("fault(P0)", "faulted P0-L or faulted P0-access-1"),
                            ("~fault(P0)", "not (faulted P0-L or faulted P0-access-1)"),
                            ("fault(P0:L,x,MMU:AccessFlag)", "faulted P0-L access"),
                            ("fault(P0:L,y) \\/ x=1", "x.0 = 1"), ("fault(P0:Q,x)", "not (x.0 = 0 or x.0 != 0)")):
            self.assertEqual(self.line("expect", code, condition="exists " + fault), ["expect sometimes " + text])
        self.refused("a fault of P3", code, condition="exists fault(P3,x)")

    def test_hardware_and_users(self):
        def lines(head):
            return [line for line in translate([("LDR W5,[X0]", "NOP")], head=head, columns="P0 | P1").split("\n")
                    if line.startswith(("hardware", "cpu"))]
        self.assertEqual(lines("")[:1], ["hardware none"])
        self.assertEqual(lines("TTHM=HA")[:3], ["hardware none", "hardware accessed 0", "hardware accessed 1"])
        self.assertEqual(lines("TTHM=P0:HD P1:HA")[:3], ["hardware none", "hardware dirty 0", "hardware accessed 1"])
        self.assertEqual(lines("EL0=P0")[1], "cpu 0 user: load x -> p0x5")
        self.refused("TTHM=XX", ["NOP"], head="TTHM=XX")
        self.refused("Variant=mte", ["NOP"], head="Variant=vmsa,mte")
        self.assertEqual(self.line("arch", ["NOP"], head="variant=ets2,precise"), ["arch arm64_ets2"])

    # ---- states and conditions ----

    def test_initial_state(self):
        text = translate(["NOP"], init="int x=-1; y=0x10; z; pte_x=(oa:phy_y, af:0); [PTE(y)]=(valid:0); int64_t w[2]={1,2}; "
                                       "TTD(z)=(db:0,dbm:1); 0:X1=z;")
        for line in ("start entry x = rw fixed old to y", "start entry y = invalid rw fixed to y", "start y = 16",
                     "start entry z = rw clean to z", "start w = 1", "start w+8 = 2", "start x = 4294967295"):
            self.assertIn(line + "\n", text)
        self.refused("attrs", ["NOP"], init="pte_x=(oa:PA(x),attrs:(Device));")

    def test_conditions(self):
        code = ["LDR W5,[X0]", "LDR X6,[X1]"]
        for condition, text in (("0:X5=1 /\\ P0:X6=(oa:PA(x),db:0)", "p0x5 = 1 and p0x6 = entry ro to x"),
                                ("(0:X5=1 \\/ 0:X5=2) /\\ [x]=0", "(p0x5 = 1 or p0x5 = 2) and x.0 = 0"),
                                ("not (0:X5=1) /\\ true", "not p0x5 = 1"), ("0:X5<>1", "not p0x5 = 1"),
                                ("0:X5=1 => x=1", "not p0x5 = 1 or x.0 = 1"), ("pte_x=(af:0)", "entry x = rw fixed old to x"),
                                ("0:X5=0:X9", "p0x5 = p0x9"), ("x[2]=1", "x+8 = 1")):
            self.assertEqual(self.line("expect", code, condition="exists " + condition), ["expect sometimes " + text])
        self.refused("no condition", code, condition="")
        self.refused("ends early", code, condition="exists (x=1 /\\")
        self.refused("in the condition", code, condition="exists x>1")

    def test_kinds(self):
        for kind, word in (("Allow", "sometimes x"), ("Forbidden", "never x"), ("Required", "x")):
            with open(os.path.join(os.environ.get("BUILD", "/tmp"), "kinds.tmp"), "w", encoding="utf-8") as file:
                file.write("# a remark\ntest %s\n" % kind)
            kinds = herd2litmus.read_kinds(file.name)
            os.remove(file.name)
            self.assertEqual(self.line("expect", ["NOP"], kinds=kinds), ["expect %s.0 = 0" % word])
        self.assertEqual(self.line("expect", ["NOP"], condition="~exists x=0"), ["expect never x.0 = 0"])
        self.assertEqual(self.line("expect", ["NOP"], condition="forall x=0"), ["expect x.0 = 0"])
        self.refused("no kind", ["NOP"], kinds={})

    def test_filter(self):
        code, end = ["LDR W5,[X0]"], "filter (0:X5=1)\n%s x=0"
        self.assertEqual(self.line("expect", code, condition=end % "exists"), ["expect sometimes p0x5 = 1 and x.0 = 0"])
        self.assertEqual(self.line("expect", code, condition=end % "forall"), ["expect not p0x5 = 1 or x.0 = 0"])

    # ---- what is refused ----

    def test_refusals(self):
        for code, why in ((["LDP W5,W6,[X0]"], "LDP"), (["LDR W5,[X0],#4"], "LDR W5"), (["LDRB W5,[X0]"], "LDRB"),
                          (["LDR W5,[X9]"], "not known beforehand"), (["B.GT L", "L:"], "B.GT"),
                          (["LDR W5,[X0,#2]"], "in no word"), (["CBZ W5,L"], "the label L"), (["L: NOP", "L: NOP"], "twice"),
                          (["DC CIVAC,X0"], "DC"), (["MOV X0,SP"], "MOV X0,SP"), (["SVC #0"], "SVC")):
            self.refused(why, code)
        for text in ("X86 test\n{}\nP0;\nexists (x=1)\n", "AArch64 test\nP0;\n", ""):
            with self.assertRaises(herd2litmus.Untranslatable):
                herd2litmus.translate(text, "test.litmus")

    def test_command(self):
        def run(*args, text=""):
            done = subprocess.run([TOOL, *args], input=text, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout + done.stderr
        good = "AArch64 t+1\n{ 0:X0=x; }\nP0 ;\nLDR W1,[X0] ;\nexists (0:X1=0)\n"
        status, text = run("--arch", "hostile", "-", text=good)
        self.assertEqual((status, text.split("\n")[0]), (0, "litmus h-t-1"))
        self.assertIn("\narch hostile\n", text)
        self.assertEqual(run("--name", "other", "-", text=good)[1].split("\n")[0], "litmus other")
        self.assertEqual(run("-", text=good.replace("LDR W1", "LDRB W1")),
                         (1, "not translatable: the instruction LDRB W1,[X0]\n"))
        self.assertEqual(run("/nowhere")[0], 2)


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromTestCase(Translator))
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - failed, failed))
    sys.exit(1 if failed else 0)
