// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../management/management-client.ts";
import { mask } from "../management/scrub-secrets.ts";
import type { ChangeMemory } from "./change-memory.ts";
import type { ConfigurationPlan } from "./configuration-step.ts";
import type { EmqxState } from "./emqx-state.ts";
import { makePlan } from "./make-plan.ts";
import { stateAfter } from "./state-after.ts";
import { brokerToken, desiredWith, freshEmqx, noMemory } from "./testing/fresh-emqx.ts";

const knowing: ChangeMemory = { ...noMemory, secrets: { knows: () => true, isKept: () => false }, isOurs: () => true };
const options = { takeOver: false };

function planFor(state: Partial<EmqxState> = {}, emqx: object = {}, memory = noMemory, takeOver = false) {
  return makePlan(freshEmqx(state), desiredWith(emqx), memory, { takeOver });
}

const told = (plan: ConfigurationPlan) => plan.steps.map(({ kind, object }) => `${kind} ${object}`);
const names = (all: readonly { name: string }[]) => all.map(({ name }) => name);
const database = {
  mechanism: "password_based",
  backend: "built_in_database",
  id: "password_based:built_in_database",
  enable: true,
};
const foreignHttp = {
  id: "password_based:http",
  mechanism: "password_based",
  backend: "http",
  enable: true,
  method: "get",
  url: "http://10.1.2.3:9000/login?k=hidden-in-query",
  headers: { "x-api-key": "visible" },
  body: { u: "${username}", password: mask },
};

describe("a new EMQX", () => {
  it("gets everything in an order that never opens it", () => {
    const plan = planFor();
    expect(told(plan)).toEqual([
      "add authenticator password_based:http",
      "change authorization settings",
      "disable authorization source file",
      "change auto-subscriptions",
      "add connector http:connack",
      "add action http:connack_events",
      "add rule connack_events",
      "add rule connack_denied_topics",
      "change authorization cache",
    ]);
    expect([plan.warnings, plan.conflicts]).toEqual([[], []]);
    expect(JSON.stringify(plan.steps.map(({ request, ...step }) => step))).not.toContain(brokerToken);
  });

  it("has nothing to do once that is done, whatever defaults EMQX fills in and however it writes them", () => {
    const live = freshEmqx();
    const desired = desiredWith({ ingest: true, jwt: { enabled: true, jwksUrl: "http://127.0.0.1:8005/jwks" } });
    const { steps } = makePlan(live, desired, noMemory, options);
    const after = stateAfter({ ...live.state, databaseRules: [] }, steps);
    const [first] = after.authenticators;
    const filled = [
      { ...first, verify_claims: [{ name: "sub", value: "${clientid}" }] },
      ...after.authenticators.slice(1),
    ];
    const authenticators = filled.map((each: JsonObject) => ({
      ...each,
      pool_size: String(each["pool_size"] ?? 8),
      request_timeout: 5000,
      ssl: { depth: 10, enable: false },
    }));
    const again = makePlan({ ...live, state: { ...after, authenticators } }, desired, knowing, options);
    expect(told(again)).toEqual([]);
  });

  it("asks its own tokens first, with rights for those it lets in", () => {
    const jwt = { enabled: true };
    const secret = brokerToken;
    const desired = desiredWith({ jwt }, { credentials: { jwt: { secret, issuer: "me" } } });
    const plan = makePlan(freshEmqx(), desired, noMemory, options);
    expect(told(plan).slice(0, 5)).toEqual([
      "add authorization source built_in_database",
      "change database rules for all clients",
      "add authenticator password_based:http",
      "add authenticator jwt",
      "reorder order of authenticators",
    ]);
    expect(plan.steps[3]?.request.body).toMatchObject({
      use_jwks: false,
      algorithm: "hmac-based",
      verify_claims: { sub: "${clientid}", iss: "me" },
      disconnect_after_expire: true,
    });
    expect(plan.steps[4]?.request.body).toEqual([{ id: "jwt" }, { id: "password_based:http" }]);
  });

  it("asks for each topic where it is a 5.7, and tells no denials twice", () => {
    const plan = makePlan(freshEmqx(), desiredWith({}, { asksPerTopic: true }), noMemory, options);
    expect(told(plan)).toContain("add authorization source http");
    expect(told(plan)).not.toContain("add rule connack_denied_topics");
  });
});

describe("what others have set up", () => {
  it("is never removed: at most switched off, behind ours", () => {
    const state = {
      authenticators: [database],
      rules: [{ id: "theirs", sql: "SELECT 1" }],
      connectors: [{ type: "http", name: "theirs" }],
      autoSubscribe: [{ topic: "theirs", qos: 1 }],
    };
    const kept = planFor(state);
    expect(told(kept)).not.toContainEqual(expect.stringMatching(/^(remove|disable authenticator)/));
    expect(kept.untouched).toEqual(
      expect.arrayContaining([
        "authenticator password_based:built_in_database",
        "rule theirs",
        "connector http:theirs",
        "auto-subscription theirs",
      ]),
    );
    expect(names(kept.warnings)).toContain("other-clients-need-rights");
    const disabled = planFor(state, { otherAuthenticators: "disable" });
    const at = (text: string) => told(disabled).indexOf(text);
    expect(at("disable authenticator password_based:built_in_database")).toBeGreaterThan(
      at("add authenticator password_based:http"),
    );
    expect(planFor(state, { position: "rear" }).steps.some(({ kind }) => kind === "reorder")).toBe(false);
  });

  it("keeps its file source where that does not end in allow all", () => {
    const sources = [{ type: "file", enable: true, rules: '{allow, {username, "a"}, all, ["#"]}.\n{deny, all}.' }];
    const plan = planFor({ sources });
    expect(told(plan)).not.toContain("disable authorization source file");
    expect(plan.untouched).toContain("authorization source file");
  });

  it("gives way to ours where all of it can be brought back; its hidden template stays in EMQX", () => {
    const plan = planFor({ authenticators: [foreignHttp] });
    expect(plan.conflicts).toEqual([]);
    expect(names(plan.warnings)).toContain("taken-over");
    expect(plan.steps[0]).toMatchObject({
      kind: "change",
      request: { method: "PUT", body: { body: { password: mask } } },
    });
    expect(JSON.stringify(plan.steps[0]?.differences)).not.toMatch(/visible|hidden-in-query/);
  });

  it.each([
    ["a header that EMQX hides", { ...foreignHttp, headers: { authorization: mask } }, {}],
    [
      "a secret of its own",
      { id: "jwt", mechanism: "jwt", secret: mask },
      { jwt: { enabled: true, jwksUrl: "http://a" } },
    ],
  ])("is a conflict where it holds %s, unless that may be lost", (_, authenticator, emqx) => {
    const refused = planFor({ authenticators: [authenticator] }, emqx);
    expect(names(refused.conflicts)).toEqual(["place-taken"]);
    const taken = planFor({ authenticators: [authenticator] }, emqx, noMemory, true);
    expect(taken.conflicts).toEqual([]);
    expect(taken.warnings.find(({ name }) => name === "taken-over")?.sentence).toContain("LOST");
  });

  it("is a conflict where there is no room", () => {
    const autoSubscribe = Array.from({ length: 20 }, (_, index) => ({ topic: `t/${index}` }));
    expect(names(planFor({ autoSubscribe }).conflicts)).toEqual(["too-many-auto-subscriptions"]);
    const jwt = { enabled: true, jwksUrl: "http://a" };
    const databaseRules = Array.from({ length: 100 }, (_, index) => ({
      topic: `t/${index}`,
      permission: "deny",
      action: "all",
    }));
    const sources = [{ type: "built_in_database", enable: true, max_rules: 100 }];
    expect(names(planFor({ sources, databaseRules }, { jwt }).conflicts)).toEqual(["too-many-database-rules"]);
    const off = [{ type: "built_in_database", enable: false }];
    expect(names(planFor({ sources: off, databaseRules: [] }, { jwt }).conflicts)).toEqual([
      "database-source-disabled",
    ]);
  });
});

describe("what is ours", () => {
  const older = { ...foreignHttp, url: "http://connack.lan:8003/mqtt/auth", headers: { authorization: mask } };

  it("is changed where it is the older authenticator", () => {
    const plan = planFor({ authenticators: [older] });
    expect([plan.conflicts, told(plan)[0]]).toEqual([[], "change authenticator password_based:http"]);
  });

  it("keeps what somebody tuned, and loses what must not be there", () => {
    const { steps } = planFor();
    const state = stateAfter(freshEmqx().state, steps);
    const [authenticator] = state.authenticators;
    const tuned = {
      ...authenticator,
      ssl: { enable: false, verify: "verify_peer" },
      headers: { ...(authenticator?.["headers"] as object), "x-other": "1" },
    };
    const actions = state.actions.map((each) => ({
      ...each,
      parameters: { ...(each["parameters"] as object), body: "${.}" },
    }));
    const plan = makePlan(
      freshEmqx({ ...state, authenticators: [tuned], actions } as never),
      desiredWith(),
      knowing,
      options,
    );
    expect(told(plan)).toEqual(["change authenticator password_based:http", "change action http:connack_events"]);
    expect(plan.steps[0]?.request.body).toMatchObject({ ssl: { verify: "verify_peer" } });
    expect(JSON.stringify(plan.steps.map(({ request }) => request.body))).not.toMatch(/x-other|\$\{\.\}/);
  });

  it("goes when it is not wanted any more", () => {
    const on = { jwt: { enabled: true, jwksUrl: "http://a" } };
    const state = stateAfter(freshEmqx({ databaseRules: [] }).state, planFor({}, on).steps);
    const memory: ChangeMemory = {
      ...knowing,
      addedTo: (name) => (name.startsWith("database") ? (state.databaseRules ?? []) : []),
    };
    const plan = planFor(state, { events: { enabled: false } }, memory);
    expect(told(plan)).toEqual([
      "change database rules for all clients",
      "remove rule connack_events",
      "remove rule connack_denied_topics",
      "remove action http:connack_events",
      "remove connector http:connack",
      "remove authenticator jwt",
      "change authorization cache",
    ]);
  });
});

it("warns of clients that are connected when rights are closed", () => {
  const plan = makePlan(freshEmqx({}, 3), desiredWith(), noMemory, options);
  expect(plan.warnings.map(({ sentence }) => sentence)).toEqual([expect.stringContaining("3 clients are connected")]);
});
