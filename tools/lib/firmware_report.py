"""Sizes, traps and the behaviour of one run of firmware: see tools/firmware-report."""
import json
import re
import subprocess
import sys

from call_graph import Object


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sections(tools, path):
    """Bytes by section name."""
    rows = (line.split() for line in output(tools + "size", "-A", "-d", path).splitlines())
    return [(row[0], int(row[1])) for row in rows if len(row) == 3 and row[0].startswith(".")]


def sizes(tools, path):
    """Text (code and constants), data and bss, without the model and what is not loaded."""
    text = data = bss = 0
    for name, size in sections(tools, path):
        if name.startswith((".comment", ".note", ".debug", ".ARM.attributes")) or name.endswith("_model"):
            continue
        if name.startswith(".bss"):
            bss += size
        elif name.startswith(".data") and not name.startswith(".data.rel.ro"):
            data += size
        else:
            text += size
    return {"text": text, "data": data, "bss": bss}


def linked(tools, result, entries, *inputs):
    """What the linker keeps of the inputs for some entry points: the program without its C library."""
    subprocess.run([tools + "ld", "-r", "--gc-sections", *(f"--undefined={e}" for e in entries), "-e", entries[0], *inputs, "-o", result], check=True)
    return sizes(tools, result)


def plain(symbol):
    """A Swift symbol without module and hashes, other symbols as they are."""
    if not symbol.startswith("$"):
        return symbol.split(".")[0]
    name = output("swift", "demangle", "--compact", "--simplified", symbol).strip()
    return re.sub(r"\(.*", "", re.sub(r" in _[0-9A-F]+", "", name)).replace("specialized ", "")


def traps(tools, path, exports):
    """Functions that a call of the exports can reach and that hold an instruction that stops the program, with the number of these."""
    program = Object(tools, path)
    result = {}
    for key in program.reached(exports):
        function = program.functions[key]
        if function.traps:
            name = plain(function.name)
            result[name] = result.get(name, 0) + len(function.traps)
    return result


def main():
    what, *arguments = sys.argv[1:]
    if what == "operators":  # TOOLS ARCHIVE RESULT OPERATOR...
        tools, archive, result, *operators = arguments
        print("    text    data     bss  operator, with all that it calls")
        for name in operators:
            s = linked(tools, result, ["ck_operator_" + name], archive)
            print(f"{s['text']:8}{s['data']:8}{s['bss']:8}  {name}")
    elif what == "link":  # TOOLS RESULT ENTRIES INPUT...: sizes as JSON
        tools, result, entries, *inputs = arguments
        print(json.dumps(linked(tools, result, entries.split(","), *inputs)))
    elif what == "traps":  # TOOLS PROGRAM EXPORTS ALLOWED.json: exit status 1 where a function beyond the list holds one
        tools, program, exports, allowed = arguments
        with open(allowed) as file:
            names = {name for group in json.load(file)["traps"] for name in group["functions"]}
        found = traps(tools, program, exports.split(","))
        kernels = [n for n in found if n.startswith("ck_")]
        print(f"reached from the exports: {sum(found.values())} checks of invariants in {len(found)} functions of the core, {len(kernels)} in kernels")
        beyond = sorted(set(found) - names)
        for name in beyond:
            print(f"not listed: {name} ({found[name]})", file=sys.stderr)
        sys.exit(1 if beyond else 0)
    elif what == "budget":  # BUDGETS.json KEY VALUE
        budgets, key, value = arguments
        with open(budgets) as file:
            limit = json.load(file)["budgets"][key]
        print(f"{key}: {value} of {limit}")
        sys.exit(0 if value.isdigit() and int(value) <= limit else 1)


main()
