import { filterCovers } from "@connack/credentials";

/** Stands for a level that may have any name. */
const anyName = "any-other-name";

/** A topic that both filters match, as an example; `undefined` when there is none. */
export function commonTopic(first: string, second: string): string | undefined {
  const met = meet(first.split("/"), second.split("/"))?.join("/");
  // One level without a name is no topic; below it there may be some.
  const topic = met === "" ? `/${anyName}` : met;
  return topic !== undefined && filterCovers(first, topic) && filterCovers(second, topic) ? topic : undefined;
}

function meet(first: readonly string[], second: readonly string[]): string[] | undefined {
  const met: string[] = [];
  for (let level = 0; level < Math.max(first.length, second.length); level++) {
    const [one, other] = [first[level], second[level]];
    if (one === "#") return [...met, ...anyOf(second.slice(level), level)];
    if (other === "#") return [...met, ...anyOf(first.slice(level), level)];
    if (one === undefined || other === undefined) return undefined;
    if (one !== other && one !== "+" && other !== "+") return undefined;
    const name = one === "+" ? other : one;
    met.push(name === "+" ? anyName : name);
  }
  return met;
}

/** Levels that match the rest of a filter; the other one takes whatever comes. */
function anyOf(rest: readonly string[], before: number): string[] {
  const levels = rest.filter((level) => level !== "#").map((level) => (level === "+" ? anyName : level));
  return before + levels.length === 0 ? [anyName] : levels;
}
