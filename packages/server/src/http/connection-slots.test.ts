import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { allow, ask, emqxRequest, open, recorded, start, stopAll } from "./testing/start-broker-server.ts";

afterEach(stopAll);

const readyz = "GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n";
const login = emqxRequest(recorded);
const wrongLogin = emqxRequest(recorded, "/mqtt/auth", "authorization: Bearer wrong\r\n");

async function several(count: number, port: number, bytes?: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let n = 0; n < count; n++) {
    const socket = await open(port);
    if (bytes !== undefined) await ask(socket, bytes);
    sockets.push(socket);
  }
  return sockets;
}

it.each([
  ["idle", undefined],
  ["refused", wrongLogin],
])("%s strangers do not take the slots of brokers", async (_kind, bytes) => {
  const { port, problems } = await start(allow, { maxConnections: 4 });
  const [broker] = await several(1, port, login);
  const strangers = await several(10, port, bytes);
  const [late] = await several(1, port);
  expect(await ask(late as Socket, login)).toContain('"allow"');
  expect(await ask(broker as Socket, login)).toContain('"allow"');
  const oldest = strangers[0] as Socket;
  if (!oldest.closed) await once(oldest, "close");
  expect(problems).toEqual([expect.stringMatching(/maxConnections: 4.*turned away: 0, .*asked nothing: 1$/)]);
});

it("connections that may ask are never closed; who comes too late is counted and told once a minute", async () => {
  let now = 1_000_000;
  const { port, problems, server } = await start(allow, { maxConnections: 3, nowMs: () => now });
  const [first] = await several(3, port, login);
  const tooLate = async () => {
    const dropped = once(server, "drop");
    const socket = await open(port);
    socket.resume();
    await dropped;
  };
  await tooLate();
  await tooLate();
  expect(problems).toEqual([expect.stringContaining("turned away: 1,")]);
  now += 60_000;
  await tooLate();
  expect(problems[1]).toContain("turned away: 3,");
  expect(problems).toHaveLength(2);
  expect(await ask(first as Socket, readyz)).toContain("turned away: 3,");
});

it("readiness forgets after an hour", async () => {
  let now = 1_000_000;
  const { port } = await start(allow, { maxConnections: 2, nowMs: () => now });
  const [, last] = await several(2, port);
  expect(await ask(last as Socket, readyz)).toContain("asked nothing: 1");
  now += 3_600_000;
  expect(await ask(last as Socket, readyz)).not.toContain("asked nothing");
});

it("one slot is held by who has it, and free again after", async () => {
  const { port } = await start(allow, { maxConnections: 1 });
  const [only] = await several(1, port);
  expect(await ask(only as Socket, login)).toContain('"allow"');
  only?.destroy();
  for (let answer = ""; !answer.includes('"allow"'); await sleep(10)) {
    const [next] = await several(1, port);
    answer = await ask(next as Socket, login).catch(() => "");
  }
});
