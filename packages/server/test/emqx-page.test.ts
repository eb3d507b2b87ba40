import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { desiredState } from "../src/brokers/emqx/configure/desired-state.ts";
import { findWrongJwt } from "../src/brokers/emqx/management/explain-wrong-jwt.ts";
import type { JsonObject } from "../src/brokers/emqx/management/management-client.ts";
import { configSchema } from "../src/config/config-schema.ts";
import { root } from "./read-deploy-files.ts";

const pages = ["docs/brokers/emqx.md", "docs/migrate-to-emqx.md"];
const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = read("docs/brokers/emqx.md");

/** Bodies that curl gets, as the shell gives them. */
const bodies = [...page.matchAll(/-X (\w+) "([^"]+)"(?:(?!-X)[^<])*<<JSON\n(.*?)\nJSON\n/gs)].map(
  ([, method, url = "", text = ""]) => ({
    call: `${method} ${url.replace(/^.*\/api\/v5|^\$API/, "")}`,
    body: JSON.parse(text.replaceAll("\\$", "$").replaceAll('\\\\"', '\\"')) as JsonObject,
  }),
);
const bodyOf = (call: string, wanted: Partial<JsonObject> = {}) =>
  bodies.find(
    (each) => each.call === call && Object.entries(wanted).every(([name, value]) => each.body[name] === value),
  )?.body ?? expect.fail(call);

/** What `connack emqx apply` makes of an EMQX with nothing else configured. */
function applied(asksPerTopic: boolean) {
  const config = configSchema.parse({});
  const { emqx } = config.brokers;
  return desiredState({ emqx, ownJwt: config.credentials.jwt, brokerToken: "$BROKER_TOKEN", asksPerTopic });
}

it("what is done by hand is what apply does", () => {
  const { authenticators } = applied(false);
  expect(authenticators).toHaveLength(1);
  const { headers, ...authenticator } = bodyOf("POST /authentication");
  expect(authenticators[0]).toMatchObject(authenticator as object);
  expect(authenticators[0]).toMatchObject({ headers });
  const { cache: _cache, ...settings } = bodyOf("PUT /authorization/settings");
  expect(applied(false).settings).toMatchObject(settings);
  expect(applied(true).httpSource).toMatchObject(bodyOf("POST /authorization/sources"));
  for (const rule of applied(false).rules) expect(rule).toMatchObject(bodyOf("POST /rules", { id: rule["id"] }));
  expect(bodies.filter(({ call }) => call === "POST /rules")).toHaveLength(applied(false).rules.length);
});

it("the wrong JWT body is wrong, and the right one right", () => {
  const [wrong, right] = [...page.matchAll(/```json\n(.*?)\n```/gs)].map(
    ([, text = ""]) => JSON.parse(text) as JsonObject,
  );
  expect(findWrongJwt(wrong as JsonObject)).toHaveLength(7);
  expect(findWrongJwt(right as JsonObject)).toEqual([]);
});

it.each(pages)("%s: links lead somewhere, addresses belong to nobody", (path) => {
  const text = read(path);
  for (const [, link = ""] of text.matchAll(/\]\(([^)#\s]+)/g))
    if (!link.startsWith("http")) expect(existsSync(join(root, dirname(path), link)), link).toBe(true);
  for (const [, anchor = ""] of text.matchAll(/\]\(#([^)]+)\)/g)) {
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(headings, path).toContain(anchor);
  }
  const ofDocuments = /^(127\.0\.0\.1|0\.0\.0\.0|192\.0\.2\.\d+)$/;
  for (const [address] of text.matchAll(/\b\d+\.\d+\.\d+\.\d+\b/g)) expect(address).toMatch(ofDocuments);
});
