import { checkEmbedded } from "./check-embedded.ts";
import { checkEmqx } from "./check-emqx.ts";
import { checkHttp } from "./check-http.ts";
import type { ConfigProblem } from "./config-error.ts";
import type { Config } from "./config-schema.ts";

export interface TogetherChecked {
  problems: ConfigProblem[];
  warnings: string[];
}

/** What single keys cannot show. `sources` gives the place of a key. */
export function checkTogether(config: Config, sources: Readonly<Record<string, string>>): TogetherChecked {
  const checked: TogetherChecked = { problems: [], warnings: [] };
  const placeOf = (key: string) => sources[key] ?? key;
  const { jwt } = config.credentials;
  if (jwt.secretEncoding === "base64" && jwt.secret !== undefined && !isCanonicalBase64(jwt.secret)) {
    checked.problems.push({
      place: placeOf("credentials.jwt.secret"),
      problem:
        "`credentials.jwt.secret` is not standard padded Base64, though `credentials.jwt.secretEncoding` says base64",
    });
  }
  const emqx = checkEmqx(config);
  for (const { keys, problem } of [...checkEmbedded(config.brokers.embedded, config.http), ...emqx.problems]) {
    const key = keys.find((each) => sources[each] !== "default") ?? keys[0] ?? "";
    checked.problems.push({ place: placeOf(key), problem });
  }
  const http = checkHttp(config.http);
  for (const { key, warning } of emqx.warnings) checked.warnings.push(`${placeOf(key)}: ${warning}`);
  for (const { key, problem } of http.problems) checked.problems.push({ place: placeOf(key), problem });
  for (const { key, warning } of http.warnings) checked.warnings.push(`${placeOf(key)}: ${warning}`);
  return checked;
}

function isCanonicalBase64(text: string): boolean {
  return Buffer.from(text, "base64").toString("base64") === text;
}
