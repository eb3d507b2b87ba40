import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningConnack, removeFolder, startConnack } from "./run-connack.ts";

const total = 100_000;

let server: RunningConnack;
beforeAll(async () => {
  // Passwords are off: each new one would cost a scrypt by design, and the limiter has tests of its own.
  const env = { CONNACK_CREDENTIALS_PASSWORD_ENABLED: "false" };
  server = await startConnack({ env });
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

/** A small generator with a fixed seed (mulberry32): a failure comes again. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Triple {
  clientId: string;
  username: string;
  password: string;
}

type Kind = "json" | "form";

/** One hostile login: the body, and how it calls itself. None of them is a valid credential. */
function hostileBody(
  n: number,
  random: (below: number) => number,
  valid: readonly Triple[],
): { body: Buffer; type: string } {
  const { clientId, username, password } = valid[random(valid.length)] as Triple;
  const json = (value: unknown) => ({ body: Buffer.from(JSON.stringify(value)), type: "application/json" });
  const text = (value: string, kind: Kind = "json") => ({
    body: Buffer.from(value),
    type: kind === "json" ? "application/json" : "application/x-www-form-urlencoded",
  });
  const login = (more: object) => json({ clientid: clientId, username, password, ...more });
  switch (n % 20) {
    case 0:
      return text("[".repeat(1 + random(8000)));
    case 1:
      return text(`{"clientid":${'{"a":'.repeat(random(3000))}`);
    case 2:
      return login({ password: `${password}\u0000` });
    case 3:
      return text(`{"clientid":"\\ud800","username":"\\udfff","password":"\\ud83d"}`);
    case 4:
      return { body: Buffer.from(Array.from({ length: random(400) }, () => random(256))), type: "application/json" };
    case 5:
      return login({ password: flip(password, random) });
    case 6:
      return login({ password: password.slice(0, random(password.length)) });
    case 7:
      return login({ password: `eyJ${"A".repeat(random(12_000))}.${"B".repeat(random(500))}.` });
    case 8:
      return json({
        clientid: "__proto__",
        username: "constructor",
        password: "toString",
        __proto__: { result: "allow" },
      });
    case 9:
      return login({
        clientid: ["#", "+/#", "$SYS/#", "a/b", "\u0000", "\u202e"][random(6)],
        password: flip(password, random),
      });
    case 10:
      return login({ username: flip(username, random), password: flip(password, random) });
    case 11:
      return json({ clientid: clientId, username, password: [password] });
    case 12:
      return json([{ clientid: clientId, username, password }]);
    case 13:
      return text(`clientid=${"%00".repeat(random(300))}&username=%ff&password=%c3%28`, "form");
    case 14:
      return login({ password: Buffer.from(password).toString(["base64", "hex", "base64url"][random(3)] as "hex") });
    case 15:
      return json({ clientid: username, username: clientId, password: `${password} ` });
    case 16:
      return login({ password: `${jwtPart({ alg: "none" })}.${jwtPart({ sub: "sensor-1", exp: 4e9 })}.` });
    case 17:
      return login({
        password: `${jwtPart({ alg: "HS256", kid: "x".repeat(random(3000)) })}.${jwtPart({ sub: "sensor-1" })}.AAAA`,
      });
    case 18:
      return text(`{"clientid":"a","clientid":"b","username":1e999,"password":"${"\\u0041".repeat(random(1000))}"}`);
    default:
      return n % 4000 === 19 ? login({ password: "x".repeat(1_040_000) }) : login({ password: "", username: "" });
  }
}

function jwtPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function flip(text: string, random: (below: number) => number): string {
  const bytes = Buffer.from(text);
  const at = random(bytes.length);
  bytes[at] = ((bytes[at] ?? 0) ^ (1 << random(7))) & 0x7f;
  return bytes.toString();
}

/** Sends logins over one connection, fifty at a time as EMQX pipelines them; gives back each answer's body. */
function sendAll(bodies: Iterator<{ body: Buffer; type: string }>): Promise<Map<string, number>> {
  return new Promise((resolve, reject) => {
    const answers = new Map<string, number>();
    let open = 0;
    let done = false;
    let rest = "";
    const socket = connect(server.httpPort, "127.0.0.1", fill);
    socket.on("error", reject);
    socket.on("close", () =>
      done && open === 0 ? resolve(answers) : reject(new Error(`closed with ${open} answers missing`)),
    );
    socket.on("data", (chunk) => {
      rest += chunk.toString();
      for (;;) {
        const match = /^HTTP\/1\.1 (\d+).*?content-length: (\d+)\r\n.*?\r\n\r\n/is.exec(rest);
        const length = Number(match?.[2]);
        if (!match || rest.length < match[0].length + length) break;
        const key = `${match[1]} ${rest.slice(match[0].length, match[0].length + length)}`;
        answers.set(key, (answers.get(key) ?? 0) + 1);
        rest = rest.slice(match[0].length + length);
        open--;
      }
      fill();
    });
    function fill(): void {
      while (!done && open < 50) {
        const next = bodies.next();
        if (next.done) {
          done = true;
          break;
        }
        const { body, type } = next.value;
        socket.write(
          `POST /mqtt/auth HTTP/1.1\r\ncontent-length: ${body.length}\r\nhost: localhost\r\ncontent-type: ${type}\r\n\r\n`,
        );
        socket.write(body);
        open++;
      }
      if (done && open === 0) socket.end();
    }
  });
}

function residentMegabytes(): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) / 1024;
}

it(`${total} hostile logins: every one is denied, memory stays bounded, a right one still gets in`, {
  timeout: 240_000,
}, async () => {
  const valid = await Promise.all([
    server.json<Triple>("credential", "issue", "sensor-1", "--add"),
    server.json<Triple>("credential", "issue", "02:00:00:00:00:03", "--scheme", "xiaozhi-hmac", "--add"),
  ]);
  const connections = 8;
  const answers = await Promise.all(
    Array.from({ length: connections }, (_, connection) => {
      const random = seeded(connection + 1);
      return sendAll(
        (function* () {
          for (let n = connection; n < total; n += connections) yield hostileBody(n, random, valid);
        })(),
      );
    }),
  );
  const counted = new Map<string, number>();
  for (const part of answers)
    for (const [answer, count] of part) counted.set(answer, (counted.get(answer) ?? 0) + count);
  expect(Object.fromEntries(counted)).toEqual({ '200 {"result":"deny"}': total });
  expect(residentMegabytes()).toBeLessThan(400);
  for (const { clientId, username, password } of valid) {
    const body = JSON.stringify({ clientid: clientId, username, password });
    const response = await fetch(`http://127.0.0.1:${server.httpPort}/mqtt/auth`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(await response.json()).toMatchObject({ result: "allow" });
  }
});
