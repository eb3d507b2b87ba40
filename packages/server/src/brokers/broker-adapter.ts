import type { ConnectRequest, Decision, DenyReason, TopicDecision, TopicQuestion } from "@connack/credentials";
import type { NewAuditEvent } from "../audit/audit-event.ts";

/** One HTTP callback of a broker, read completely. */
export interface CallbackRequest {
  /** Media type without parameters, lower case. */
  contentType: string;
  body: Buffer;
  /** Whether the caller proved to be our broker (bearer token). Only then does a certificate in the body count. */
  brokerProven: boolean;
}

export interface CallbackReply {
  status: number;
  contentType: string;
  body: string;
}

/** A question that could not be read; answered with a denial in the broker's own dialect. */
export interface MalformedRequest {
  malformed: Extract<DenyReason, "malformed_request" | "request_too_large" | "bad_client_id">;
  detail: string;
}

/** What a broker tells of an event beside what is kept: to find it again, and to act on it. */
export interface EventOrigin {
  /** Its kind, by the broker's own name. */
  kind: string;
  /** The same where the same event is sent again, and for no other; absent where that cannot be known. */
  delivery?: string;
  /** Client id as the broker has it; it may be anything, and is not to be kept or shown as it is. */
  clientId?: string;
  /** Who authentication said it is. */
  proven?: { deviceId: string; scheme?: string };
}

/** What a broker told of what happened there. */
export interface BrokerEvents {
  events: NewAuditEvent[];
  /** Of each of the events, in their order; absent where the broker tells no such things. */
  origins?: EventOrigin[];
  /** Events that could be read and are of no interest. */
  passedOver?: number;
  /** Why the body, or some of the events in it, could not be read; one sentence. */
  malformed?: string;
}

/** One broker's dialect of "may this device connect?" and "may it use this topic?". Pure: no I/O, never throws. */
export interface BrokerAdapter {
  name: string;
  parseAuthnRequest(callback: CallbackRequest): ConnectRequest | MalformedRequest;
  formatAuthnResponse(decision: Decision, nowSeconds: number): CallbackReply;
  parseAuthzRequest(callback: CallbackRequest): TopicQuestion | MalformedRequest;
  formatAuthzResponse(decision: Pick<TopicDecision, "result">): CallbackReply;
  /** For brokers that tell what happens there. What is of no interest is left out without a word. */
  parseEvents?(callback: CallbackRequest, nowMs: number): BrokerEvents;
}
