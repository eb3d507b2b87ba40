/** A member of an interface as its source has it. */
export interface InterfaceMember {
  name: string;
  isOptional: boolean;
  type: string;
  /** Its comment in one line; empty where there is none. */
  comment: string;
}

/** The members of an interface of one-line members, in order. Throws when the source has no such interface. */
export function readInterface(source: string, name: string): InterfaceMember[] {
  const body = new RegExp(`interface ${name}(?: extends \\w+)? \\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1];
  if (body === undefined) throw new Error(`no interface ${name}`);
  const members: InterfaceMember[] = [];
  let comment: string[] = [];
  for (const line of body.split("\n").map((each) => each.trim())) {
    const member = /^(?:readonly )?(\w+)(\?)?: (.+);$/.exec(line);
    if (member) {
      const [, name = "", optional, type = ""] = member;
      members.push({ name, isOptional: optional === "?", type, comment: comment.join(" ") });
      comment = [];
    } else {
      const text = line
        .replace(/^\/?\*+\/?/, "")
        .replace(/\*\/$/, "")
        .trim();
      if (text !== "") comment.push(text);
    }
  }
  return members;
}
