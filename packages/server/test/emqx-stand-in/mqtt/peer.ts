import type { Duplex } from "node:stream";

/** A byte stream from a client and where it came in. */
export interface Peer {
  stream: Duplex;
  /** e.g. tcp:default */
  listener: string;
  host: string;
  port: number;
  localHost: string;
  localPort: number;
  certificateSubject: string | undefined;
  certificateCommonName: string | undefined;
}
