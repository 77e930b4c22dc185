"""Runs Footprint on each net and compares with the limits: tools/check-load."""

import json
import subprocess
import sys
from pathlib import Path

LOAD_LIMITS = {"mlperf_kws": 1000.0}  # microseconds
LOAD_LIMIT = 5000.0
OVERHEAD_LIMIT = 2 << 20  # bytes beyond arena and constants


def main():
    program, *names = [a for a in sys.argv[1:] if a != "--json"]
    rows, failed = [], []
    for name in names:
        done = subprocess.run([program, name], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"check-load: {name}: {done.stderr.strip()}")
        row = json.loads(done.stdout)
        row["overhead_bytes"] = row["peak_bytes"] - row["arena_bytes"] - row["touched_bytes"]
        rows.append(row)
        limit = LOAD_LIMITS.get(Path(name).stem, LOAD_LIMIT)
        if row["load_us"] >= limit:
            failed.append(f"{name}: loads in {row['load_us']:.0f} us, the limit is {limit:.0f}")
        if row["overhead_bytes"] > OVERHEAD_LIMIT:
            failed.append(f"{name}: takes {row['overhead_bytes']} bytes beyond arena and constants, the limit is {OVERHEAD_LIMIT}")
    if "--json" in sys.argv:
        print(json.dumps(rows, indent=2))
    else:
        print(f"{'net':<16} {'load us':>8} {'peak kB':>9} {'arena kB':>9} {'constants kB':>13} {'beyond kB':>10}")
        for row in rows:
            sizes = "".join(f" {row[key] / 1000:>{width}.1f}" for key, width in
                            [("peak_bytes", 9), ("arena_bytes", 9), ("touched_bytes", 13), ("overhead_bytes", 10)])
            print(f"{Path(row['model']).stem:<16} {row['load_us']:>8.0f}{sizes}")
    for line in failed:
        print(f"check-load: {line}", file=sys.stderr)
    sys.exit(1 if failed or not rows else 0)


main()
