import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderMetricsDoc } from "../../../scripts/render-metrics-doc.ts";
import { guardNames } from "../src/brokers/embedded/embedded-broker-event.ts";
import { type MetricRow, metricTable } from "../src/telemetry/metrics/metric-table.ts";
import { deployed, type Panel, readAlerts, readDashboard } from "./deployed-files.ts";
import { run } from "./run-connack.ts";

const alerts = readAlerts();

describe("the alerts", () => {
  it("are rules for Prometheus, and fire when they shall and only then", async () => {
    const checked = await run("promtool", ["check", "rules", deployed("prometheus/alerts.yaml")]);
    expect(checked).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`SUCCESS: ${alerts.length} rules found`),
    });
    const tested = await run("promtool", ["test", "rules", deployed("prometheus/alerts-test.yaml")]);
    expect(tested, tested.stdout + tested.stderr).toMatchObject({ code: 0 });
  });

  interface AlertTest {
    name: string;
    input_series: { series: string }[];
    promql_expr_test: { expr: string; exp_samples: { labels: string }[] }[];
  }

  it("have a test each: quiet at first, then for the process that it is for, and not for the one that is well", () => {
    const { tests } = parse(readFileSync(deployed("prometheus/alerts-test.yaml"), "utf8")) as { tests: AlertTest[] };
    expect(tests.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
    for (const { name, input_series, promql_expr_test } of tests) {
      const series = input_series.map((each) => each.series).join();
      expect(series, name).toContain('instance="bad"');
      expect(series, name).toContain('instance="good"');
      const [quiet, fires, ...others] = promql_expr_test;
      expect(others).toEqual([]);
      for (const each of [quiet, fires]) expect(each?.expr).toContain(`alertname="${name}", alertstate="firing"`);
      expect(quiet?.exp_samples).toEqual([]);
      const firing = fires?.exp_samples.map(({ labels }) => labels).join() ?? "";
      expect(firing, name).toContain('instance="bad"');
      expect(firing, name).not.toContain('instance="good"');
    }
  });

  it("say what happened, what to do, and where to read on", () => {
    const headings = renderMetricsDoc().match(/^### .+$/gm) ?? [];
    const anchors = headings.map((heading) => `docs/metrics.md#${heading.slice(4).toLowerCase()}`);
    for (const { alert, labels, annotations } of alerts) {
      expect(alert).toMatch(/^Connack[A-Z]/);
      expect(["critical", "warning", "info"]).toContain(labels.severity);
      expect(annotations.summary, alert).toMatch(/^[A-Z].*[^.]$/);
      expect(annotations.description, alert).toMatch(/\.$/);
      expect(anchors).toContain(annotations.runbook);
    }
    expect(new Set(alerts.map(({ annotations }) => annotations.runbook)).size).toBe(alerts.length);
  });

  it("name guards that the embedded broker has", () => {
    const named = alerts.flatMap(({ expr }) => /guard=~"([^"]+)"/.exec(expr)?.[1]?.split("|") ?? []);
    expect(named.length).toBeGreaterThan(5);
    expect(guardNames).toEqual(expect.arrayContaining(named));
  });
});

it("the example configuration is one for Prometheus, and scrapes the port that is the default", async () => {
  const path = deployed("prometheus/prometheus.yml");
  expect(await run("promtool", ["check", "config", "--syntax-only", path])).toMatchObject({ code: 0 });
  expect(readFileSync(path, "utf8")).toContain('targets: ["127.0.0.1:8004"]');
});

describe("the dashboard", () => {
  const dashboard = readDashboard();
  const { panels } = dashboard;

  it("is one that Grafana takes", () => {
    expect(dashboard).toMatchObject({ title: "Connack", uid: "connack", schemaVersion: expect.any(Number) });
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const [datasource] = dashboard.templating.list;
    expect(datasource).toMatchObject({ name: "datasource", type: "datasource", query: "prometheus" });
    for (const { title, type, targets, ...panel } of panels) {
      expect(title).not.toBe("");
      if (type === "row") continue;
      expect(panel.datasource?.uid).toBe(`\${datasource}`);
      expect(targets?.length, title).toBeGreaterThan(0);
      for (const target of targets ?? []) expect(target.datasource.uid).toBe(`\${datasource}`);
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length);
    }
  });

  it("has every panel in its own place", () => {
    const overlap = ({ gridPos: one }: Panel, { gridPos: other }: Panel) =>
      one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
    for (const [index, panel] of panels.entries()) {
      const { x, w } = panel.gridPos;
      expect(x >= 0 && w > 0 && x + w <= 24, panel.title).toBe(true);
      for (const later of panels.slice(index + 1)) {
        expect(overlap(panel, later), `${panel.title} and ${later.title}`).toBe(false);
      }
    }
  });

  it("shows what its lines are called by with labels that they have", () => {
    const known = new Set(["instance", ...Object.values<MetricRow>(metricTable).flatMap(({ labels = [] }) => labels)]);
    for (const { targets = [] } of panels) {
      for (const { legendFormat, expr } of targets) {
        for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
          expect(known, legendFormat).toContain(label);
          const kept = /\bby \(([^)]*)\)/.exec(expr)?.[1];
          if (kept !== undefined) expect(kept, expr).toContain(label);
        }
      }
    }
  });
});
