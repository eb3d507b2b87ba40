import type { AttackState } from "../brokers/emqx/verify/attack.ts";
import type { AttackResult, VerifyReport } from "../brokers/emqx/verify/verify-report.ts";
import { wrap, wrapLines } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { paint } from "./print.ts";

const marks = {
  held: ["+", "green"],
  "let through": ["x", "red"],
  broken: ["x", "red"],
  "not tried": [".", "dim"],
} as const satisfies Record<AttackState, unknown>;

const nameWidth = 24;
const expectedWidth = 24;
const seenIndent = " ".repeat(2 + nameWidth + expectedWidth);

/** A row for each attack, more where it did not come out the same everywhere; then what is wrong, and the verdict. */
export function printVerifyReport(context: CommandContext, report: VerifyReport): void {
  const { listeners, untried, results } = report;
  const urls = listeners.map(({ name, url }) => (name === url ? url : `${name} (${url})`));
  if (urls.length > 0) context.out(`${wrap(`${urls.join(", ")}; MQTT 3.1.1 and 5`)}\n`);
  for (const { name, why, isUnproven } of untried) {
    const text = isUnproven ? `NOT PROVEN: ${name}: ${why}` : `Not attacked: ${name}: ${why}`;
    context.out(`${paint(context, isUnproven ? "red" : "yellow", wrap(text))}\n`);
  }
  let group = "";
  for (const same of alike(results)) {
    const [first] = same;
    if (first === undefined) continue;
    if (first.group !== group) {
      const head = `${first.group.padEnd(2 + nameWidth)}${"expected".padEnd(expectedWidth)}seen`;
      context.out(`\n${paint(context, "bold", head)}\n`);
      group = first.group;
    }
    printRow(context, same, results);
  }
  for (const same of alike(results.filter(({ state }) => isWrong(state)))) printFinding(context, same);
  printOthers(context, report);
  printVerdict(context, report);
}

function isWrong(state: AttackState): boolean {
  return state === "let through" || state === "broken";
}

/** Results of one attack that came out the same, in the order of the attacks. */
function alike(results: readonly AttackResult[]): AttackResult[][] {
  const order = [...new Set(results.map(({ attack }) => attack))];
  return order.flatMap((name) => {
    const rows = new Map<string, AttackResult[]>();
    for (const result of results.filter(({ attack }) => attack === name)) {
      const key = result.state === "held" ? "held" : `${result.state}\n${result.seen}`;
      const row = rows.get(key) ?? [];
      rows.set(key, [...row, result]);
    }
    return [...rows.values()];
  });
}

function printRow(context: CommandContext, same: readonly AttackResult[], all: readonly AttackResult[]): void {
  const [first] = same as readonly [AttackResult];
  const { attack, state, expected } = first;
  const [mark, colour] = marks[state];
  const seen = seenText([...new Set(same.map((result) => result.seen))]);
  const isPart = same.length < all.filter((result) => result.attack === attack).length;
  const where = isPart ? ` [${whereText(same, all)}]` : "";
  const text = `${state === "not tried" ? "not tried: " : ""}${seen}${where}`;
  const body = wrap(text, seenIndent).trimStart();
  const head = `${mark} ${attack.padEnd(nameWidth)}${expected.padEnd(expectedWidth)}`;
  const line =
    attack.length < nameWidth && expected.length < expectedWidth ? head + body : `${head}\n${seenIndent}${body}`;
  context.out(`${paint(context, colour, line)}\n`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Both versions of MQTT have a code of their own for the same. */
function seenText(seen: readonly string[]): string {
  const codes = seen.map((text) => /^refused \((\w+)\)(.*)$/.exec(text));
  const tails = new Set(codes.map((match) => match?.[2]));
  if (seen.length < 2 || tails.size > 1 || codes.includes(null)) return seen.join(" or ");
  return `refused (${codes.map((match) => match?.[1]).join(", ")})${[...tails][0]}`;
}

/** Where it was so, as far as it was not so everywhere: kinds of device, listeners, versions. */
function whereText(same: readonly AttackResult[], all: readonly AttackResult[]): string {
  const others = all.filter(({ attack }) => attack === same[0]?.attack);
  const part = (of: (result: AttackResult) => string | undefined) => {
    const here = new Set(same.map(of));
    return new Set(others.map(of)).size === here.size
      ? []
      : [[...here].filter((each) => each !== undefined).join(", ")];
  };
  const versions = part(({ mqtt }) => mqtt).map((text) => `MQTT ${text}`);
  return [...part(({ kind }) => kind), ...part(({ listener }) => listener), ...versions].join("; ");
}

function printFinding(context: CommandContext, same: readonly AttackResult[]): void {
  const [{ attack, state, title, seen, means = "", fix = "" }] = same as readonly [AttackResult];
  const head = `${state === "let through" ? "LET THROUGH" : "BROKEN"}: ${attack}`;
  context.out(`\n${paint(context, "red", head)}\n`);
  const kinds = [...new Set(same.flatMap(({ kind }) => (kind === undefined ? [] : [kind])))];
  const listeners = [...new Set(same.map(({ listener }) => listener))];
  const versionsAt = (at: string) => [
    ...new Set(same.filter(({ listener }) => listener === at).map(({ mqtt }) => mqtt)),
  ];
  const where = listeners.map((at) => `${at} (MQTT ${versionsAt(at).join(" and ")})`).join(", ");
  context.out(`${wrap(`Tried: ${title}${kinds.length > 0 ? ` (${kinds.join(", ")})` : ""}, at ${where}.`)}\n`);
  context.out(`${wrap(`Seen: ${seen}.`)}\n${wrap(means)}\n${wrapLines(`Fix: ${fix}`)}\n`);
}

/** What no attack can show. */
function printOthers(context: CommandContext, { others, leftovers }: VerifyReport): void {
  for (const { id, isBefore, users } of others) {
    const who = users === undefined ? "whom it knows" : `its ${counted(users, "user")}`;
    const when = isBefore ? "without asking Connack" : "while Connack does not answer";
    const text = `Warning: ${id} of EMQX lets in ${who} ${when}: revoking and rights of Connack do not hold for them. If no client needs it, switch it off in EMQX, or: connack emqx plan`;
    context.out(`\n${paint(context, "yellow", wrap(text))}\n`);
  }
  const { sessions, retained, problems } = leftovers;
  if (sessions + retained > 0) {
    const text = `Removed what an earlier run had left behind: ${counted(sessions, "session")}, ${counted(retained, "retained message")}.`;
    context.out(`\n${wrap(text)}\n`);
  }
  for (const problem of problems) context.out(`${paint(context, "yellow", wrap(problem))}\n`);
}

function printVerdict(
  context: CommandContext,
  { counts, ok, listeners, untried: notAttacked, interrupted, cleanup, seconds }: VerifyReport,
): void {
  context.out("\n");
  if (interrupted) context.out(`${paint(context, "yellow", "Interrupted: this is a part, and proves nothing.")}\n`);
  if (listeners.length === 0) {
    context.out(`${paint(context, "red", "No listener could be attacked: nothing is proven.")}\n`);
    return;
  }
  const through = counts["let through"];
  const untriedText = counts["not tried"] === 0 ? "" : `, ${counts["not tried"]} not tried`;
  const sums = `${counts.held} held${untriedText}, in ${seconds} s.`;
  const named = notAttacked.filter(({ isUnproven }) => isUnproven).map(({ name }) => name);
  if (ok && !interrupted) {
    context.out(`${paint(context, "green", wrap(`Right: nothing got through. ${sums}`))}\n`);
    if (named.length > 0) {
      const text = `That says nothing of ${named.join(", ")}; --listener all counts them as a failure, --listener <name>=<host>:<port> says where one is reached.`;
      context.out(`${paint(context, "yellow", wrap(text))}\n`);
    }
  } else if (through > 0) {
    const broken = counts.broken === 0 ? "" : ` and ${counts.broken} broken`;
    context.out(`${paint(context, "red", wrap(`NOT SAFE: ${through} let through${broken}; ${sums}`))}\n`);
  } else if (!ok && counts.broken === 0) {
    const missing = named.length === 0 ? "" : ` (${named.join(", ")}; --listener limits what is to be proven)`;
    const text = `Not proven: something that should have been tried could not be${missing}; ${sums}`;
    context.out(`${paint(context, "red", wrap(text))}\n`);
  } else if (!ok) context.out(`${paint(context, "red", wrap(`Not right: ${counts.broken} broken; ${sums}`))}\n`);
  const { devices, retained, sessions, problems } = cleanup;
  const ended = [counted(devices, "throw-away device"), counted(sessions, "session")].join(" and ");
  const cleaned = `Cleaned up: ${ended} ended, ${counted(retained, "topic")} cleared of retained messages.`;
  context.out(`${paint(context, "dim", wrap(cleaned))}\n`);
  for (const problem of problems) context.out(`${paint(context, "yellow", wrap(`Left behind: ${problem}`))}\n`);
}
