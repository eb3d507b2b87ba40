import type { Surroundings } from "../authn/make-authenticator.ts";
import type { JsonObject } from "../json.ts";
import { type DatabaseRules, DatabaseSource } from "./database-source.ts";
import { TermSyntaxError } from "./erlang-terms.ts";
import { InvalidRule } from "./file-rules.ts";
import { FileSource } from "./file-source.ts";
import { HttpSource } from "./http-source.ts";
import type { Source } from "./source.ts";
import { sourceWithDefaults } from "./source-schemas.ts";

export interface SourceMember {
  type: string;
  config: JsonObject;
  /** `undefined` while it is disabled. */
  live: Source | undefined;
  metrics: { total: number; allow: number; deny: number; ignore: number; nomatch: number };
}

/** The authorization sources in their order, one of a type. */
export class SourceList {
  members: SourceMember[] = [];
  readonly rules: DatabaseRules = { users: new Map(), clients: new Map(), all: [] };
  /** Called when anything changes: answers that were remembered may be wrong now. */
  onChange = () => {};
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  find(type: string): SourceMember | undefined {
    return this.members.find((member) => member.type === type);
  }

  /** Puts one first, or in the place of the one of its type; a text says what is wrong. */
  async put(config: JsonObject, where: "first" | "last" = "first"): Promise<string | undefined> {
    let live: Source | undefined;
    try {
      live = this.#make(sourceWithDefaults(config));
    } catch (error) {
      if (error instanceof InvalidRule) return `#{reason => invalid_authorization_rule,value => ${error.message}}`;
      if (error instanceof TermSyntaxError) return '{bad_acl_file_content,{1,erl_parse,["syntax error before: ",[]]}}';
      throw error;
    }
    if (String(config["enable"] ?? true) === "true") await live.healthCheck();
    else {
      live.close();
      live = undefined;
    }
    const type = String(config["type"]);
    const old = this.find(type);
    if (old) {
      old.live?.close();
      Object.assign(old, { config, live });
    } else {
      const metrics = { total: 0, allow: 0, deny: 0, ignore: 0, nomatch: 0 };
      this.members[where === "first" ? "unshift" : "push"]({ type, config, live, metrics });
    }
    this.onChange();
    return undefined;
  }

  remove(type: string): void {
    this.find(type)?.live?.close();
    this.members = this.members.filter((member) => member.type !== type);
    this.onChange();
  }

  async healthCheck(): Promise<void> {
    await Promise.all(this.members.map((member) => member.live?.healthCheck()));
  }

  close(): void {
    for (const member of this.members) member.live?.close();
  }

  #make(config: JsonObject): Source {
    const { healthCheckMs, certificates } = this.#surroundings;
    if (config["type"] === "http") return new HttpSource(config, healthCheckMs, certificates);
    return config["type"] === "file" ? new FileSource(String(config["rules"])) : new DatabaseSource(this.rules);
  }
}
