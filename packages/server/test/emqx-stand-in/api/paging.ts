import type { ApiAnswer } from "./api-answer.ts";
import { invalid, ok } from "./api-answer.ts";

/** One page of a list as EMQX gives it: `count` is left out of fuzzy searches, `hasnext` of lists that have none. */
export function paged(
  items: readonly unknown[],
  query: URLSearchParams,
  { count = true, hasNext = true }: { count?: boolean; hasNext?: boolean } = {},
): ApiAnswer {
  const page = Number(query.get("page") ?? 1);
  const limit = Number(query.get("limit") ?? 100);
  if (!Number.isInteger(page) || page < 1) return wrong("page", page, "pos_integer()");
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) return wrong("limit", limit, "1..10000");
  const start = (page - 1) * limit;
  const meta = {
    ...(count ? { count: items.length } : {}),
    ...(hasNext ? { hasnext: start + limit < items.length } : {}),
    limit,
    page,
  };
  return ok({ data: items.slice(start, start + limit), meta });
}

function wrong(path: string, value: number, expected: string): ApiAnswer {
  return invalid({ value, reason: { expected }, path, kind: "validation_error" });
}
