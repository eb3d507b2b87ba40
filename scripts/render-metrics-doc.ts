import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type MetricRow, metricGroups } from "../packages/server/src/telemetry/metrics/metric-table.ts";

interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

const alertsFile = new URL("../deploy/prometheus/alerts.yaml", import.meta.url);

/** docs/metrics.md: every metric from the table in the code, every alert from deploy/prometheus/alerts.yaml. */
export function renderMetricsDoc(): string {
  const { groups } = parse(readFileSync(alertsFile, "utf8")) as { groups: { rules: Alert[] }[] };
  const metrics = metricGroups.map(({ title, rows }) => `### ${title}\n\n${table(rows)}\n`);
  const alerts = groups.flatMap(({ rules }) => rules).map(describeAlert);
  return `${opening}\n## Metrics\n\n${metrics.join("\n")}\n${labels}\n## Alerts\n\n${alerts.join("\n")}`;
}

function table(rows: Record<string, MetricRow>): string {
  const lines = Object.entries(rows).map(
    ([name, { type, labels = [], help }]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  return ["| metric | type | labels | what it is |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

function describeAlert({ alert, expr, labels: { severity }, annotations, ...rest }: Alert): string {
  const duration = rest.for === undefined ? "at once" : `after ${rest.for}`;
  const description = annotations.description.replaceAll(/\{\{.*?\}\}/g, placeholder);
  return `### ${alert}

${annotations.summary}. Severity: ${severity}, ${duration}.

\`\`\`promql
${expr.trim()}
\`\`\`

${description}
`;
}

/** `{{ $labels.instance }}` as the name of the label, `{{ $value | … }}` as "…". */
function placeholder(template: string): string {
  const label = /\$labels\.(\w+)/.exec(template)?.[1];
  return label === undefined ? "…" : `\`${label}\``;
}

const opening = `# Metrics and alerts

<!-- Made by scripts/generate-docs.ts from packages/server/src/telemetry/metrics/metric-table.ts and deploy/prometheus/alerts.yaml. -->

Connack tells Prometheus what it does, at \`/metrics\` of the admin listener (\`http.admin\`, http://127.0.0.1:8004/metrics).
To ask takes a token, unless \`http.admin.metricsWithoutToken\` is on:

\`\`\`sh
connack token add prometheus --role viewer
curl -H "authorization: Bearer <token>" http://127.0.0.1:8004/metrics
\`\`\`

\`deploy/prometheus/prometheus.yml\` is a configuration to start from: put the token into the file \`connack-token\` beside it,
readable for Prometheus only. \`deploy/prometheus/alerts.yaml\` has the alerts below; \`promtool test rules
deploy/prometheus/alerts-test.yaml\` shows when each fires. \`deploy/grafana/connack.json\` is a dashboard: import it and choose
the data source.

To count a decision takes about a tenth of a microsecond, and to time its seven steps less than one. All else is found out
when somebody asks. Several may ask: nothing is reset by a scrape.
`;

const labels = `### Labels

No label names a device, and nothing a peer sends can become a label: \`broker\` is \`embedded\`, the name of a broker's dialect
such as \`emqx\`, or \`http\` for what was no broker's question; \`scheme\` is a kind of credential; \`reason\` is a code of
[deny-reasons.md](deny-reasons.md); \`step\` is one of the seven steps of a decision; \`key\` and \`service\` are what an operator
made. Whatever is in none of these lists is counted as \`other\`.

Counters begin at 0 with each start of the process. A line of \`connack_decisions_total\` is there from its first decision
on, so \`increase()\` does not see that first one; \`connack_decision_seconds_count\` has all its lines from the start.
`;
