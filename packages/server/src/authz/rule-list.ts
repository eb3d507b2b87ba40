import { type AclRuleTemplate, type CompiledAclRule, compileAclRule } from "@connack/credentials";
import { answerBytes, isShortTopic } from "../registry/rules-size.ts";
import { aclRuleInput, rightsLimits } from "./rights-input.ts";

export interface PreparedRules {
  readonly rules: readonly CompiledAclRule[];
  /** Where each of the rules comes from. */
  readonly origins: readonly string[];
}

/** Rules made ready, in their order, up to the first that cannot be read. */
export class RuleList implements PreparedRules {
  readonly rules: CompiledAclRule[] = [];
  readonly origins: string[] = [];
  #isCut = false;

  /**
   * A stored rule that cannot be read, because a newer version wrote it or there are too many, denies everything from
   * there on: nobody knows what it was to deny.
   */
  add(templates: readonly AclRuleTemplate[], origin: (index: number) => string): void {
    let bytes = 0;
    for (const [index, template] of templates.entries()) {
      if (this.#isCut) return;
      const read = readRule(template);
      bytes += read?.[0] ? answerBytes([read[0].template]) : 0;
      this.#isCut = read === undefined || bytes > rightsLimits.bytes;
      if (read && !this.#isCut) this.#push(read, origin(index));
      else this.#push(denyEverything, `${origin(index)}, which cannot be read`);
    }
  }

  addPrepared({ rules, origins }: PreparedRules): void {
    if (this.#isCut) return;
    this.rules.push(...rules);
    this.origins.push(...origins);
  }

  #push(rules: readonly CompiledAclRule[], origin: string): void {
    this.rules.push(...rules);
    this.origins.push(...rules.map(() => origin));
  }
}

function readRule(template: unknown): readonly CompiledAclRule[] | undefined {
  const read = aclRuleInput.safeParse(template);
  const compiled = read.success ? compileAclRule(read.data) : undefined;
  return compiled?.ok ? compiled.rules.map(bounded) : undefined;
}

/** The rule, rendering nothing that is longer than `longestTopic`. */
function bounded(rule: CompiledAclRule): CompiledAclRule {
  return {
    ...rule,
    render(values, isUsable) {
      const rendered = rule.render(values, isUsable);
      return rendered !== undefined && isShortTopic(rendered) ? rendered : undefined;
    },
  };
}

/** A rule of ours. @throws TypeError when it is not one */
export function mustReadRule(template: AclRuleTemplate): readonly CompiledAclRule[] {
  const rules = readRule(template);
  if (rules === undefined) throw new TypeError(`a rule of ours cannot be read: ${template.topics.join(", ")}`);
  return rules;
}

const denyEverything = mustReadRule({ permission: "deny", action: "all", topics: ["#"] });
