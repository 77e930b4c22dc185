"""The skip list: what is not supported on purpose, and why."""

import fnmatch
import re


class Skips:
    """Lines `operator NAME reason`, `uses NAME reason`, `case GLOB reason` and `type NAME reason`; # begins a comment.

    `operator` fits the operator under test, `uses` any node of the model, `type` an input or output that is no numeric tensor. A case is named by the first line that fits it.
    """

    def __init__(self, path):
        self._rules = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            text = line.split("#")[0].strip()
            if not text:
                continue
            match = re.fullmatch(r"(operator|uses|case|type) +(\S+) +(.+)", text)
            if not match:
                raise SystemExit(f"{path}:{number}: expected 'operator|uses|case|type NAME reason', found '{text}'")
            self._rules.append((match[1], match[2], match[3]))
        self._used = set()

    def reason(self, case):
        """Why the case is not expected to pass; "" where it is."""
        for rule in self._rules:
            kind, name, reason = rule
            names = {"operator": [case.operator], "uses": case.uses, "case": [case.name], "type": case.edge_types}[kind]
            if any(fnmatch.fnmatchcase(candidate, name) for candidate in names):
                self._used.add(rule)
                return reason
        return ""

    @property
    def unused(self):
        return [" ".join(rule[:2]) for rule in self._rules if rule not in self._used]
