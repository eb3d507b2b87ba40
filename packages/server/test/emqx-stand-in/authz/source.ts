import type { ClientInfo } from "../client-info.ts";
import type { PoolStatus } from "../http/http-pool.ts";

/** What a client wants to do. */
export interface TopicRequest {
  action: "publish" | "subscribe";
  /** For subscribe the filter, without `$share/<group>/`. */
  topic: string;
  qos: number;
  retain: boolean;
}

export type Verdict = "allow" | "deny" | "ignore" | "nomatch";

/** One authorization source, at work. */
export interface Source {
  authorize(client: ClientInfo, request: TopicRequest): Verdict | Promise<Verdict>;
  status(): PoolStatus;
  resourceCounts?(): { matched: number; success: number; failed: number };
  healthCheck(): Promise<void>;
  close(): void;
}
