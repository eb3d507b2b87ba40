import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** Path of a file of the repository's folder `deploy`. */
export function deployed(path: string): string {
  return fileURLToPath(new URL(`../../../deploy/${path}`, import.meta.url));
}

export interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
}

export function readAlerts(): Alert[] {
  const { groups } = parse(readFileSync(deployed("prometheus/alerts.yaml"), "utf8")) as {
    groups: { rules: Alert[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { expr: string; legendFormat: string; refId: string; datasource: { uid: string } }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  templating: { list: { name: string; type: string; query: unknown }[] };
  annotations: { list: { expr: string }[] };
  panels: Panel[];
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(deployed("grafana/connack.json"), "utf8")) as Dashboard;
}

/** Every query of the dashboard as Grafana would send it, all processes chosen. */
export function dashboardQueries({ panels, annotations }: Dashboard): string[] {
  const written = [...panels.flatMap(({ targets = [] }) => targets), ...annotations.list].map(({ expr }) => expr);
  return written.map((expr) => expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "1m"));
}

/** Names of metrics in a query; those of Prometheus itself not. */
export function metricsIn(query: string): string[] {
  return query.match(/\b(?:connack|process|nodejs)_[a-z_]+/g) ?? [];
}
