import { setImmediate as nextTurn } from "node:timers/promises";
import type { Metric } from "prom-client";
import type { Histogram, MetricLine } from "../histogram.ts";
import { type MetricName, type MetricRow, metricTable } from "./metric-table.ts";

type LabelsOf<Name extends MetricName> = (typeof metricTable)[Name] extends { labels: readonly (infer Label)[] }
  ? Record<Label & string, string>
  : Record<string, never>;

export interface RenderedMetrics {
  contentType: string;
  /** Prometheus' text format 0.0.4. */
  body: string;
}

/** The values of one scrape, gathered by name and given out in Prometheus' text format. */
export class Exposition {
  readonly #lines = new Map<MetricName, MetricLine[]>();

  /** One value; `undefined` is one that is not known, and left out. */
  set<Name extends MetricName>(name: Name, value: number | undefined, labels?: LabelsOf<Name>): void {
    if (value !== undefined) this.#linesOf(name).push({ metricName: name, labels: labels ?? {}, value });
  }

  histogram<Name extends MetricName>(name: Name, histogram: Histogram, labels?: LabelsOf<Name>): void {
    this.#linesOf(name).push(...histogram.lines(name, labels ?? {}));
  }

  /** One line for each state there is: 1 for `current`, 0 for the others. */
  oneHot(name: "connack_store_state" | "connack_audit_state", states: readonly string[], current: string): void {
    for (const state of states) this.set(name, state === current ? 1 : 0, { state });
  }

  /** A turn of the event loop for each metric: all at once would take more than a millisecond. */
  async render(): Promise<RenderedMetrics> {
    const { Registry } = await loadRegistry();
    const registry = new Registry();
    for (const [name, { type, help }] of Object.entries<MetricRow>(metricTable)) {
      registry.registerMetric(asMetric({ name, help, type, values: this.#lines.get(name as MetricName) ?? [] }));
    }
    const texts: string[] = [];
    for (const name of Object.keys(metricTable)) {
      texts.push(await registry.getSingleMetricAsString(name));
      await nextTurn();
    }
    return { contentType: registry.contentType, body: `${texts.join("\n\n")}\n` };
  }

  #linesOf(name: MetricName): MetricLine[] {
    let lines = this.#lines.get(name);
    if (lines === undefined) {
      lines = [];
      this.#lines.set(name, lines);
    }
    return lines;
  }
}

/** Only whoever is scraped needs it. */
export async function loadRegistry(): Promise<Pick<typeof import("prom-client"), "Registry">> {
  return await import("prom-client");
}

interface Gathered {
  name: string;
  help: string;
  type: MetricRow["type"];
  values: readonly MetricLine[];
}

/** All that a registry of prom-client 15 uses of a metric; its types know only its own classes. */
function asMetric(gathered: Gathered): Metric {
  return { ...gathered, get: async () => gathered } as unknown as Metric;
}
