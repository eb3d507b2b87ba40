"""Bytes of a sensor's own device, log and credentials, from `nm -S -C` on standard input."""

import re
import sys

wanted = ("device", "failures", "credentials")
total = 0
for line in sys.stdin:
    found = re.match(r"[0-9a-f]+ ([0-9a-f]+) [bBdDsS] \(anonymous namespace\)::(\w+)$", line.strip())
    if found and found.group(2) in wanted:
        total += int(found.group(1), 16)
print(total)
