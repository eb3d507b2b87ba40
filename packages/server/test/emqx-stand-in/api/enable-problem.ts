import { type ApiAnswer, invalid } from "./api-answer.ts";

/** `…/enable/{true|false}` */
export function enableProblem(value: string | undefined): ApiAnswer | undefined {
  if (value === "true" || value === "false") return undefined;
  return invalid({ value, reason: { expected: "boolean()" }, path: "enable", kind: "validation_error" });
}
