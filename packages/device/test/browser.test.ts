import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningConnack, removeFolder, startConnack } from "../../server/test/run-connack.ts";
import { type HttpService, startHttpService } from "../src/testing/http-service.ts";
import type { BrowserReport } from "./browser-page.ts";
import { type Chromium, startChromium } from "./chromium.ts";
import { webSocketUrl } from "./web-socket-url.ts";

const secret = randomBytes(32).toString("hex");
let server: RunningConnack;
let pages: HttpService;
let chromium: Chromium;
beforeAll(async () => {
  server = await startConnack({ env: { CONNACK_CREDENTIALS_JWT_SECRET: secret } });
  pages = await startHttpService();
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium.close();
  await pages.stop();
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

/** The built packages and the page in one script, as a bundler makes it for a site. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL("browser-page.ts", import.meta.url));
  const built = (await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, lib: { entry, formats: ["es"], fileName: "page" } },
  })) as Rollup.RollupOutput[];
  return built.flatMap(({ output }) => output.map((each) => ("code" in each ? each.code : ""))).join("\n");
}

it("connects, subscribes, publishes and takes a new token in a browser, as one client", async () => {
  const script = await bundle();
  pages.answer = (response, { url }) => {
    if (url === "/page.js") response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else response.writeHead(200, { "content-type": "text/html" }).end('<script type="module" src="page.js"></script>');
  };
  const page = await chromium.open(`${pages.origin}/`);
  await expect.poll(() => page.evaluate("typeof runDevice"), { timeout: 20_000 }).toBe("function");
  const options = { url: webSocketUrl(server), secret, deviceId: "browser-1" };
  const report = await page.evaluate<BrowserReport>(`runDevice(${JSON.stringify(options)})`);

  const echo = { topic: "devices/browser-1/echo", qos: 1 };
  expect(report).toEqual({
    messages: [
      { ...echo, text: "with the first token" },
      { ...echo, text: "with the second token" },
    ],
    states: ["getting credentials", "connecting", "connected", "refreshing", "connecting", "connected", "stopped"],
    problems: [],
    clientIds: ["browser-1", "browser-1"],
    refreshes: 1,
    connects: 2,
  });
  const { devices } = await server.json<{ devices: { id: string }[] }>("device", "list");
  expect(devices.map(({ id }) => id)).toEqual(["browser-1"]);
});
