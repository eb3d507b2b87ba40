/** The head of a request that brokers send a thousand times a second, read once for all that are the same. */
export interface PlainHead {
  /** As sent; it has no query. */
  readonly path: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body. */
  readonly length: number;
  /** The rule of access that this head has met by what it holds, whoever sends it. */
  provenBy?: object;
}

export interface PlainHeadOptions {
  /** Paths of the requests that are plain. */
  paths: ReadonlySet<string>;
  /** Bytes of the largest body that is. */
  longestBody: number;
}

/** Heads that are kept; a broker's differ in the length of the body only. */
const keptHeads = 1024;

/**
 * Reads the head of a POST that means what it says: HTTP/1.1, to one of `paths`, each header once, the body of a length
 * that is given and allowed, and nothing that asks for more than an answer. Gives `undefined` for every other: those are
 * for Node's parser, which knows all of HTTP. The text is without the empty line at its end.
 */
export function createReadPlainHead({ paths, longestBody }: PlainHeadOptions): (text: string) => PlainHead | undefined {
  let known = new Map<string, PlainHead>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const head = readHead(text);
    if (head === undefined || !paths.has(head.path) || head.length > longestBody) return undefined;
    if (known.size >= keptHeads) known = new Map();
    known.set(text, head);
    return head;
  };
}

const requestLine = /^POST (\/[\w./~-]*) HTTP\/1\.1$/;
/** RFC 9112 §5: no space before the colon, no folded lines; of the values only visible ASCII and spaces. */
const headerLine = /^([\w!#$%&'*+.^`|~-]+):([\x20-\x7e]*)$/;
/** More than a broker sends; they are kept. */
const mostHeaders = 32;
/** These change what the request is, or how its answer has to be sent. Node's parser takes the last for `connection`. */
const special = new Set(["transfer-encoding", "expect", "upgrade", "te", "trailer", "proxy-connection"]);

function readHead(text: string): PlainHead | undefined {
  const [first = "", ...lines] = text.split("\r\n", mostHeaders + 2);
  const path = requestLine.exec(first)?.[1];
  if (path === undefined || lines.length > mostHeaders) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const lower = name.toLowerCase();
    if (lower in headers || special.has(lower)) return undefined;
    headers[lower] = value.trim();
  }
  const { connection = "keep-alive", "content-length": length = "" } = headers;
  if (connection.toLowerCase() !== "keep-alive" || !/^\d{1,6}$/.test(length)) return undefined;
  return { path, headers, length: Number(length) };
}
