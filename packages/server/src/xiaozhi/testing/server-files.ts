import fc from "fast-check";

/** Configuration files as people leave them, with what the server would read from them. */
export interface ServerFile {
  text: string;
  /** Text of the line that has the key `mqtt_gateway`, where there is one. */
  gateway: "none" | "text" | "unset" | "block" | "flow";
  key?: string;
}

const comment = fc.constantFrom("", "   # the old one", ' # "quoted" {brace} : colon', "\t# after a tab");
const scalars = ["192.0.2.1:1883", "'old.example.org:1883'", '"old.example.org:1883"'];

const gateway = fc.oneof(
  fc.record({ kind: fc.constant("none" as const), lines: fc.constant<string[]>([]) }),
  fc
    .tuple(fc.constantFrom(...scalars, "&gw old.example.org:1883"), comment)
    .map(([value, end]) => ({ kind: "text" as const, lines: [`mqtt_gateway: ${value}${end}`] })),
  fc.tuple(fc.constantFrom("", "null", "~", '""', "'null'", '"null"', "你的mqtt地址"), comment).map(([value, end]) => ({
    kind: "unset" as const,
    lines: [`mqtt_gateway:${value === "" ? "" : ` ${value}`}${end}`],
  })),
  fc
    .tuple(
      fc.shuffledSubarray(
        ["enabled: false", "broker: 192.0.2.1", "port: 1883 # tcp", "udp_port: 8884", "note: 'a # b'"],
        {
          minLength: 1,
        },
      ),
      comment,
    )
    .map(([members, end]) => ({
      kind: "block" as const,
      lines: [`mqtt_gateway:${end}`, ...members.map((member) => `  ${member}`)],
    })),
  fc
    .shuffledSubarray(["enabled: true", 'broker: "192.0.2.1"', "port: '1883'", "udp_port: 8884", "x: [1, {y: 2}]"])
    .map((members) => ({ kind: "flow" as const, lines: [`mqtt_gateway: {${members.join(", ")}}  # in braces`] })),
);

const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}[-_+/=#: ]?[A-Za-z0-9]{4}$/);
const signatureKey: fc.Arbitrary<{ lines: string[]; key?: string }> = fc.oneof(
  fc.constant<string[]>([]).map((lines) => ({ lines })),
  fc.constantFrom("", " null", " 'null'", " <your key>").map((value) => ({ lines: [`mqtt_signature_key:${value}`] })),
  fc.tuple(secret, comment).map(([key, end]) => ({ lines: [`mqtt_signature_key: '${key}'${end}`], key })),
);

const others = fc.shuffledSubarray([
  ["ip: 0.0.0.0"],
  ["http_port: 8003   # OTA"],
  ["auth:", "  enabled: false", "  tokens:", '    - token: "a: b"', "      name: x"],
  ["websocket: ws://你的ip:8000/xiaozhi/v1/"],
  ["note: |", "  a block", "   of text # no comment", ""],
  ["folded: >-", "  more", "  text"],
  ["# a comment between", "timezone_offset: +8"],
  ["empty:"],
  ["list: [1, 2,", "  3]"],
]);

const around = fc.shuffledSubarray([
  ["# head: of the file", ""],
  ["log:", "  log_level: INFO", '  log_format: "<green>{time}</green>"'],
  ["base: &base {a: 1}", "derived:", "  <<: *base", "  b: 2"],
  ["prompt: |", "  Say: server:", "    mqtt_gateway: not this one", ""],
  ["twice: 1", "twice: 2"],
  ["? odd", ": key"],
  ["words:", "- one", "- two # three"],
]);

/** Files that can be changed, whatever is in them. */
export const serverFiles: fc.Arbitrary<ServerFile> = fc
  .record({
    bom: fc.constantFrom("", "\uFEFF"),
    start: fc.constantFrom("", "---\n"),
    eol: fc.constantFrom("\n", "\r\n"),
    endsWithLine: fc.boolean(),
    indent: fc.constantFrom("  ", "    ", " "),
    before: around,
    after: around,
    gateway,
    signatureKey,
    others,
    order: fc.infiniteStream(fc.nat()),
    server: fc.constantFrom("block", "block", "block", "missing", "empty", "null", "comment"),
  })
  .map((parts) => {
    const isBlock = parts.server === "block";
    const entries = [parts.gateway.lines, parts.signatureKey.lines, ...parts.others]
      .filter((lines) => lines.length > 0)
      .map((lines) => ({ lines, rank: parts.order.next().value as number }))
      .sort((a, b) => a.rank - b.rank)
      .flatMap(({ lines }) => lines.map((line) => (line === "" ? line : parts.indent + line)));
    const heads: Record<string, string[]> = {
      missing: [],
      empty: ["server:"],
      null: ["server: null # not yet"],
      comment: ["server: # nothing yet"],
      block: entries.some((line) => /^ +[^# ]/.test(line)) ? ["server:  # here", ...entries] : [],
    };
    const seen = new Set<string>();
    const unique = (sections: string[][]) =>
      sections
        .filter(([first = ""]) => first.startsWith("twice") || !seen.has(first) || first.startsWith("#"))
        .map((lines) => {
          seen.add(lines[0] ?? "");
          return lines;
        });
    const lines = [...unique(parts.before).flat(), ...(heads[parts.server] ?? []), ...unique(parts.after).flat()];
    const text = parts.bom + parts.start + lines.join("\n") + (parts.endsWithLine ? "\n" : "");
    const found = isBlock && entries.length > 0;
    return {
      text: text.replaceAll("\n", parts.eol),
      gateway: found ? parts.gateway.kind : "none",
      ...(found && parts.signatureKey.key !== undefined && { key: parts.signatureKey.key }),
    };
  });
