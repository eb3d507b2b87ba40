/** One line of a metric as prom-client's registry prints it. */
export interface MetricLine {
  metricName: string;
  labels: Readonly<Record<string, string | number>>;
  value: number;
}

/**
 * Counts values in fixed buckets, for Prometheus. To observe one costs some nanoseconds and takes no memory; the lines
 * are made when somebody asks. prom-client's own histogram hashes its labels each time, which is many times as much.
 */
export class Histogram {
  readonly #bounds: readonly number[];
  /** The last one counts what is above every bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds upper ends of the buckets (a value that is equal counts), rising */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  get count(): number {
    return this.#counts.reduce((sum, each) => sum + each, 0);
  }

  /** `<name>_bucket` for each bound and infinity, each with all that is below it, then `<name>_sum` and `<name>_count`. */
  *lines(name: string, labels: Readonly<Record<string, string>>): Generator<MetricLine> {
    let below = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      below += count;
      const le = this.#bounds[bucket] ?? "+Inf";
      yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
    }
    yield { metricName: `${name}_sum`, labels, value: this.#sum };
    yield { metricName: `${name}_count`, labels, value: below };
  }
}

/** Histograms by one label whose values are all known from the start. */
export function histogramsOf<Value extends string>(
  values: readonly Value[],
  bounds: readonly number[],
): ReadonlyMap<Value, Histogram> {
  return new Map(values.map((value) => [value, new Histogram(bounds)]));
}
