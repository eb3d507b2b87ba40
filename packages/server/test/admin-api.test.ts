import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type RunningConnack, removeFolder, run, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

interface Token {
  name: string;
  role: string;
  token: string;
}

async function apiOf(server: RunningConnack): Promise<string> {
  const { listeners } = await server.json<{ listeners: { admin: string } }>("status");
  return `${listeners.admin}/api/v1`;
}

/** As a person asks, with curl; the status is the last line. */
async function curl(token: string, ...words: string[]): Promise<{ status: number; body: string }> {
  const said = await run("curl", ["-sS", "-w", "\n%{http_code}", "-H", `Authorization: Bearer ${token}`, ...words]);
  expect(said.stderr).toBe("");
  const at = said.stdout.lastIndexOf("\n");
  return { status: Number(said.stdout.slice(at + 1)), body: said.stdout.slice(0, at) };
}

it("tokens made by the command line open the API of the running server, at once and until they are removed", {
  timeout: 180_000,
}, async () => {
  let server = await startConnack({ folder, args: ["--log-level", "trace"] });
  let api = await apiOf(server);
  const operator = await server.json<Token>("token", "add", "ci", "--role", "operator", "--expires", "90d");
  expect(operator).toMatchObject({ name: "ci", role: "operator", expiresAt: expect.stringMatching(/^\d{4}-/) });
  const shown = await runConnack(["token", "add", "eyes", "--role", "viewer"], { cwd: folder });
  const viewer = /^token +(connack_\S+)$/m.exec(shown.stdout)?.[1] ?? "";
  expect(shown.stdout).toMatch(/^role +viewer$/m);
  expect(shown.stdout).toMatch(/shown this once/);

  const json = ["-H", "content-type: application/json"];
  const added = await curl(operator.token, ...json, "-d", '{"id":"a/b:c"}', `${api}/devices`);
  expect([added.status, JSON.parse(added.body).device.id]).toEqual([201, "a/b:c"]);
  expect(JSON.parse((await curl(viewer, `${api}/devices/a%2Fb%3Ac`)).body)).toMatchObject({ id: "a/b:c" });
  expect((await curl(viewer, "-X", "POST", `${api}/devices/a%2Fb%3Ac/disable`)).status).toBe(403);
  expect((await curl(operator.token, "-X", "POST", `${api}/devices/a%2Fb%3Ac/disable`)).status).toBe(200);
  expect((await server.json("device", "show", "a/b:c")).status).toBe("disabled");

  // What was done is kept with who did it, also over the line of events.
  const changes = await curl(viewer, `${api}/events?types=change&deviceId=a%2Fb%3Ac`);
  const actors = (JSON.parse(changes.body) as { events: { reason: string; actor: string }[] }).events.map(
    ({ reason, actor }) => `${reason} by ${actor}`,
  );
  expect(actors).toEqual(["device.disable by api:ci", "device.add by api:ci"]);
  const stream = await fetch(`${api}/events/stream?types=change&since=0`, {
    headers: { authorization: `Bearer ${viewer}` },
  });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  while (!heard.includes("device.disable")) heard += (await reader?.read())?.value;
  expect(await metricsOf(api, viewer)).toMatch(/^connack_ready 1$/m);

  const { tokens } = await server.json<{ tokens: { name: string; lastUsedAt?: string }[] }>("token", "list");
  expect(tokens.map(({ name, lastUsedAt }) => [name, lastUsedAt !== undefined])).toEqual([
    ["ci", true],
    ["eyes", true],
  ]);
  await server.json("token", "remove", "eyes");
  expect((await curl(viewer, `${api}/devices`)).status).toBe(401);
  for (let done = false; !done; ) {
    const { value, done: isOver } = (await reader?.read()) ?? { value: "", done: true };
    heard += value ?? "";
    done = isOver ?? true;
  }
  expect(heard).toContain("the access token was removed");

  // An acknowledged token holds after the power is cut, an acknowledged removal too.
  const late = await server.json<Token>("token", "add", "late", "--role", "admin");
  const first = server.output();
  await server.kill("SIGKILL");
  server = await startConnack({ folder, args: ["--log-level", "trace"] });
  api = await apiOf(server);
  expect((await curl(late.token, `${api}/tokens`)).status).toBe(200);
  expect((await curl(operator.token, `${api}/devices`)).status).toBe(200);
  expect((await curl(viewer, `${api}/devices`)).status).toBe(401);
  const last = server.output();
  expect(await server.kill("SIGTERM")).toBe(0);

  // Without a server the command works on the folder itself.
  const list = await runConnack(["token", "list"], { cwd: folder });
  expect(list.stdout).toMatch(
    /^TOKEN +ROLE +ADDED +EXPIRES +LAST USED\nci +operator .*\nlate +admin .* never +not since/,
  );
  const places = [first.stdout, first.stderr, last.stdout, last.stderr, list.stdout, ...contents(folder)];
  for (const secret of [operator.token, viewer, late.token]) {
    const found = places.filter((text) => text.includes(secret.slice("connack_".length)));
    expect(found).toEqual([]);
  }
  expect(statSync(join(folder, "connack-data/access-tokens.json")).mode & 0o777).toBe(0o600);
});

async function metricsOf(api: string, token: string): Promise<string> {
  const { status, body } = await curl(token, api.replace("/api/v1", "/metrics"));
  expect(status).toBe(200);
  return body;
}

function contents(at: string): string[] {
  return readdirSync(at).flatMap((name) => {
    const path = join(at, name);
    const stat = statSync(path);
    return stat.isDirectory() ? contents(path) : stat.isFile() ? [readFileSync(path, "latin1")] : [];
  });
}

it("the command line says what is wrong with a token it is to make", async () => {
  const wrong = (...args: string[]) => runConnack(["token", "add", ...args], { cwd: folder });
  expect(await wrong("x")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--role takes viewer, operator, admin/),
  });
  expect(await wrong("x", "--role", "root")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/root.*is invalid/),
  });
  expect(await wrong("x", "--role", "viewer", "--expires", "soon")).toMatchObject({ code: 2 });
  const short = await wrong("x", "--role", "viewer", "--expires", "1s");
  expect(short).toMatchObject({ code: 2, stderr: expect.stringMatching(/--expires takes 1m or more/) });
  expect(await wrong("ci", "--role", "viewer")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/there is a token ci/),
  });
});
