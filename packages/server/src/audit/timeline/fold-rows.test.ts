import { expect, it } from "vitest";
import { fitRows } from "./fold-rows.ts";
import type { TimelineKind, TimelineRow } from "./timeline-row.ts";

const row = (kind: TimelineKind, at: number): TimelineRow => ({
  kind,
  firstAt: at,
  lastAt: at,
  count: 1,
  text: `${kind} ${at}`,
  eventId: at,
});
const pairs = (from: number, times: number) =>
  Array.from({ length: times }, (_, n) => [
    row("connected", from + 2 * n),
    row("disconnected", from + 2 * n + 1),
  ]).flat();
const told = (rows: readonly TimelineRow[]) => rows.map(({ kind, count, firstAt }) => [kind, count, firstAt]);

it("rows that fit are told one by one", () => {
  const rows = [row("refused", 0), ...pairs(1, 3)];
  expect(fitRows(rows, 7)).toEqual({ rows });
});

it("runs of logins become one line each, with what happened last", () => {
  const rows = [...pairs(0, 50), row("refused", 100), ...pairs(101, 1), row("changed", 103), ...pairs(104, 2)];
  const fitted = fitRows(rows, 10);
  expect(told(fitted.rows)).toEqual([
    ["connected", 50, 0],
    ["refused", 1, 100],
    ["connected", 1, 101],
    ["disconnected", 1, 102],
    ["changed", 1, 103],
    ["connected", 2, 104],
  ]);
  expect(fitted.rows[0]).toMatchObject({ lastAt: 99, text: "the last connected 98; its last end: disconnected 99" });
  expect(fitted).not.toHaveProperty("leftOut");
});

it("logins are left out before anything else, the oldest first", () => {
  const rows = [row("refused", 0), ...pairs(1, 1), row("denied topic", 3), ...pairs(4, 1), row("changed", 6)];
  expect(fitRows(rows, 4)).toMatchObject({
    leftOut: "logins",
    rows: [{ kind: "refused" }, { kind: "denied topic" }, { kind: "disconnected", lastAt: 5 }, { kind: "changed" }],
  });
  expect(fitRows(rows, 3)).toMatchObject({
    leftOut: "logins",
    rows: [{ kind: "refused" }, { kind: "denied topic" }, { kind: "changed" }],
  });
  expect(fitRows(rows, 2)).toMatchObject({ leftOut: "rows", rows: [{ kind: "denied topic" }, { kind: "changed" }] });
});
