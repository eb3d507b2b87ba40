import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createReadPlainHead } from "./plain-head.ts";

const options = { paths: new Set(["/mqtt/auth", "/brokers/emqx/authn"]), longestBody: 16_384 };
const readHead = () => createReadPlainHead(options);
const head = (...lines: string[]) => ["POST /mqtt/auth HTTP/1.1", ...lines].join("\r\n");
const length = "content-length: 5";

describe("a plain head", () => {
  it("is what EMQX 5.8.0 writes, with its own headers and without", () => {
    expect(readHead()(head("content-length: 79", "host: 127.0.0.1:19101", "content-type: application/json"))).toEqual({
      path: "/mqtt/auth",
      headers: { "content-length": "79", host: "127.0.0.1:19101", "content-type": "application/json" },
      length: 79,
    });
    const own = ["accept: application/json", "cache-control: no-cache", "connection: keep-alive"];
    expect(readHead()(head(length, ...own, "keep-alive: timeout=30, max=1000"))).toMatchObject({ length: 5 });
  });

  it.each([
    ["names in any case", head("Content-LENGTH: 5", "X-Y: Z"), { "content-length": "5", "x-y": "Z" }],
    ["no space, many, none behind", head("content-length:5", "a:   b  "), { "content-length": "5", a: "b" }],
    ["an empty value", head(length, "host:"), { "content-length": "5", host: "" }],
    ["zeros before", head("content-length: 0005"), { "content-length": "0005" }],
    ["Keep-Alive", head(length, "Connection: Keep-Alive"), { "content-length": "5", connection: "Keep-Alive" }],
    ["names of objects", head(length, "constructor: x"), { "content-length": "5", constructor: "x" }],
  ])("%s", (_name, text, headers) => {
    const read = readHead()(text);
    expect({ ...read?.headers }).toEqual(headers);
    expect(read?.length).toBe(5);
  });

  it("takes __proto__ for a name like others", () => {
    const headers = readHead()(head(length, "__proto__: x"))?.headers ?? {};
    expect(Object.keys(headers)).toEqual(["content-length", "__proto__"]);
    expect(readHead()(head(length, "__proto__: x", "__proto__: y"))).toBeUndefined();
  });

  it("is read once for all that are the same, and again after a thousand others", () => {
    const read = readHead();
    const first = read(head(length));
    expect(read(head(length))).toBe(first);
    for (let number = 0; number < 1024; number++) read(head(length, `x: ${number}`));
    expect(read(head(length))).not.toBe(first);
    expect(read(head(length))).toEqual(first);
  });

  it("keeps nothing of what is not plain", () => {
    const read = readHead();
    for (let count = 0; count < 2; count++) expect(read(head(length, "te: trailers"))).toBeUndefined();
  });
});

describe("is for Node's parser", () => {
  const line = (text: string) => `${text}\r\n${length}`;
  it.each([
    ["", ""],
    ["an empty line before", `\r\n${head(length)}`],
    ["a lone line feed before", `\n${head(length)}`],
    ["GET", line("GET /mqtt/auth HTTP/1.1")],
    ["post", line("post /mqtt/auth HTTP/1.1")],
    ["POSTX", line("POSTX /mqtt/auth HTTP/1.1")],
    ["two spaces", line("POST  /mqtt/auth HTTP/1.1")],
    ["a space behind", line("POST /mqtt/auth HTTP/1.1 ")],
    ["HTTP/1.0", line("POST /mqtt/auth HTTP/1.0")],
    ["HTTP/2.0", line("POST /mqtt/auth HTTP/2.0")],
    ["http/1.1", line("POST /mqtt/auth http/1.1")],
    ["absolute form", line("POST http://localhost/mqtt/auth HTTP/1.1")],
    ["a query", line("POST /mqtt/auth?a=b HTTP/1.1")],
    ["a query of nothing", line("POST /mqtt/auth? HTTP/1.1")],
    ["percent", line("POST /mqtt/aut%68 HTTP/1.1")],
    ["dots", line("POST /mqtt/../mqtt/auth HTTP/1.1")],
    ["a slash too many", line("POST //mqtt/auth HTTP/1.1")],
    ["a slash behind", line("POST /mqtt/auth/ HTTP/1.1")],
    ["another case", line("POST /MQTT/auth HTTP/1.1")],
    ["a fragment", line("POST /mqtt/auth#a HTTP/1.1")],
    ["another path", line("POST /healthz HTTP/1.1")],
    ["a line feed for the end of a line", head(length).replace("\r\n", "\n")],
    ["a line feed in a value", head(length, "a: b\nc: d")],
    ["a carriage return in a value", head(length, "a: b\rc: d")],
    ["a line feed at the end", head(`${length}\n`)],
    ["NUL", head(length, "a: \0")],
    ["a tab", head(length, "a: b\tc")],
    ["a byte over 127", head(length, "a: \xe9")],
    ["a folded line", head(length, "a: b", " c")],
    ["a line with a tab before", head(length, "a: b", "\tc: d")],
    ["a space before the colon", head("content-length : 5")],
    ["no name", head(length, ": b")],
    ["no colon", head(length, "host")],
    ["an empty line", head(length, "", "a: b")],
    ["a name that is no token", head(length, "a(b: c")],
    ["no length", head("host: localhost")],
    ...["", "+5", "-5", "5,5", "5, 5", "5 5", "0x5", "5.0", "5e0", "1e1", "16385", "999999", "1000000", "00000005"].map(
      (value) => [`content-length: ${value}`, head(`content-length: ${value}`)],
    ),
    ["9 to the end of numbers", head(`content-length: ${"9".repeat(400)}`)],
    ["two lengths", head(length, length)],
    ["two lengths that differ in case", head(length, "Content-Length: 6")],
    ["two hosts", head(length, "host: a", "HOST: b")],
    ["two authorizations", head(length, "authorization: a", "authorization: b")],
    ...["close", "Close", "keep-alive, close", "close, keep-alive", "upgrade", "x", ""].map((value) => [
      `connection: ${value}`,
      head(length, `connection: ${value}`),
    ]),
    ...["transfer-encoding: chunked", "Transfer-Encoding: identity", "TRANSFER-ENCODING: x", "transfer-encoding:"].map(
      (value) => [value, head(length, value)],
    ),
    ...[
      "expect: 100-continue",
      "Expect: x",
      "upgrade: h2c",
      "te: trailers",
      "trailer: x",
      "Proxy-Connection: close",
    ].map((value) => [value, head(length, value)]),
    ["33 headers", head(length, ...Array.from({ length: 32 }, (_, number) => `x${number}: y`))],
  ])("%s", (_name, text) => {
    expect(readHead()(text)).toBeUndefined();
  });
});

describe("whatever is plain, Node's parser reads the same", () => {
  const sorted = (pairs: (string | undefined)[][]) => pairs.map((pair) => pair.join(": ")).sort();
  const requests: { url: string | undefined; method: string | undefined; headers: string[]; length: number }[] = [];
  let server: Server;
  beforeAll(async () => {
    server = createServer({ requireHostHeader: false }, async (message, response) => {
      const { url, method, rawHeaders } = message;
      const names = rawHeaders.filter((_, index) => index % 2 === 0);
      const headers = sorted(names.map((text, index) => [text.toLowerCase(), rawHeaders[2 * index + 1]]));
      const request = { url, method, headers, length: 0 };
      requests.push(request);
      for await (const chunk of message) request.length += (chunk as Buffer).length;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void server.close());

  /** Two of the same, one behind the other: a length that is read otherwise shows in the second. */
  async function askNode(text: string, bytes: number): Promise<void> {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const whole = `${text}\r\n\r\n${"x".repeat(bytes)}`;
    socket.write(`${whole}${whole}GET /end HTTP/1.1\r\nconnection: close\r\n\r\n`, "latin1");
    socket.resume();
    await once(socket, "close");
  }

  const often = <T>(usual: T, ...others: fc.Arbitrary<T>[]) =>
    fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
  const odd = fc.string({ unit: fc.constantFrom(...' \t:,;"\\=/%a0\x7f\x80\0\r\n\v\f'), maxLength: 6 });
  const separator = often(": ", fc.constantFrom(":", ":  ", " : ", ":\t", " ", "::"));
  const name = fc.oneof(
    fc.constantFrom("Host", "authorization", "x-forwarded-for", "Cookie", "set-cookie", "__proto__", "constructor"),
    fc.constantFrom("origin", "keep-alive", "Accept", "if-none-match", "range", "content-encoding", "http2-settings"),
    fc.string({ unit: fc.constantFrom(..."aZ0!#$%&'*+-.^_`|~( "), minLength: 1, maxLength: 4 }),
  );
  const value = fc.oneof(fc.constantFrom("a", "", "a b", "application/json", "keep-alive", "close", "5"), odd);
  const header = fc.tuple(name, separator, value, often("", odd)).map((parts) => parts.join(""));
  const lengthLine = fc
    .tuple(often("content-length", fc.constant("Content-Length")), separator, fc.nat(40), often("", odd))
    .map(([text, between, bytes, after]) => `${text}${between}${bytes}${after}`);
  const first = often("POST /mqtt/auth HTTP/1.1", fc.constant("POST /brokers/emqx/authn HTTP/1.1"), odd);
  const heads = fc
    .tuple(first, fc.array(header, { maxLength: 4 }), lengthLine, fc.array(header, { maxLength: 2 }))
    .map(([line, before, middle, after]) => [line, ...before, middle, ...after].join("\r\n"));

  it("path, headers and length", async () => {
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(heads, async (text) => {
        const read = readHead()(text);
        if (read === undefined) return;
        plain++;
        requests.length = 0;
        await askNode(text, read.length);
        const { path: url, length: bytes } = read;
        const same = { url, method: "POST", headers: sorted(Object.entries(read.headers)), length: bytes };
        expect(requests.slice(0, 2)).toEqual([same, same]);
        expect(requests[2]).toMatchObject({ url: "/end" });
      }),
      { numRuns: 1500 },
    );
    expect(plain).toBeGreaterThan(100);
  });
});
