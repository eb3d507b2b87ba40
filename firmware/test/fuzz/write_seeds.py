"""Writes the first inputs of the fuzzers: write_seeds.py <folder>."""

import pathlib
import sys

packets = [
    bytes([0x20, 2, 0, 0]),
    bytes([0xD0, 0, 0x40, 2, 0, 1]),
    bytes([0x90, 3, 0, 1, 1, 0x90, 3, 0, 2, 0x80]),
    bytes([0x30, 7, 0, 3]) + b"a/bxy",
    bytes([0x32, 8, 0, 1]) + b"t" + bytes([0, 7]) + b"xyz",
    bytes([0x33, 0x84, 0x08, 0, 1]) + b"t" + bytes([1, 2]) + bytes(1027),
    bytes([0x32, 0x84, 0x08, 2, 100]) + bytes([0x74] * 612) + bytes([1, 2]) + bytes(414),
]
texts = [
    b"{}",
    b'{"a":"x\\u00e4\\ud83c\\udf21\\n","b":[1,-2.5e3,null],"":{}}',
    b'{"access_token":"abc.def.ghi","token_type":"Bearer","expires_in":3600}',
    b'{"mqtt":{"endpoint":"h:1883","client_id":"G@@@02_00@@@x","username":"u","password":"p","subscribe_topic":"s"},"a":{"a":1e3}}',
]
answers = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 No\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nDate: x\r\n\r\n",
    b"ttps://auth.example.org:8443/token?a=b",
]
root = pathlib.Path(sys.argv[1])
for name, seeds in {"packet_reader": [bytes([3]) + p for p in packets], "broker_bytes": packets, "json_object": texts, "http_answer": [b"\x02" + a for a in answers] + [b"http://h:80/"]}.items():
    (root / name).mkdir(parents=True, exist_ok=True)
    for index, seed in enumerate(seeds):
        (root / name / f"seed-{index}").write_bytes(seed)
