import { checkEmbedded } from "./check-embedded.ts";
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
  const { brokers } = config.http;
  for (const { keys, problem } of checkEmbedded(config.brokers.embedded, config.http)) {
    const key = keys.find((each) => sources[each] !== "default") ?? keys[0] ?? "";
    checked.problems.push({ place: placeOf(key), problem });
  }
  if (brokers.allowFrom.some((network) => /\/0+$/.test(network))) {
    const place = placeOf("http.brokers.allowFrom");
    checked.warnings.push(`${place}: \`http.brokers.allowFrom\` lets every address try credentials on /mqtt/auth`);
  }
  return checked;
}

function isCanonicalBase64(text: string): boolean {
  return Buffer.from(text, "base64").toString("base64") === text;
}
