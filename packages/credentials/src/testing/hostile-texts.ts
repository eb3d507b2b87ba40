const megabyte = 2 ** 20;

function nested(open: string, close: string, depth: number): string {
  return open.repeat(depth) + close.repeat(depth);
}

const deepArray = nested("[", "]", 20_000);
const deepObject = nested('{"a":', "}", 20_000).replace("}", "1}");

function encoded(json: string): string[] {
  const bytes = Buffer.from(json);
  const part = bytes.toString("base64url");
  const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");
  return [json, bytes.toString("base64"), part, `${part}.${part}.AAAA`, `${header}.${part}.AAAA`];
}

/** What a peer sends that wants to break something rather than to get in. */
export const hostileTexts: readonly string[] = [
  ...["", " ", "\0", "a\0b", "\n", "\u007f", "\u0085", "\u2028", "\u202e", "\ufeff", "\ufffd", "\uffff"],
  ...["\ud800", "\udc00", "\udc00\ud800", "a\ud800b", "\u{1f600}", "é", "e\u0301", "İ", "ß", "ﬃ"],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "toJSON"],
  ...["null", "undefined", "NaN", "true", "0", "-1", "1e400", "[object Object]"],
  ...[
    "%00",
    "%",
    "%s%n",
    "\\",
    "\\u0000",
    "../../etc/passwd",
    "' OR '1'='1",
    "$" + "{jndi:ldap://x}",
    "<script>",
    "#",
    "+",
    "$SYS",
  ],
  ...["@@@", "@@@@@@", "a@@@b@@@c", "a@@@02_00_00_00_00_01@@@", "|", "a|b", "=", "====", "A===", "AAAA====", "-_-_"],
  ...[".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA", "W10.W10.W10"],
  ...["$6$$", "$7$1$$", "$7$99999999999$AAAA$AAAA", "$scrypt$ln=31,r=8,p=1$AAAA$AAAA", "$2b$31$aaaaaaaaaaaaaaaaaaaaaa"],
  ...encoded(""),
  ...encoded("{}"),
  ...encoded("[]"),
  ...encoded("null"),
  ...encoded("1e400"),
  ...encoded('"text"'),
  ...encoded('{"alg":"none"}'),
  ...encoded('{"alg":"HS256","crit":["x"],"b64":false,"kid":{"toString":null}}'),
  ...encoded('{"__proto__":{"alg":"HS256","sub":"x"},"constructor":{"prototype":{}}}'),
  ...encoded('{"sub":"x","exp":1e400,"iat":"1","nbf":{}}'),
  ...encoded('{"sub":"a","sub":"b"}'),
  ...encoded(deepArray),
  ...encoded(deepObject),
  ...["A", "=", ".", "@", "|", "\0", "\ud800", "é", "[", "AA.", "%00"].map((text) =>
    text.repeat(megabyte / text.length),
  ),
];
