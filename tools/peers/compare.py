"""Latency of Swiftlet and of its peers on the same int8 nets, in turn, one thread. Called by tools/compare-peers."""

import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import chart

# name -> the ratio over LiteRT that the project aims at (ResNet-50: over the best peer)
NETS = {
    "mlperf_kws": 2.6, "mlperf_vww": 2.5, "mobilenet_v2": 1.8, "lenet": 1.8, "mobilenet_v1": 1.4, "mlperf_ic": 1.3, "mlperf_ad": 1.3,
    "cifar_resnet_large": 1.2, "mlp": 1.05, "resnet50": 1.08,
}
OVER_BEST = {"resnet50"}
GEOMETRIC_MEAN = 1.6
PEERS = {"litert": "LiteRT", "ort": "ONNX Runtime", "ov": "OpenVINO"}


def files(name, folder, models):
    """(peer, what, file) of the int8 files; the first is LiteRT's, which is ours too."""
    tflite = models / name / "model_int8.tflite" if name.startswith("mlperf_") else folder / f"{name}_int8.tflite"
    rows = [("litert", "int8", tflite)]
    rows += [("ort", kind, folder / f"{name}.{kind}.onnx") for kind in ("s8s8", "u8s8")]
    rows += [("ov", "nncf", folder / f"{name}.nncf.xml")]
    return [row for row in rows if row[2].exists()]


class Worker:
    def __init__(self, peer, path):
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), peer, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.alive = self.process.stdout.readline().strip() == "ready"

    def measure(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(quantize, program, isa):
    environment = os.environ | ({"SWIFTLET_ISA": isa} if isa else {})
    done = subprocess.run([quantize, "bench", program, "--json"], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{program}: {done.stderr.strip()}")
    result = json.loads(done.stdout)[0]
    return result["median_us"], result["isa"]


def middle(values):
    return sorted(values)[len(values) // 2]


def compare(name, options):
    rows = files(name, options.folder, options.models)
    if not rows or rows[0][0] != "litert":
        print(f"{name}: skipped, there is no int8 TFLite file", file=sys.stderr)
        return None
    program = options.folder / f"{name}.swl"
    done = subprocess.run([options.quantize, rows[0][2], "-o", program, "--plan", "latency", "--force"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr.strip()}")
    workers = [(peer, kind, Worker(peer, path)) for peer, kind, path in rows]
    for peer, kind, worker in workers:
        if not worker.alive:
            print(f"{name}: {PEERS[peer]} ({kind}) does not run it", file=sys.stderr)
    workers = [row for row in workers if row[2].alive]
    if "litert" not in [row[0] for row in workers]:
        raise SystemExit(f"{name}: LiteRT does not run; try: tools/peers/worker.py litert {rows[0][2]}")
    # One reading of each a round: what the machine does otherwise meets all alike, and a ratio is taken within a round.
    rounds = []
    for _ in range(options.rounds):
        mine, isa = ours(options.quantize, program, options.isa)
        peers = {}
        for peer, kind, worker in workers:
            peers[peer] = min(peers.get(peer, math.inf), worker.measure(options.seconds))
        rounds.append((mine, peers))
    for _, _, worker in workers:
        worker.close()
    row = {"net": name, "isa": isa, "us": middle([mine for mine, _ in rounds]), "peers": {}}
    for peer in rounds[0][1]:
        ratios = [peers[peer] / mine for mine, peers in rounds]
        row["peers"][peer] = {
            "us": middle([peers[peer] for _, peers in rounds]), "ratio": middle(ratios), "least": min(ratios), "most": max(ratios)}
    row["target"] = NETS.get(name)
    row["judged"] = min(p["ratio"] for p in row["peers"].values()) if name in OVER_BEST else row["peers"].get("litert", {}).get("ratio")
    return row


def table(rows):
    lines = ["| net | Swiftlet us | " + " | ".join(f"{label} / ours" for label in PEERS.values()) + " | aim |"]
    lines.append("|---" * (len(PEERS) + 3) + "|")
    for row in rows:
        cells = []
        for peer in PEERS:
            found = row["peers"].get(peer)
            cells.append(f"{found['ratio']:.2f} ({found['least']:.2f}-{found['most']:.2f})" if found else "-")
        lines.append("| " + " | ".join([row["net"], f"{row['us']:.1f}", *cells, f"{row['target']:.2f}" if row["target"] else ""]) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("quantize", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=Path("../shared/models"))
    parser.add_argument("--nets", default=",".join(NETS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--isa")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")
    options.quantize, rows = options.quantize.resolve(), []
    for name in options.nets.split(","):
        row = compare(name, options)
        if row:
            rows.append(row)
            print(f"{name} done", file=sys.stderr)
    if not rows:
        raise SystemExit("no net to compare")
    judged = [row["judged"] for row in rows if row["judged"]]
    mean = math.exp(sum(map(math.log, judged)) / len(judged))
    print(table(rows))
    print(f"\ngeometric mean {mean:.2f} over {len(judged)} nets (aim {GEOMETRIC_MEAN}), {rows[0]['isa']}, one thread, medians of {options.rounds} rounds")
    below = [row["net"] for row in rows if row["target"] and row["judged"] < row["target"]]
    slower = [f"{row['net']} ({PEERS[peer]})" for row in rows for peer, found in row["peers"].items() if found["ratio"] < 1]
    if below:
        print("under their aim: " + ", ".join(below))
    if slower:
        print("slower than a peer: " + ", ".join(slower))
    if options.json:
        options.json.write_text(json.dumps({"geometric_mean": mean, "rounds": options.rounds, "nets": rows}, indent=2) + "\n")
    if options.svg:
        options.svg.write_text(chart.picture(rows, PEERS))
    return 1 if below or slower else 0


if __name__ == "__main__":
    sys.exit(main())
