/** One thing that is wrong. Neither text ever contains a secret. */
export interface ConfigProblem {
  /** `connack.yaml:12:3`, the name of a variable, or `command line`. */
  place: string;
  problem: string;
}

const mostShown = 20;

/** The configuration cannot be meant as it stands; every problem that was found, in the order of the sources. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.slice(0, mostShown).map(({ place, problem }) => `${place}: ${problem}`);
    if (problems.length > mostShown) lines.push(`and ${problems.length - mostShown} more`);
    super(lines.join("\n"));
    this.problems = problems;
  }
}
