import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { socketCaller } from "../test/call-socket.ts";
import { type RunningConnack, removeFolder, startConnack } from "../test/run-connack.ts";

let server: RunningConnack;
beforeAll(async () => {
  server = await startConnack();
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

interface Login {
  clientId: string;
  username: string;
  password: string;
}

async function ask({ clientId, username, password }: Login): Promise<{ result: string; ms: number }> {
  const begin = performance.now();
  const response = await fetch(`http://127.0.0.1:${server.httpPort}/mqtt/auth`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ clientid: clientId, username, password }),
  });
  const { result } = (await response.json()) as { result: string };
  return { result, ms: performance.now() - begin };
}

function percentile(values: number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2);
}

/** One HMAC login after the other while `going` says so. */
async function measure(hmac: Login, going: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (going()) {
    const { result, ms } = await ask(hmac);
    expect(result).toBe("allow");
    times.push(ms);
  }
  return times;
}

it("200 password logins at once, and an HMAC login beside them", async () => {
  const { call, close } = socketCaller(server.folder);
  const hmac = await call<Login>("credential.issue", {
    device: "02:00:00:00:00:01",
    scheme: "xiaozhi-hmac",
    add: true,
  });
  let count = 0;
  const idle = await measure(hmac, () => count++ < 2000);
  let open = 200;
  const storm = Array.from({ length: open }, async (_, n) => {
    const answer = await ask({ clientId: `p${n}`, username: `user-${n}`, password: randomBytes(12).toString("hex") });
    open--;
    return answer;
  });
  const during = await measure(hmac, () => open > 0);
  const answers = await Promise.all(storm);
  expect(answers.every(({ result }) => result === "deny")).toBe(true);
  const row = (name: string, values: number[]) =>
    `${name.padEnd(24)} n ${String(values.length).padStart(5)}  p50 ${percentile(values, 0.5)} ms  p99 ${percentile(values, 0.99)} ms  max ${percentile(values, 1)} ms\n`;
  process.stdout.write(
    row("HMAC, idle", idle) +
      row("HMAC, 200 passwords", during) +
      row(
        "passwords",
        answers.map(({ ms }) => ms),
      ),
  );
  close();
});
