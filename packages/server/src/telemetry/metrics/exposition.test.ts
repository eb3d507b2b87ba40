import { expect, it } from "vitest";
import { Histogram } from "../histogram.ts";
import { readExposition } from "../testing/read-exposition.ts";
import { Exposition } from "./exposition.ts";
import { metricGroups, metricTable } from "./metric-table.ts";

it("gives values with their labels, and help and type of every metric", async () => {
  const out = new Exposition();
  const histogram = new Histogram([0.5]);
  histogram.observe(0.2);
  out.set("connack_ready", 1);
  out.set("connack_audit_rows", undefined);
  out.set("connack_key_logins_total", 7, { key: 'a"b\\c\nd' });
  out.oneHot("connack_store_state", ["ready", "full"], "full");
  out.histogram("connack_store_seconds", histogram, { operation: "find" });
  const { contentType, body } = await out.render();
  expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(Object.fromEntries(readExposition(body))).toEqual({
    connack_ready: 1,
    'connack_key_logins_total{key="a\\"b\\\\c\\nd"}': 7,
    'connack_store_state{state="ready"}': 0,
    'connack_store_state{state="full"}': 1,
    'connack_store_seconds_bucket{operation="find",le="0.5"}': 1,
    'connack_store_seconds_bucket{operation="find",le="+Inf"}': 1,
    'connack_store_seconds_sum{operation="find"}': 0.2,
    'connack_store_seconds_count{operation="find"}': 1,
  });
  for (const [name, { type, help }] of Object.entries(metricTable)) {
    expect(body).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  }
});

it("two expositions know nothing of each other", async () => {
  const one = new Exposition();
  one.set("connack_ready", 1);
  expect(readExposition((await new Exposition().render()).body).size).toBe(0);
});

it("names keep to the conventions, and each is in one group", () => {
  const names = metricGroups.flatMap(({ rows }) => Object.keys(rows));
  expect(names).toEqual(Object.keys(metricTable));
  for (const [name, row] of Object.entries(metricTable)) {
    const { type, help, labels = [] } = row as { type: string; help: string; labels?: readonly string[] };
    expect(name).toMatch(/^(connack|process|nodejs)_[a-z_]+$/);
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(help, name).toMatch(/\.$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
  }
});
