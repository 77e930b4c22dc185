"""Converts, quantizes and compares the bundled nets; writes the README's table and docs/zoo.svg. Called by tools/zoo."""

import json
import subprocess
import sys
from pathlib import Path

NETS = [
    # name, what it is, data
    ("mlp10", "dense 784-10-10", ""),
    ("mlp128", "dense 784-128-10", ""),
    ("convnet", "20 filters 5x5, pool, dense 100, 10", ""),
    ("resnet", "3 residual blocks", ""),
    ("mobilenet", "4 depthwise separable blocks", ""),
    ("denoiser", "dense autoencoder", "noisy-"),
    ("conv-autoencoder", "convolutional autoencoder", "noisy-"),
]
EXAMPLES = Path("Examples/digits")
BUILD = Path(".build/zoo")
BEGIN, END = "<!-- zoo: begin -->", "<!-- zoo: end -->"


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], check=True, capture_output=True, text=True).stdout


def measure(quantize, name, data):
    net, float_file, int8_file = EXAMPLES / f"{name}.onnx", BUILD / f"{name}-float.swl", BUILD / f"{name}.swl"
    common = ["--std", "255", "--force", "-o"]
    run(quantize, net, "--precision", "float", *common, float_file)
    run(quantize, net, "--calibrate", EXAMPLES / f"{data}calibration.npz", *common, int8_file)
    return json.loads(run(quantize, "compare", float_file, int8_file, "--data", EXAMPLES / f"{data}evaluation.npz", "--json"))


def quality(result):
    float_top1 = result["float"].get("top1")
    if float_top1 is None:
        return "-", f"SQNR {result['sqnr_db']:.1f} dB"
    return f"{100 * float_top1:.1f} %", f"{100 * result['int8']['top1']:.1f} %"


def kilobytes(count):
    return f"{count / 1000:.1f}"


def table(results):
    rows = [
        "| net | top-1 float | int8 | file kB float | int8 | arena kB float | int8 | latency us float | int8 | speed-up |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (name, what, _), result in results:
        float_side, int8_side = result["float"], result["int8"]
        cells = [f"[{name}](Examples/digits/{name}.onnx), {what}", *quality(result)]
        for key in ("file_bytes", "arena_bytes"):
            cells += [kilobytes(float_side[key]), kilobytes(int8_side[key])]
        cells += [f"{float_side['median_us']:.2f}", f"{int8_side['median_us']:.2f}", f"{result['speedup']:.1f}x"]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def picture(results):
    """Bars: how much of float's file, arena and latency int8 needs."""
    left, width, row, top = 150, 520, 62, 56
    height = top + row * len(results) + 20
    series = [("file", "#0369a1"), ("arena", "#92400e"), ("latency", "#334155")]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="system-ui, sans-serif" font-size="12" role="img"'
        ' aria-label="File, arena and latency of each bundled net in int8 as a share of float">',
        f'<rect width="760" height="{height}" fill="#f8fafc"/>',
        '<text x="16" y="24" font-size="14" font-weight="600" fill="#0f172a">int8 as a share of float (shorter is better)</text>',
    ]
    for index, (label, color) in enumerate(series):
        x = 430 + 100 * index
        parts.append(f'<rect x="{x}" y="14" width="12" height="12" fill="{color}"/><text x="{x + 18}" y="24" fill="#0f172a">{label}</text>')
    for share in (0.25, 0.5, 0.75, 1):
        x = left + width * share
        parts.append(f'<line x1="{x}" y1="{top - 14}" x2="{x}" y2="{height - 14}" stroke="#cbd5e1"/>')
        parts.append(f'<text x="{x}" y="{top - 18}" fill="#475569" text-anchor="middle">{share:.0%}</text>')
    for index, ((name, _, _), result) in enumerate(results):
        y = top + row * index
        parts.append(f'<text x="{left - 10}" y="{y + 28}" text-anchor="end" fill="#0f172a">{name}</text>')
        shares = [result["int8"][key] / result["float"][key] for key in ("file_bytes", "arena_bytes", "median_us")]
        for bar, (share, (_, color)) in enumerate(zip(shares, series)):
            length = width * min(share, 1.1)
            parts.append(f'<rect x="{left}" y="{y + 4 + 16 * bar}" width="{length:.1f}" height="13" fill="{color}"/>')
            parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 15 + 16 * bar}" fill="#475569">{share:.0%}</text>')
    return "\n".join(parts + ["</svg>", ""])


def main(quantize):
    BUILD.mkdir(parents=True, exist_ok=True)
    results = []
    for net in NETS:
        results.append((net, measure(quantize, net[0], net[2])))
        if sys.stderr.isatty():
            print(f"{net[0]} done", file=sys.stderr)
    text = table(results)
    print(text)
    Path("docs/zoo.svg").write_text(picture(results))
    readme = Path("README.md")
    before, rest = readme.read_text().split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
