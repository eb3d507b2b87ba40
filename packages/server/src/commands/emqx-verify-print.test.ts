import { expect, it } from "vitest";
import type { AttackResult, VerifyReport } from "../brokers/emqx/verify/verify-report.ts";
import { countStates } from "../brokers/emqx/verify/verify-report.ts";
import type { CommandContext } from "./command.ts";
import { verifyExit } from "./emqx-verify.ts";
import { printVerifyReport } from "./emqx-verify-print.ts";

const one = (attack: string, seen: string, more: Partial<AttackResult> = {}): AttackResult => ({
  ...{ attack, seen, group: "refused", title: `tries ${attack}`, expected: "refused", state: "held", ms: 1 },
  ...{ listener: "tcp:default", mqtt: "3.1.1", ...more },
});

const bothVersions = (attack: string, seen: [string, string], more: Partial<AttackResult> = {}) => [
  one(attack, seen[0], more),
  one(attack, seen[1], { ...more, mqtt: "5" }),
];

const refused: [string, string] = ["refused (5)", "refused (0x87)"];

function reportOf(results: AttackResult[], more: Partial<VerifyReport> = {}): VerifyReport {
  const counts = countStates(results);
  return {
    ok: counts["let through"] + counts.broken === 0,
    listeners: [{ name: "tcp:default", url: "mqtt://127.0.0.1:1883" }],
    untried: [{ name: "ssl:default", why: "it is disabled" }],
    others: [],
    leftovers: { sessions: 0, retained: 0, problems: [] },
    counts,
    results,
    cleanup: { devices: 84, retained: 2, sessions: 2, problems: [] },
    seconds: 4.2,
    ...more,
  };
}

function print(report: VerifyReport): string {
  let text = "";
  const context = { out: (more: string) => (text += more), colour: false } as unknown as CommandContext;
  printVerifyReport(context, report);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  return text;
}

it("one row for what came out the same everywhere, and why something was not tried", () => {
  const report = reportOf([
    ...bothVersions("no-credentials", refused),
    ...bothVersions("wrong-audience", ["no audience is required", "no audience is required"], { state: "not tried" }),
    ...bothVersions("connected-client-id", ["refused (5), other stays", "refused (0x87), other stays"], {
      expected: "refused, other stays",
    }),
    ...bothVersions("foreign-will", ["not delivered", "not delivered"], { group: "rights", expected: "not delivered" }),
  ]);
  expect(print(report)).toMatchInlineSnapshot(`
    "tcp:default (mqtt://127.0.0.1:1883); MQTT 3.1.1 and 5
    Not attacked: ssl:default: it is disabled

    refused                   expected                seen
    + no-credentials          refused                 refused (5, 0x87)
    . wrong-audience          refused                 not tried: no audience is
                                                      required
    + connected-client-id     refused, other stays    refused (5, 0x87), other stays

    rights                    expected                seen
    + foreign-will            not delivered           not delivered

    Right: nothing got through. 6 held, 2 not tried, in 4.2 s.
    Cleaned up: 84 throw-away devices and 2 sessions ended, 2 topics cleared of
    retained messages.
    "
  `);
  expect(verifyExit(report)).toBe(0);
});

it("what got through is loud, with what it means and what to do", () => {
  const hole = { means: "Anybody is in.", fix: "connack emqx apply", state: "let through" } as const;
  const report = reportOf([
    one("no-credentials", "LET IN", hole),
    one("no-credentials", "refused (0x87)", { mqtt: "5" }),
    ...bothVersions("events-arrive", ["not told: connected", "not told: connected"], {
      ...{ group: "connack", expected: "both are told", state: "broken" },
      ...{ means: "Connack does not know who is online.", fix: "connack emqx apply" },
    }),
  ]);
  report.cleanup.problems.push("a message may still be retained at devices/verify-1/retained");
  expect(print(report)).toMatchInlineSnapshot(`
    "tcp:default (mqtt://127.0.0.1:1883); MQTT 3.1.1 and 5
    Not attacked: ssl:default: it is disabled

    refused                   expected                seen
    x no-credentials          refused                 LET IN [MQTT 3.1.1]
    + no-credentials          refused                 refused (0x87) [MQTT 5]

    connack                   expected                seen
    x events-arrive           both are told           not told: connected

    LET THROUGH: no-credentials
    Tried: tries no-credentials, at tcp:default (MQTT 3.1.1).
    Seen: LET IN.
    Anybody is in.
    Fix: connack emqx apply

    BROKEN: events-arrive
    Tried: tries events-arrive, at tcp:default (MQTT 3.1.1 and 5).
    Seen: not told: connected.
    Connack does not know who is online.
    Fix: connack emqx apply

    NOT SAFE: 1 let through and 2 broken; 1 held, in 4.2 s.
    Cleaned up: 84 throw-away devices and 2 sessions ended, 2 topics cleared of
    retained messages.
    Left behind: a message may still be retained at devices/verify-1/retained
    "
  `);
  expect(verifyExit(report)).toBe(1);
});

it("an interrupted run, and one that reached nothing, prove nothing", () => {
  const interrupted = reportOf(bothVersions("no-credentials", refused), { interrupted: true });
  expect(print(interrupted)).toContain("Interrupted: this is a part, and proves nothing.");
  expect(verifyExit(interrupted)).toBe(1);
  const nothing = reportOf([], { listeners: [] });
  expect(print(nothing)).toContain("No listener could be attacked: nothing is proven.");
  expect(verifyExit(nothing)).toBe(69);
});

it("a listener that was not attacked is named, and so are those whom Connack does not know", () => {
  const report = reportOf(bothVersions("no-credentials", refused), {
    ok: false,
    untried: [{ name: "wss:default", why: "it wants a client certificate", isUnproven: true }],
    others: [{ id: "password_based:built_in_database", isBefore: true, users: 1 }],
    leftovers: { sessions: 1, retained: 2, problems: [] },
  });
  expect(print(report)).toMatchInlineSnapshot(`
    "tcp:default (mqtt://127.0.0.1:1883); MQTT 3.1.1 and 5
    NOT PROVEN: wss:default: it wants a client certificate

    refused                   expected                seen
    + no-credentials          refused                 refused (5, 0x87)

    Warning: password_based:built_in_database of EMQX lets in its 1 user without
    asking Connack: revoking and rights of Connack do not hold for them. If no
    client needs it, switch it off in EMQX, or: connack emqx plan

    Removed what an earlier run had left behind: 1 session, 2 retained messages.

    Not proven: something that should have been tried could not be (wss:default;
    --listener limits what is to be proven); 2 held, in 4.2 s.
    Cleaned up: 84 throw-away devices and 2 sessions ended, 2 topics cleared of
    retained messages.
    "
  `);
  expect(verifyExit(report)).toBe(1);
  expect(print({ ...report, ok: true })).toMatchInlineSnapshot(`
    "tcp:default (mqtt://127.0.0.1:1883); MQTT 3.1.1 and 5
    NOT PROVEN: wss:default: it wants a client certificate

    refused                   expected                seen
    + no-credentials          refused                 refused (5, 0x87)

    Warning: password_based:built_in_database of EMQX lets in its 1 user without
    asking Connack: revoking and rights of Connack do not hold for them. If no
    client needs it, switch it off in EMQX, or: connack emqx plan

    Removed what an earlier run had left behind: 1 session, 2 retained messages.

    Right: nothing got through. 2 held, in 4.2 s.
    That says nothing of wss:default; --listener all counts them as a failure,
    --listener <name>=<host>:<port> says where one is reached.
    Cleaned up: 84 throw-away devices and 2 sessions ended, 2 topics cleared of
    retained messages.
    "
  `);
});

it("what should have been tried and could not be is no proof either", () => {
  const report = reportOf(
    [
      ...bothVersions("no-credentials", refused),
      one("foreign-will", "a device with the right credential is not let in", { state: "not tried", isUnproven: true }),
    ],
    { ok: false },
  );
  expect(print(report)).toContain("Not proven: something that should have been tried could not be; 2 held, 1 not");
  expect(verifyExit(report)).toBe(1);
});
