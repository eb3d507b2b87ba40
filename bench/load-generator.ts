import { randomBytes } from "node:crypto";
import { closedLoop } from "./closed-loop.ts";
import { type FleetKeys, firstUnknown, hmacLogin, jwtLogin, macOf, passwordDeviceOf, passwordLogin } from "./fleet.ts";
import { type Latency, type LoadJob, type LoadResult, passwordLogins, shapes, type ToGenerator } from "./load-job.ts";
import type { LoadName } from "./options.ts";
import { PreparedRequests } from "./prepared-requests.ts";

/** The process that asks: prepares its requests first, so that asking costs it little. */
const prepared = new Map<string, PreparedRequests>();

process.on("message", (message: ToGenerator) => {
  if (message.type === "prepare") {
    prepare(message.keys, message.devices, message.loads);
    process.send?.({ prepared: true });
  } else {
    void run(message.job).then((result) => process.send?.(result));
  }
});
process.on("disconnect", () => process.exit());

function prepare(keys: FleetKeys, devices: number, loads: readonly LoadName[]): void {
  const iat = Math.floor(Date.now() / 1000) - 5;
  const wrongKey = randomBytes(32).toString("hex");
  const allow = (device: string) => ({ result: "allow", device }) as const;
  const make: Record<string, () => PreparedRequests> = {
    hmac: () =>
      new PreparedRequests(devices, keys.broker, (device) => ({
        login: hmacLogin(device, keys.hmac),
        expected: allow(macOf(device)),
      })),
    jwt: () =>
      new PreparedRequests(devices, keys.broker, (device) => ({
        login: jwtLogin(device, keys.jwt, iat),
        expected: allow(macOf(device)),
      })),
    refusals: () =>
      new PreparedRequests(devices, keys.broker, (index) => ({
        login: refused(index, keys, wrongKey, iat),
        expected: { result: "deny" },
      })),
    passwords: () =>
      new PreparedRequests(passwordLogins.count * mostRounds, keys.broker, (number) => ({
        login: passwordLogin(number, keys.password),
        expected: allow(passwordDeviceOf(number)),
      })),
  };
  for (const kind of new Set(loads.flatMap(kindsOf))) prepared.set(kind, (make[kind] as () => PreparedRequests)());
}

const mostRounds = 100;

/** By turns: a device with a signature of another key, by HMAC and by HS256, and one that is registered nowhere. */
function refused(index: number, keys: FleetKeys, wrongKey: string, iat: number) {
  if (index % 3 === 0) return hmacLogin(index, wrongKey);
  if (index % 3 === 1) return jwtLogin(index, wrongKey, iat);
  return hmacLogin(firstUnknown + index, keys.hmac);
}

function kindsOf(load: LoadName): string[] {
  if (load === "c") return ["refusals"];
  if (load === "d") return ["hmac", "passwords"];
  return [load.endsWith("jwt") ? "jwt" : "hmac"];
}

async function run(job: LoadJob): Promise<LoadResult> {
  const { load, port, seconds, constant, firstPassword, devices, onceEach } = job;
  const [kind = "", beside] = kindsOf(load);
  const requests = prepared.get(kind) as PreparedRequests;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const among = Math.min(devices, requests.size);
  let passwordsUnderWay = beside !== undefined;
  let asked = 0;
  const next = () => {
    if (onceEach) return asked < among ? asked++ : undefined;
    return passwordsUnderWay || performance.now() < end ? Math.floor(Math.random() * among) : undefined;
  };
  const passwords = beside === undefined ? undefined : logInWithPasswords(port, constant, firstPassword);
  void passwords?.then(() => {
    passwordsUnderWay = false;
  });
  const shape = shapes[load.slice(0, 1) as keyof typeof shapes];
  const result = await closedLoop({ port, ...shape, requests, next, constant });
  const withPasswords = await passwords;
  return {
    answers: result.answers,
    wrong: result.wrong + (withPasswords?.wrong ?? 0),
    lost: result.lost + (withPasswords?.lost ?? 0),
    seconds: (performance.now() - begin) / 1000,
    latencyMs: latencyOf(result.latencies),
    ...(withPasswords && {
      passwords: { answers: withPasswords.answers, latencyMs: latencyOf(withPasswords.latencies) },
    }),
  };
}

function logInWithPasswords(port: number, constant: boolean, first: number) {
  let begun = 0;
  const next = () => (begun < passwordLogins.count ? first + begun++ : undefined);
  const requests = prepared.get("passwords") as PreparedRequests;
  return closedLoop({ port, connections: passwordLogins.parallel, depth: 1, requests, next, constant });
}

function latencyOf(unsorted: readonly number[]): Latency {
  const sorted = Float64Array.from(unsorted).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
