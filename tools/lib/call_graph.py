"""Which functions of a relocatable aarch64 object can be reached from its exports, and which of those hold an instruction that stops the program.

A direct branch reaches its function. An indirect one is taken to reach every function whose address is taken anywhere: in code, or in data
that is loaded (tables of operators and kernels). The linker's -r --gc-sections comes first, so that nothing unreferenced is left.
"""
import bisect
import collections
import re
import subprocess

Function = collections.namedtuple("Function", "name size branches indirect traps")
CALLS = ("R_AARCH64_CALL26", "R_AARCH64_JUMP26", "R_AARCH64_CONDBR19", "R_AARCH64_TSTBR14")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Object:
    def __init__(self, tools, path):
        self.sections, loaded, places = {}, set(), {}
        row = r"^ *\[ *(\d+)\] (\S+) +(\S+) +[0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ [0-9a-f]+ +([A-Zop]*) +\d+ +(\d+) +\d+$"
        for number, name, kind, offset, flags, info in re.findall(row, output(tools + "readelf", "-SW", path), re.M):
            self.sections[name] = int(number)
            # What unwinding reads calls nothing.
            if "A" in flags and not name.startswith((".eh_frame", ".gcc_except_table")):
                loaded.add(int(number))
            if kind == "RELA":
                places[int(offset, 16)] = int(info)
        self.symbols, starts = {}, collections.defaultdict(dict)
        for line in output(tools + "readelf", "-sW", path).splitlines():
            row = line.split()
            if len(row) < 7 or not row[0].rstrip(":").isdigit():
                continue
            section = int(row[6]) if row[6].isdigit() else None
            value, name = int(row[1], 16), row[7] if len(row) > 7 else ""
            self.symbols[int(row[0][:-1])] = (section, value)
            if row[3] == "FUNC" and section is not None:
                # Of two names for one function, the one that others link with.
                if row[4] != "LOCAL" or value not in starts[section]:
                    starts[section][value] = (name, int(row[2], 0))
        self.starts = {section: sorted(rows) for section, rows in starts.items()}
        self.functions = {(s, start): Function(*rows[start], set(), [], []) for s, rows in starts.items() for start in rows}
        self.taken = set()
        relocated = self.read_relocations(output(tools + "readelf", "-rW", path), places, loaded)
        self.read_code(output(tools + "objdump", "-d", "--no-show-raw-insn", path), relocated)

    def function_at(self, section, address):
        """The function that holds an address of a section, as a key."""
        starts = self.starts.get(section, [])
        at = bisect.bisect_right(starts, address) - 1
        return (section, starts[at]) if at >= 0 else None

    def read_relocations(self, text, sections, loaded):
        """Branches and taken addresses that the linker still has to fill in; the places of the branches."""
        section, relocated = None, set()
        for line in text.splitlines():
            # By its place in the file: readelf cuts long names here.
            if match := re.match(r"Relocation section '.*' at offset 0x([0-9a-f]+) ", line):
                section = sections[int(match[1], 16)]
                continue
            row = line.split()
            if len(row) < 3 or not row[2].startswith("R_AARCH64") or section not in loaded:
                continue
            place, symbol = int(row[0], 16), int(row[1], 16) >> 32
            addend = int(row[-1], 16) * (-1 if row[-2] == "-" else 1) if row[-2] in "+-" else 0
            target, value = self.symbols[symbol]
            if row[2] in CALLS:
                relocated.add((section, place))
                caller = self.function_at(section, place)
                if target is not None and caller:
                    self.functions[caller].branches.add(self.function_at(target, value + addend))
            elif (target, value + addend) in self.functions:
                self.taken.add((target, value + addend))
        return relocated

    def read_code(self, text, relocated):
        """Branches inside a section, indirect branches and traps."""
        section = None
        for line in text.splitlines():
            if match := re.match(r"Disassembly of section (\S+):$", line):
                section = self.sections[match[1]]
            elif match := re.match(r" *([0-9a-f]+):\t([a-z0-9.]+)\t?(.*)", line):
                place, mnemonic, operands = int(match[1], 16), match[2], match[3]
                key = self.function_at(section, place)
                function = self.functions[key]
                if mnemonic == "udf" and place >= key[1] + function.size:
                    continue  # zeros up to the next function
                if mnemonic in ("brk", "udf", "hlt"):
                    function.traps.append(place)
                elif re.match(r"(blr|br|blraa|braa)", mnemonic):
                    function.indirect.append(place)
                elif re.match(r"(bl?|b\.[a-z]+|cbn?z|tbn?z)$", mnemonic) and (section, place) not in relocated:
                    target = re.search(r"([0-9a-f]+) <", operands)
                    function.branches.add(self.function_at(section, int(target[1], 16)))

    def reached(self, exports):
        """The functions that a call of any export can come to, as keys."""
        pending = [key for key, function in self.functions.items() if function.name in exports]
        if missing := set(exports) - {self.functions[key].name for key in pending}:
            raise SystemExit(f"not in the object: {', '.join(sorted(missing))}")
        seen, indirect = set(pending), False
        while pending:
            function = self.functions[pending.pop()]
            found = {key for key in function.branches if key}
            if function.indirect and not indirect:
                indirect = True
                found |= self.taken
            pending += found - seen
            seen |= found
        return seen
