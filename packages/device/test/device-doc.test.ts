import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readInterface } from "../../../scripts/read-interface.ts";
import { renderDeviceDoc } from "../../../scripts/render-device-doc.ts";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const page = read("docs/device.md");

describe("docs/device.md", () => {
  it("has the problems, options and examples as they are", () => {
    expect(page).toBe(renderDeviceDoc(page));
    for (const [mark, changed] of [
      ["| `keepAliveSeconds` |", "| `keepAlive` |"],
      ["| `queue_full` |", "| `full` |"],
      ["process.once(", "process.on("],
    ] as const) {
      expect(page).toContain(mark);
      expect(renderDeviceDoc(page.replace(mark, changed))).toBe(page);
    }
    expect(() => renderDeviceDoc("<!-- generated: nothing -->\n<!-- end -->")).toThrow("what is generated: nothing?");
  });

  it("prints every example", () => {
    const files = readdirSync(new URL("../../../examples", import.meta.url)).filter((name) => name !== "biome.json");
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(page).toContain(`<!-- generated: file examples/${file} -->`);
  });

  it("names every state and provider, and nothing that is not there", () => {
    const states = read("packages/device/src/device-state.ts").match(/"[^"]+"/g) ?? [];
    expect(states).toContain('"connected"');
    for (const state of states) expect(page).toContain(`| \`${state.slice(1, -1)}\` |`);
    const providers = [...read("packages/device/src/index.ts").matchAll(/(\w+) \} from "\.\/providers\//g)];
    expect(providers.length).toBeGreaterThan(5);
    for (const [, provider] of providers) if (/^[a-z]/.test(`${provider}`)) expect(page).toContain(`\`${provider}(`);
    const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => `${link}`);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) expect(existsSync(new URL(`../../../docs/${link}`, import.meta.url)), link).toBe(true);
  });

  it("says of the status what it has", () => {
    for (const { name } of readInterface(read("packages/device/src/device-status.ts"), "DeviceStatus")) {
      expect(page).toContain(`\`${name}\``);
    }
  });
});
