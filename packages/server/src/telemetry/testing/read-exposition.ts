/** The lines of an exposition by metric and labels as they stand there. Throws for a line that is none, and for a second one. */
export function readExposition(body: string): Map<string, number> {
  const lines = new Map<string, number>();
  for (const line of body.split("\n")) {
    if (line === "" || line.startsWith("# ")) continue;
    const [, series = "", value = ""] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (series === "" || Number.isNaN(Number(value.replace("+Inf", "Infinity")))) throw new Error(`no line: ${line}`);
    if (lines.has(series)) throw new Error(`twice: ${series}`);
    lines.set(series, Number(value));
  }
  return lines;
}

/** The names in it, those of histograms without `_bucket`, `_sum` and `_count`. */
export function namesIn(lines: ReadonlyMap<string, number>): Set<string> {
  const names = [...lines.keys()].map((series) => series.replace(/\{.*/, ""));
  const buckets = names.filter((name) => name.endsWith("_bucket")).map((name) => name.replace(/_bucket$/, ""));
  const isPart = (name: string) => buckets.some((of) => ["_bucket", "_sum", "_count"].some((end) => name === of + end));
  return new Set([...names.filter((name) => !isPart(name)), ...buckets]);
}
