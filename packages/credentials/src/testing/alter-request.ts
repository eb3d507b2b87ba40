import type { ConnectRequest } from "../connect-request.ts";
import { type AlteredText, alterEverywhere, recode } from "./alter-text.ts";

/** A request made from a right one, and how. */
export interface AlteredRequest {
  how: string;
  request: ConnectRequest;
}

/** What the peer writes itself. The certificate's names come from TLS. */
export const peerFields = ["clientId", "username", "password"] as const;
type PeerField = (typeof peerFields)[number];
export type RequestField = PeerField | "certificateCommonName" | "certificateSubject";

/** Every `every`-th of the small changes at each place of each field, spread so that no kind of change is left out. */
export function* alterFieldsEverywhere(request: ConnectRequest, every: number): Generator<AlteredRequest> {
  let index = 0;
  for (const altered of alterFields(request, alterEverywhere)) {
    // A multiplicative hash, so that the steps do not fall in with the eight bits of a byte.
    if (Math.imul(index++, 0x9e3779b1) >>> 0 < 2 ** 32 / every) yield altered;
  }
}

export function recodeFields(request: ConnectRequest): Generator<AlteredRequest> {
  return alterFields(request, recode);
}

function* alterFields(
  request: ConnectRequest,
  alter: (text: string) => Iterable<AlteredText>,
): Generator<AlteredRequest> {
  for (const field of peerFields) {
    for (const { how, text } of alter(request[field]))
      yield { how: `${field}: ${how}`, request: { ...request, [field]: text } };
  }
}

/** Fields of one request in each other's places, and texts moved over the border between two fields. */
export function* swapFields(request: ConnectRequest): Generator<AlteredRequest> {
  for (const to of peerFields) {
    for (const from of peerFields) {
      if (to === from) continue;
      const [here, there] = [request[to], request[from]];
      yield { how: `${from} also as ${to}`, request: { ...request, [to]: there } };
      yield { how: `${from} and ${to} swapped`, request: { ...request, [to]: there, [from]: here } };
      for (const glue of ["", "|", ".", ":", "@@@"]) {
        yield { how: `${from} attached to ${to}`, request: { ...request, [to]: here + glue + there, [from]: "" } };
        yield { how: `${from} attached to ${to}, and kept`, request: { ...request, [to]: here + glue + there } };
        for (const length of [1, 2, 8]) {
          const moved = { [to]: here + glue + there.slice(0, length), [from]: there.slice(length) };
          yield { how: `${length} units of ${from} moved to ${to}`, request: { ...request, ...moved } };
        }
      }
    }
  }
}

/** Every mixture of two requests' fields. */
export function* mixFields(own: ConnectRequest, other: ConnectRequest): Generator<AlteredRequest> {
  const fields: RequestField[] = [...peerFields, "certificateCommonName", "certificateSubject"];
  for (let choice = 1; choice < 2 ** fields.length; choice++) {
    const taken = fields.filter((_, index) => choice & (1 << index));
    const request: ConnectRequest = { ...own };
    for (const field of taken) {
      const value = other[field];
      if (value === undefined) delete (request as Partial<ConnectRequest>)[field];
      else request[field] = value;
    }
    yield { how: `another credential's ${taken.join(", ")}`, request };
  }
}
