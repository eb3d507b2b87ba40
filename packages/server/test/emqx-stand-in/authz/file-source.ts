import type { ClientInfo } from "../client-info.ts";
import { type FileRule, parseFileRules } from "./file-rules.ts";
import type { Source, TopicRequest, Verdict } from "./source.ts";

/** The `file` source: acl.conf. */
export class FileSource implements Source {
  readonly #rules: FileRule[];

  constructor(text: string) {
    this.#rules = parseFileRules(text);
  }

  authorize(client: ClientInfo, request: TopicRequest): Verdict {
    return this.#rules.find((rule) => rule.matches(client, request))?.permission ?? "nomatch";
  }

  status() {
    return "connected" as const;
  }

  async healthCheck(): Promise<void> {}

  close(): void {}
}
