import { describe, expect, it } from "vitest";
import { type AuditType, auditTypes } from "./audit-event.ts";
import { disconnectReasons } from "./disconnect-reasons.ts";
import { exampleEvents } from "./example-events.ts";
import { renderAuditEventsDoc } from "./render-audit-events-doc.ts";

const page = renderAuditEventsDoc();
const section = (type: string) => page.split(`### \`${type}\`\n`)[1]?.split(/\n##/)[0] ?? "";
const types = Object.keys(auditTypes) as AuditType[];

describe("docs/audit-events.md", () => {
  it.each(types)("%s: what it tells, and an event as programs see it", (type) => {
    expect(section(type)).toContain(auditTypes[type]);
    const shown = JSON.parse(/```json\n(.*?)\n```/s.exec(section(type))?.[1] ?? "");
    expect(shown).toMatchObject({ type, time: shown.lastAt, count: expect.any(Number) });
  });

  it("explains every member, and no other", () => {
    const explained = [...page.matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name);
    const used = new Set(
      types.flatMap((type) => [
        ...Object.keys(JSON.parse(/```json\n(.*?)\n```/s.exec(section(type))?.[1] ?? "{}")),
        ...(/also have (.*)\./.exec(section(type))?.[1] ?? "").replaceAll("`", "").split(", ").filter(Boolean),
      ]),
    );
    const members = explained.slice(0, explained.indexOf("actor") + 1);
    expect([...used].sort()).toEqual([...members].sort());
  });

  it("has each reason of a disconnect", () => {
    for (const reason of disconnectReasons) expect(page).toContain(`| \`${reason}\` | `);
  });

  it("has examples that are of their type, and nothing that nobody filled in", () => {
    for (const type of types) {
      expect(exampleEvents[type].length).toBeGreaterThan(0);
      expect(exampleEvents[type].map((event) => event.type)).toEqual(exampleEvents[type].map(() => type));
    }
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });
});
