"""Guest instructions and modelled cycles of one inference on emulated ARM cores, beside LiteRT's: tools/count-arm runs it.

The count is exact and repeatable; a core's cycles are llvm-mca's: each block of instructions that ran, disassembled, simulated alone in steady
state (caches always hit, branches always right) and weighted by its executions. "bound" is the limit of the core's resources, a perfect
schedule. Both compare code with code; neither is a time measured on a board.
"""
import argparse, bisect, json, pathlib, re, subprocess, sys, tempfile

# Name, emulated processor, llvm-mca's model. qemu-user 7.2 has no Cortex-A55; its instruction set is the A76's. llvm-mca models the A76's twin.
CORES = [
    ("cortex-a53", "cortex-a53", "cortex-a53", "neon"),
    ("cortex-a72", "cortex-a72", "cortex-a72", "neon"),
    ("cortex-a55", "cortex-a76", "cortex-a55", "dotprod"),
    ("cortex-a76", "cortex-a76", "neoverse-n1", "dotprod"),
    ("max", "max,sve=off", "neoverse-n2", "i8mm"),
]
# LiteRT 2.3.0 (XNNPACK, one thread), the MLPerf Tiny int8 models, `invoke` alone, counted by the same plugin on 2026-11-20: instructions, and
# cycles by the same model. The count differs between cores of one instruction set: XNNPACK has kernels for single cores.
LITERT = {
    "cortex-a53": {"kws": (1344389, 1.05e6), "ic": (5018443, 4.23e6), "ad": (146032, None)},
    "cortex-a72": {"kws": (1947484, 0.87e6), "ic": (4328984, 2.25e6), "ad": (102083, None)},
    "cortex-a55": {"kws": (807990, 0.54e6), "ic": (2009007, 1.39e6), "ad": (52838, None)},
    "cortex-a76": {"kws": (719386, 0.28e6), "ic": (1506548, 0.63e6), "ad": (52812, None)},
    "max": {"kws": (741289, None), "ic": (1261471, None), "ad": (49311, None)},
}
MC = ["llvm-mc-19", "--disassemble", "-triple=aarch64-linux-gnu", "-mattr=+v8.2a,+fullfp16,+dotprod,+i8mm"]
MCA = ["llvm-mca-19", "-mtriple=aarch64-linux-gnu", "-mattr=+v8.2a,+fullfp16,+dotprod,+i8mm", "-iterations=50"]
COVERED = 0.995  # of the instructions; the blocks of the rest are scaled


def run_core(program, plugin, processor, model, folder):
    """[(executions, address relative to main, words)] of one inference, and the hash of its outputs."""
    path = folder / "blocks"
    command = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", "-cpu", processor, "-plugin", f"{plugin},blocks={path}", program, model]
    result = subprocess.run(command, capture_output=True, text=True)
    said = re.fullmatch(r"main ([0-9a-f]+) outputs ([0-9a-f]+)\n", result.stdout)
    if result.returncode != 0 or not said:
        sys.exit(f"count-arm: {' '.join(map(str, command))}: {result.stderr.strip() or result.stdout.strip()}")
    blocks = []
    for line in path.read_text().splitlines():
        executions, address, *words = line.split()
        blocks.append((int(executions), int(address, 16) - int(said[1], 16), tuple(words)))
    return blocks, said[2]


def functions_of(program):
    """Sorted addresses relative to main, and names."""
    lines = subprocess.run(["aarch64-linux-gnu-nm", "-n", program], capture_output=True, text=True, check=True).stdout.splitlines()
    symbols = [(int(f[0], 16), f[2]) for f in map(str.split, lines) if len(f) == 3 and f[1] in "tTwW" and not f[2].startswith("$")]
    main = next(address for address, name in symbols if name == "main")
    return [address - main for address, _ in symbols], [name for _, name in symbols]


def by_function(blocks, symbols):
    totals = {}
    for executions, address, words in blocks:
        at = bisect.bisect_right(symbols[0], address) - 1
        name = symbols[1][at] if 0 <= at and address - symbols[0][at] < 1 << 20 else "(libc)"
        totals[name] = totals.get(name, 0) + executions * len(words)
    return sorted(totals.items(), key=lambda item: -item[1])


def disassembled(words):
    """Assembler text of each distinct word; branch targets become one label."""
    def text(some):
        raw = "\n".join(" ".join(f"0x{int(word, 16) >> shift & 255:02x}" for shift in (0, 8, 16, 24)) for word in some)
        out = subprocess.run(MC, input=raw, capture_output=True, text=True).stdout.splitlines()
        return [line.strip() for line in out if line.strip() and not line.strip().startswith(".text")]

    lines = text(words)
    if len(lines) != len(words):
        lines = [(text([word]) or ["nop"])[0] for word in words]
    branch = re.compile(r"(b|bl|b\.\w+|cbn?z|tbn?z|adrp?)\s")
    return {word: re.sub(r"#-?\d+$", ".Lx", line) if branch.match(line) else line for word, line in zip(words, lines)}


def bounds(model, listings):
    """The resource bound in cycles of each listing, None where llvm-mca refuses it."""
    result = []
    for first in range(0, len(listings), 200):
        part = listings[first:first + 200]
        source = "".join(f"# LLVM-MCA-BEGIN r{i}\n" + "\n".join(lines) + "\n# LLVM-MCA-END\n" for i, lines in enumerate(part)) + ".Lx:\n"
        output = subprocess.run(MCA + ["-mcpu=" + model], input=source, capture_output=True, text=True).stdout
        found = re.findall(r"Block RThroughput:\s+([\d.]+)", output)
        if len(found) == len(part):
            result += map(float, found)
        else:
            result += [None] if len(part) == 1 else [value for one in part for value in bounds(model, [one])]
    return result


def cycles(model, blocks):
    merged = {}
    for executions, _, words in blocks:
        merged[words] = merged.get(words, 0) + executions
    total, kept, seen = sum(len(words) * count for words, count in merged.items()), [], 0
    for words, count in sorted(merged.items(), key=lambda item: -len(item[0]) * item[1]):
        if seen >= COVERED * total:
            break
        kept.append((words, count))
        seen += len(words) * count
    text = disassembled(sorted({word for words, _ in kept for word in words}))
    listings = [[text[word] for word in words if not text[word].startswith(("svc", "brk", "udf"))] or ["nop"] for words, _ in kept]
    sum_of_bounds = covered = 0
    for (words, count), bound in zip(kept, bounds(model, listings)):
        if bound is not None:
            sum_of_bounds, covered = sum_of_bounds + count * bound, covered + count * len(words)
    return sum_of_bounds * total / covered


def main():
    parser = argparse.ArgumentParser(prog="count-arm")
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("plugin", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path, nargs="+")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cycles", action="store_true")
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--cores", default=",".join(core[0] for core in CORES))
    arguments = parser.parse_args()
    cores = [core for core in CORES if core[0] in arguments.cores.split(",")]
    if len(cores) != len(arguments.cores.split(",")):
        sys.exit(f"count-arm: --cores takes some of {','.join(core[0] for core in CORES)}")
    symbols, rows = functions_of(arguments.program), []
    for model in arguments.models:
        runs, hashes = {}, set()
        for core, processor, mca, isa in cores:
            if processor not in runs:
                with tempfile.TemporaryDirectory() as folder:
                    runs[processor] = run_core(arguments.program, arguments.plugin, processor, model, pathlib.Path(folder))
            blocks, outputs = runs[processor]
            hashes.add(outputs)
            row = {"model": model.stem, "core": core, "isa": isa, "instructions": sum(count * len(words) for count, _, words in blocks)}
            if arguments.cycles:
                row["cycles"] = round(cycles(mca, blocks))
            litert = LITERT[core].get(model.stem)
            if litert:
                row["litert_instructions"], row["litert_cycles"] = litert
            if arguments.functions:
                row["functions"] = dict(by_function(blocks, symbols))
            rows.append(row)
        if len(hashes) != 1:
            sys.exit(f"count-arm: {model}: the outputs differ between cores")
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    cycles_heading = f" {'cycles':>10} {'of LiteRT':>9}" if arguments.cycles else ""
    print(f"{'model':8} {'core':11} {'isa':8} {'instructions':>12} {'of LiteRT':>9}{cycles_heading}")
    for row in rows:
        line = f"{row['model']:8} {row['core']:11} {row['isa']:8} {row['instructions']:12}"
        line += f" {row['instructions'] / row['litert_instructions']:9.2f}" if "litert_instructions" in row else f" {'-':>9}"
        if arguments.cycles:
            peer = row.get("litert_cycles")
            line += f" {row['cycles']:10} " + (f"{row['cycles'] / peer:9.2f}" if peer else f"{'-':>9}")
        print(line)
        for name, count in list(row.get("functions", {}).items())[:25]:
            print(f"{count:12} {100 * count / row['instructions']:5.1f} %  {name}")


main()
