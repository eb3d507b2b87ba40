import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { CallbackReply } from "../../brokers/broker-adapter.ts";
import type { Access, BrokerAccess, Demand } from "../broker-access.ts";
import type { BrokerCallback } from "../broker-routes.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import type { DirectAnswer } from "./direct-connection.ts";
import type { PlainHead } from "./plain-head.ts";

export interface AnswerCallbackParts {
  callbacks: ReadonlyMap<string, BrokerCallback>;
  currentAccess(): BrokerAccess;
  slots: Pick<ConnectionSlots, "keep">;
  nowMs(): number;
  /** Told what nobody expected; gives the denial for who asked on that path. */
  failed(path: string, error: unknown): CallbackReply;
}

/** The answer to a plain request to one of the callbacks, ready for the wire. Never throws or rejects. */
export function createAnswerCallback({ callbacks, currentAccess, slots, nowMs, failed }: AnswerCallbackParts) {
  const render = createRender(nowMs);
  return (head: PlainHead, body: Buffer, socket: Socket): DirectAnswer | Promise<DirectAnswer> => {
    const { path, headers } = head;
    try {
      const { demand, answer, statusOf } = callbacks.get(path) as BrokerCallback;
      const access = accessOf(head, socket, demand);
      if (access.caller !== "stranger") slots.keep(socket);
      const message = { contentType: headers["content-type"], body: { ok: true, body } as const };
      const reply = answer(access, { ...message, readAt: performance.now() });
      if (!(reply instanceof Promise)) return render(reply, statusOf(reply));
      return reply.then((made) => render(made, statusOf(made))).catch(fail);
    } catch (error) {
      return fail(error);
    }

    function fail(error: unknown): DirectAnswer {
      const denial = failed(path, error);
      return render(denial, denial.status);
    }
  };

  /** Whoever sends the token is our broker, wherever it is: found out once for each head. */
  function accessOf(head: PlainHead, socket: Socket, demand: Demand): Access {
    const rule = currentAccess();
    if (head.provenBy === rule) return provenBroker;
    const access = rule({ headers: head.headers, url: head.path, socket } as never, demand);
    if (access.caller === "proven broker") head.provenBy = rule;
    return access;
  }
}

const provenBroker: Access = { caller: "proven broker" };

/** With a Date, as RFC 9110 §6.6.1 asks for, which is the same for a second. */
function createRender(nowMs: () => number): (reply: CallbackReply, status: number) => DirectAnswer {
  let second = Number.NaN;
  let date = "";
  return ({ contentType, body }, status) => {
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      second = now;
      date = new Date(now * 1000).toUTCString();
    }
    const length = Buffer.byteLength(body);
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${contentType}\r\ncontent-length: ${length}`;
    return { text: `${head}\r\ndate: ${date}\r\n\r\n${body}`, isAscii: length === body.length };
  };
}
