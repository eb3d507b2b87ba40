"""Writes the vectors that the firmware shares with TypeScript as a C++ header: vectors_to_header.py <vectors> <header>."""

import json
import pathlib
import sys


def text(value):
    """A C++ string of UTF-8 bytes; every byte beyond ASCII in octal, which cannot run into the next character."""
    if value is None:
        return "nullptr"
    plain = set(b" !#$%&'()*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~")
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in value.encode()) + '"'


def boolean(value):
    return "true" if value else "false"


def table(kind, name, rows):
    lines = ",\n    ".join("{" + ", ".join(row) + "}" for row in rows)
    return f"static const {kind} {name}[] = {{\n    {lines},\n}};\n"


def main():
    folder, header = map(pathlib.Path, sys.argv[1:3])
    read = lambda name: json.loads((folder / f"firmware-{name}.json").read_text(encoding="utf-8"))
    jwt, timing, connack, check_in, device_key = (read(n) for n in ("jwt", "timing", "connack", "xiaozhi", "device-key"))
    out = ["#pragma once", '#include "vector_rows.h"', ""]
    rows = []
    for index, v in enumerate(jwt["jwt"]):
        more = [f"connack::Claim({text(k)}, {text(c) if isinstance(c, str) else f'int64_t{{{c}}}'})" for k, c in v["more"].items()]
        if more:
            out.append(f"static const connack::Claim claims{index}[] = {{{', '.join(more)}}};")
        names = [text(v.get(n)) for n in ("title", "key", "kid", "iss", "sub", "aud")]
        rows.append(names + [f"int64_t{{{v['exp']}}}", f"int64_t{{{v['iat']}}}", f"claims{index}" if more else "nullptr", str(len(more)), text(v["token"])])
    out.append(table("JwtVector", "jwtVectors", rows))
    number = lambda v, *names: [f"{v[n]}u" for n in names]
    out.append(table("BackoffVector", "backoffVectors", [number(v, "failures") + [boolean(v["slower"])] + number(v, "leastMs", "mostMs", "random", "waitMs") for v in timing["backoff"]]))
    latest = lambda v: [boolean(v["latestIn"] is not None), str(v["latestIn"] or 0)]
    out.append(table("RefreshVector", "refreshVectors", [[str(v["left"])] + number(v, "everySeconds", "marginSeconds", "random", "inMs") + latest(v) for v in timing["refresh"]]))
    out.append(table("ConnackVector", "connackVectors", [[str(v["code"]), text(v["name"]), boolean(v["isCredential"])] for v in connack["connack"]]))
    out.append(table("CheckInVector", "checkInVectors", [[text(v[n]) for n in ("server_key", "answer", "host")] + [str(v["port"])] + [text(v[n]) for n in ("client_id", "username", "password", "publish_topic", "subscribe_topic")] for v in check_in["checkIn"]]))
    out.append(table("DeviceKeyVector", "deviceKeyVectors", [[text(v[n]) for n in ("groupKey", "deviceId", "key")] + [f"int64_t{{{v[n]}}}" for n in ("exp", "iat")] + [text(v["token"])] for v in device_key["deviceKey"]]))
    header.write_text("\n".join(out), encoding="utf-8")


main()
