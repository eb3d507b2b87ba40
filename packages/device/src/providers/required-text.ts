/**
 * The text that an option has to have. Throws TypeError naming the option, never its value: it may be a secret. Programs
 * without types, and environments without the variable, come here too.
 */
export function requiredText(option: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw new TypeError(`${option} has to be a text that is not empty`);
  return value;
}

/** As `requiredText`, where the option may be left out. A text that is there and empty is a mistake all the same. */
export function optionalText(option: string, value: unknown): string | undefined {
  return value === undefined ? undefined : requiredText(option, value);
}
