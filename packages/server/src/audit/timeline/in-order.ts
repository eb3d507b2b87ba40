import type { AuditEvent } from "../audit-event.ts";

/** A session that is taken over goes on by another connection. */
const goesOn: ReadonlySet<string> = new Set(["taken_over", "takenover", "discarded"]);

export function isTakeOver({ type, reason }: AuditEvent): boolean {
  return type === "disconnected" && goesOn.has(reason ?? "");
}

/** A login and the connection it leads to are told by two clocks, which may be apart by this. */
const clocksApartMs = 5000;
/** So many events may come between the two. */
const mostBetween = 20;

/**
 * Events in the order they happened. A broker tells over several connections: what arrives first need not have happened
 * first, several events have the same millisecond, and a login is told by our clock. What cannot be told from the time
 * is told from what is possible: each connection begins before it ends, and a client id has one at a time.
 */
export function inOrder(events: Iterable<AuditEvent>): AuditEvent[] {
  const sorted = [...events].sort((one, other) => one.lastAt - other.lastAt || one.id - other.id);
  return orderTies(beforeTheirConnections(sorted));
}

/** A login stands before its connection, also where our clock is ahead of the broker's. */
function beforeTheirConnections(sorted: AuditEvent[]): AuditEvent[] {
  const ordered: AuditEvent[] = [];
  for (const [index, event] of sorted.entries()) {
    const place = isLogin(event) ? connectionBefore(event, ordered, sorted, index) : undefined;
    if (place === undefined) ordered.push(event);
    else ordered.splice(place, 0, event);
  }
  return ordered;
}

/** Where its connection stands, if that was told with an earlier time. */
function connectionBefore(
  login: AuditEvent,
  ordered: readonly AuditEvent[],
  sorted: readonly AuditEvent[],
  index: number,
): number | undefined {
  const isNear = (other: AuditEvent) => Math.abs(other.lastAt - login.lastAt) <= clocksApartMs;
  const isSame = (other: AuditEvent) => other.clientId === login.clientId && other.broker === login.broker;
  const following = sorted.slice(index + 1, index + 1 + mostBetween);
  if (following.some((other) => isSame(other) && isNear(other) && other.type === "connected")) return undefined;
  for (let place = ordered.length - 1; place >= Math.max(0, ordered.length - mostBetween); place--) {
    const other = ordered[place] as AuditEvent;
    if (!isNear(other)) return undefined;
    // One login has one connection: what stands behind another login is that one's.
    if (isSame(other) && isLogin(other)) return undefined;
    if (isSame(other) && other.type === "connected") return hasLogin(ordered, place, isSame) ? undefined : place;
  }
  return undefined;
}

function hasLogin(ordered: readonly AuditEvent[], place: number, isSame: (other: AuditEvent) => boolean): boolean {
  const connection = ordered[place] as AuditEvent;
  for (let before = place - 1; before >= Math.max(0, place - mostBetween); before--) {
    const other = ordered[before] as AuditEvent;
    if (connection.lastAt - other.lastAt > clocksApartMs) return false;
    if (isSame(other) && isLogin(other)) return true;
    if (isSame(other) && other.type === "connected") return false;
  }
  return false;
}

function isLogin({ type, result }: AuditEvent): boolean {
  return type === "connect" && result === "allow";
}

/** Puts right what begins and ends in the same millisecond, for each client id. */
function orderTies(sorted: AuditEvent[]): AuditEvent[] {
  const isOpen = new Map<string, boolean>();
  for (let start = 0; start < sorted.length; ) {
    const at = sorted[start]?.lastAt;
    let end = start + 1;
    while (end < sorted.length && sorted[end]?.lastAt === at) end++;
    const tied = sorted.slice(start, end);
    const clients = new Set(tied.filter(isBeginOrEnd).map(clientOf));
    for (const client of clients) {
      const own = tied.filter((event) => isBeginOrEnd(event) && clientOf(event) === client);
      const open = isOpenAfter(own, isOpen.get(client) ?? false);
      isOpen.set(client, open);
      putInPlaces(sorted, start, end, client, open ? [...own.filter(isEnd), ...own.filter(isBegin)] : ended(own));
    }
    start = end;
  }
  return sorted;
}

function ended(own: readonly AuditEvent[]): AuditEvent[] {
  const ends = own.filter(isEnd);
  return [...own.filter(isBegin), ...ends.filter(isTakeOver), ...ends.filter((event) => !isTakeOver(event))];
}

/** Each connection begins once and ends once: whether one is left is counted, where both happened at once. */
function isOpenAfter(own: readonly AuditEvent[], wasOpen: boolean): boolean {
  const begun = own.filter(isBegin).length;
  const ends = own.filter(isEnd);
  const isOver = ends.some((event) => !isTakeOver(event));
  if (begun === 0) return wasOpen && !isOver;
  return !isOver || (wasOpen ? 1 : 0) + begun > ends.length;
}

function putInPlaces(
  sorted: AuditEvent[],
  start: number,
  end: number,
  client: string,
  wanted: readonly AuditEvent[],
): void {
  let next = 0;
  for (let place = start; place < end && next < wanted.length; place++) {
    const event = sorted[place] as AuditEvent;
    if (isBeginOrEnd(event) && clientOf(event) === client) sorted[place] = wanted[next++] as AuditEvent;
  }
}

function clientOf({ broker, clientId }: AuditEvent): string {
  return `${broker}\n${clientId}`;
}

function isBegin({ type }: AuditEvent): boolean {
  return type === "connected";
}

function isEnd({ type }: AuditEvent): boolean {
  return type === "disconnected";
}

function isBeginOrEnd(event: AuditEvent): boolean {
  return isBegin(event) || isEnd(event);
}
