"""The picture of compare.py: for each net, how many times each peer's latency is ours."""

COLORS = {"litert": "#0369a1", "ort": "#92400e", "ov": "#334155"}


def picture(rows, peers):
    left, width, row_height, top = 170, 480, 20 + 16 * len(peers), 56
    most = max(found["ratio"] for row in rows for found in row["peers"].values())
    height = top + row_height * len(rows) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="system-ui, sans-serif" font-size="12" role="img"'
        ' aria-label="Latency of the peers on int8 nets in multiples of Swiftlet\'s">',
        f'<rect width="760" height="{height}" fill="#f8fafc"/>',
        '<text x="16" y="24" font-size="14" font-weight="600" fill="#0f172a">Latency over Swiftlet\'s, int8, one thread</text>',
    ]
    for index, (peer, label) in enumerate(peers.items()):
        x = 400 + 115 * index
        parts.append(f'<rect x="{x}" y="14" width="12" height="12" fill="{COLORS[peer]}"/><text x="{x + 18}" y="24" fill="#0f172a">{label}</text>')
    step = 1 if most < 6 else 2 if most < 12 else 5
    for value in range(step, int(most) + 1, step):
        x = left + width * value / most
        parts.append(f'<line x1="{x:.1f}" y1="{top - 12}" x2="{x:.1f}" y2="{height - 10}" stroke="#cbd5e1"/>')
        parts.append(f'<text x="{x:.1f}" y="{top - 16}" fill="#475569" text-anchor="middle">{value}x</text>')
    one = left + width / most
    parts.append(f'<line x1="{one:.1f}" y1="{top - 12}" x2="{one:.1f}" y2="{height - 10}" stroke="#0f172a"/>')
    for index, row in enumerate(rows):
        y = top + row_height * index
        parts.append(f'<text x="{left - 10}" y="{y + row_height / 2}" text-anchor="end" fill="#0f172a">{row["net"]}</text>')
        for bar, peer in enumerate(peer for peer in peers if peer in row["peers"]):
            ratio = row["peers"][peer]["ratio"]
            length = width * ratio / most
            parts.append(f'<rect x="{left}" y="{y + 6 + 16 * bar}" width="{length:.1f}" height="13" fill="{COLORS[peer]}"/>')
            parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 17 + 16 * bar}" fill="#475569">{ratio:.2f}</text>')
    return "\n".join(parts + ["</svg>", ""])
