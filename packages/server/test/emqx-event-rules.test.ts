import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { desiredState } from "../src/brokers/emqx/configure/desired-state.ts";
import { parseEmqxEvents } from "../src/brokers/emqx/events.ts";
import type { JsonObject } from "../src/brokers/emqx/management/management-client.ts";
import { recordedAtMs, recordedEvents } from "../src/brokers/emqx/testing/recorded-events.ts";
import { configSchema } from "../src/config/config-schema.ts";
import { type Republished, RuleEngine } from "./emqx-stand-in/rules/rule-engine.ts";
import { parseRuleSql } from "./emqx-stand-in/rules/rule-sql.ts";

const config = configSchema.parse({ brokers: { emqx: { ingest: true } } });
const { rules } = desiredState({
  emqx: config.brokers.emqx,
  ownJwt: config.credentials.jwt,
  brokerToken: randomBytes(32).toString("base64url"),
  asksPerTopic: false,
});
const ruleOf = (id: string) => rules.find((each) => each["id"] === id) as JsonObject;
const sqls = ["connack_events", "connack_denied_topics"].map((id) => parseRuleSql(String(ruleOf(id)["sql"])));

const topicOf = (event: unknown) => `$events/${String(event).replace(".", "_")}`;
const read = (columns: object) => parseEmqxEvents({ body: Buffer.from(JSON.stringify(columns)) }, recordedAtMs);

/** What our rules send of an event. */
function sentOf(columns: Record<string, unknown>): Record<string, unknown>[] {
  return sqls.flatMap(({ from, select }) => {
    const selected = from.includes(topicOf(columns["event"])) ? select(columns) : undefined;
    return selected === undefined ? [] : [selected];
  });
}

it("our rules send of each recorded event what Connack keeps, and nothing else", () => {
  const large = { "User-Property": { padding: "x".repeat(60_000) } };
  let sent = 0;
  for (const { body } of recordedEvents) {
    const columns = JSON.parse(body) as Record<string, unknown>;
    const whole = read(columns);
    const selected = sentOf({ ...columns, username: "u".repeat(60_000), conn_props: large, disconn_props: large });
    expect(selected.flatMap((each) => read(each).events)).toEqual(whole.events);
    expect(
      selected
        .flatMap((each) => read(each).origins ?? [])
        .map(({ kind, clientId, proven }) => [kind, clientId, proven]),
    ).toEqual((whole.origins ?? []).map(({ kind, clientId, proven }) => [kind, clientId, proven]));
    expect(selected).toHaveLength(whole.events.length);
    for (const each of selected) expect(JSON.stringify(each).length).toBeLessThan(1024);
    sent += selected.length;
  }
  expect(sent).toBeGreaterThan(50);
});

it("whom EMQX let in without asking anybody is told, and no other authentication", () => {
  const complete = {
    event: "client.check_authn_complete",
    timestamp: recordedAtMs,
    clientid: "c",
    reason_code: "success",
  };
  expect(sentOf({ ...complete, is_anonymous: false })).toEqual([]);
  const [told] = sentOf({ ...complete, is_anonymous: true });
  expect(read(told ?? {}).events).toMatchObject([{ type: "guard", reason: "emqx_admitted_anonymous" }]);
});

it("an event that is not known by name is sent as it is", () => {
  expect(sqls[0]?.select({ event: "client.ping", clientid: "c" })).toMatchObject({
    event: "client.ping",
    reason: "undefined",
  });
});

it("what a xiaozhi gateway reads is one JSON object, whatever the device sends", () => {
  const copied: Republished[] = [];
  const engine = new RuleEngine({ healthCheckMs: 15_000, certificates: new Map() } as never);
  engine.onRepublish = (message) => copied.push(message);
  const { id, ...rule } = ruleOf("connack_ingest");
  engine.putRule(String(id), rule);
  const client = 'GID_x@@@a"b\\c}@@@d';
  const send = (payload: string) => engine.emit("device-server", { clientid: client, payload, topic: "device-server" });
  for (const payload of ["", "no JSON", '{"a":', '"},{"sender_client_id":"another']) send(payload);
  expect(copied).toEqual([]);
  for (const payload of ['{"type":"hello","n":[1,null,true]}', '"text"', "5", '{"sender_client_id":"another"}'])
    send(payload);
  expect(copied.map(({ topic, qos, retain }) => [topic, qos, retain])).toEqual(
    Array.from({ length: 4 }, () => ["internal/server-ingest", 0, false]),
  );
  expect(copied.map(({ payload }) => JSON.parse(payload))).toEqual(
    [{ type: "hello", n: [1, null, true] }, "text", 5, { sender_client_id: "another" }].map((payload) => ({
      orginal_payload: payload,
      sender_client_id: client,
    })),
  );
});
