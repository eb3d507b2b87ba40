/** What an error says, without a full stop at its end: it becomes part of a sentence. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown[]; cause?: unknown };
  // Of several addresses each may fail in its own way (AggregateError); fetch tells why only in its cause.
  const text = error.message || (errors?.length ? textOf(errors[0]) : "") || String(code ?? error.name);
  const why = cause === undefined ? "" : `: ${textOf(cause)}`;
  return `${text.replace(/\.$/, "")}${why}`;
}
