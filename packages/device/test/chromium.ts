import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** A page of a real browser. */
export interface Page {
  /** Runs an expression in the page, and gives its value when its promise has one. Throws what it throws. */
  evaluate<T = unknown>(expression: string): Promise<T>;
}

export interface Chromium {
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-pipe",
];

interface Reply {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/**
 * Debian's Chromium without a window, with a profile of its own that is gone afterwards. It is driven by its DevTools
 * protocol over a pipe: commands on descriptor 3, answers on 4, JSON that ends with NUL.
 */
export async function startChromium(): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), "connack-chromium-"));
  const stdio = ["ignore", "ignore", "pipe", "pipe", "pipe"] as const;
  const child = spawn("chromium", [...flags, `--user-data-dir=${profile}`], { stdio: [...stdio] });
  let complaints = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
  });
  const waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  const ended = new Promise<void>((resolve) => {
    const end = (why: string) => {
      for (const { reject } of waiting.values()) reject(new Error(`chromium ${why}: ${complaints}`));
      resolve();
    };
    child.once("error", (error) => end(`cannot be started (apt-get install chromium): ${error.message}`));
    child.once("close", (code) => end(`ended with ${code}`));
  });
  const [, , , commands, answers] = child.stdio as unknown as [null, null, null, Writable, Readable];
  commands.on("error", () => {}); // it has ended: told above
  let rest = "";
  answers.on("data", (chunk: Buffer) => {
    const texts = (rest + chunk.toString("utf8")).split("\0");
    rest = texts.pop() ?? "";
    for (const text of texts) {
      const { id, result = {}, error } = JSON.parse(text) as Reply;
      if (id === undefined) continue;
      if (error) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result);
      waiting.delete(id);
    }
  });

  let lastId = 0;
  const call = (method: string, params: object, sessionId?: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      commands.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    });
  return {
    async open(url) {
      const { targetId } = await call("Target.createTarget", { url });
      const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
      return {
        evaluate: (expression) => evaluate(expression, (params) => call("Runtime.evaluate", params, `${sessionId}`)),
      };
    },
    async close() {
      child.kill("SIGTERM");
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function evaluate<T>(expression: string, call: (params: object) => Promise<Record<string, unknown>>): Promise<T> {
  const { result, exceptionDetails } = (await call({ expression, awaitPromise: true, returnByValue: true })) as {
    result: { value?: T };
    exceptionDetails?: { text: string; exception?: { description?: string } };
  };
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value as T;
}
