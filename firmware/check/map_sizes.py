"""Bytes of code and constants that come from the core, by a GNU linker map: map_sizes.py <map>."""

import re
import sys

core = re.compile(r"0x[0-9a-f]+\s+0x([0-9a-f]+)\s+\S*/(\w+)\.o$")
ours = {"sensor", "bare_runtime", "qemu_main", "check_vectors", "software_hmac"}
text = 0
section = ""
linked = False
for line in open(sys.argv[1], encoding="utf-8"):
    if line.startswith("Linker script and memory map"):
        linked = True
    if not linked:
        continue
    name = re.match(r" (\.[\w.$]+)", line)
    if name:
        section = name.group(1)
    found = core.search(line.strip())
    if found and "/image/" in line and found.group(2) not in ours and section.startswith((".text", ".rodata", ".srodata")):
        text += int(found.group(1), 16)
print(text, 0)
