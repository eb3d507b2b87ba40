import { describe, expect, it } from "vitest";
import { type AuditType, auditTypes } from "./audit-event.ts";
import { disconnectReasons } from "./disconnect-reasons.ts";
import { eventView } from "./event-view.ts";
import { exampleEvents } from "./example-events.ts";
import { renderAuditEventsDoc } from "./render-audit-events-doc.ts";

const page = renderAuditEventsDoc();
const types = Object.keys(auditTypes) as AuditType[];

describe("docs/audit-events.md", () => {
  it("begins with what an operator needs, and has one sample as programs see it", () => {
    const titles = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(titles.slice(0, 4)).toEqual([
      "How repeats are folded",
      "How long they are kept",
      "What can be lost, and where it shows",
      "Types",
    ]);
    const samples = [...page.matchAll(/```json\n(.*?)\n```/gs)].map(([, text]) => JSON.parse(text ?? ""));
    expect(samples).toHaveLength(1);
    expect(samples[0]).toMatchObject({ type: "connect", result: "deny", time: samples[0].lastAt, count: 214 });
  });

  it.each(types)("%s: what it tells", (type) => {
    expect(page).toContain(`| \`${type}\` | ${auditTypes[type]} |`);
  });

  it("explains every member that an event has", () => {
    const explained = [...(page.split("\n## Members\n")[1]?.split("\n## ")[0] ?? "").matchAll(/^\| `(\w+)` \| /gm)];
    const used = new Set(
      types.flatMap((type) =>
        exampleEvents[type].flatMap((event) =>
          Object.keys(eventView({ ...event, id: 1, firstAt: 1, lastAt: 1, count: 1, token: {} })),
        ),
      ),
    );
    used.delete("at");
    expect([...used].sort()).toEqual(explained.map(([, name]) => name).sort());
  });

  it("has each reason of a disconnect", () => {
    for (const reason of disconnectReasons)
      expect(page).toMatch(new RegExp(`^\\| \`${reason}\` \\| (embedded|emqx|embedded, emqx) \\| \\w`, "m"));
  });

  it("has examples that are of their type, and nothing that nobody filled in", () => {
    for (const type of types) {
      expect(exampleEvents[type].length).toBeGreaterThan(0);
      expect(exampleEvents[type].map((event) => event.type)).toEqual(exampleEvents[type].map(() => type));
    }
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });
});
