import { type StandIn, startStandIn } from "../emqx-stand-in/start-stand-in.ts";
import { around, fileAuthentication } from "./around-steps.ts";
import { differences } from "./differences.ts";
import type { Step } from "./exchange.ts";
import { fillIn } from "./fill-in.ts";
import { RawMqtt } from "./raw-mqtt.ts";
import { http, type ScriptedServer, startScriptedServer } from "./scripted-server.ts";
import { type Answer, sendRequest } from "./send-request.ts";

/** Flows in which clients stay; in the others they leave once they have their CONNACK. */
const staying = ["04-authorization", "05-auto-subscribe", "07-clients-and-bans"];

const json = { "content-type": "application/json" };

/** Runs one recorded flow against a fresh stand-in. */
export class Replay {
  readonly flow: string;
  readonly node: StandIn;
  readonly clients = new Map<string, RawMqtt>();
  readonly #keys = new Map<string, { key: string; secret: string }>();
  #token = "";
  #auth: ScriptedServer;
  readonly #jwks: ScriptedServer;
  readonly #sink: ScriptedServer;
  /** What the node made up, by what it had made up when it was recorded. */
  readonly #ids = new Map<string, string>();
  #delayMs = 0;
  readonly #packetIds = new Map<string, number>();
  compared = 0;

  constructor(flow: string, node: StandIn, auth: ScriptedServer, jwks: ScriptedServer, sink: ScriptedServer) {
    this.flow = flow;
    this.node = node;
    this.#auth = auth;
    this.#jwks = jwks;
    this.#sink = sink;
  }

  static async start(flow: string): Promise<Replay> {
    const nothing = () => ({ send: http(200, "{}") });
    const servers = [
      await startScriptedServer(nothing),
      await startScriptedServer(nothing),
      await startScriptedServer(nothing),
    ];
    const [auth, jwks, sink] = servers as [ScriptedServer, ScriptedServer, ScriptedServer];
    const replay = new Replay(flow, await startStandIn(), auth, jwks, sink);
    auth.script = replay.#answerAuth;
    await replay.login();
    await sendRequest(replay.node.apiUrl, "DELETE", "/api/v5/api_key/stand_in", {
      authorization: `Bearer ${replay.#token}`,
    });
    return replay;
  }

  async close(): Promise<void> {
    for (const client of this.clients.values()) await client.cut();
    await this.node.close();
    await Promise.all(
      [this.#auth.stop(), this.#jwks.stop(), this.#sink.stop()].map((stopped) => stopped.catch(() => {})),
    );
  }

  /** Where this step differs from the recording, as lines. */
  async run(step: Step): Promise<string[]> {
    await around[`${this.flow}/${step.n}`]?.(this);
    if (step.restart) await this.#restart(step.n);
    if (step.connect) return this.#connect(step);
    if (step.received) return this.#received(step);
    if (step.acks) return this.#acknowledged(step);
    if (step.backend) return this.#sawBackend(step);
    return step.do ? this.#call(step) : [];
  }

  stopAuth(): Promise<void> {
    return this.#auth.stop();
  }

  async startAuth(): Promise<void> {
    this.#auth = await startScriptedServer(this.#answerAuth, this.#auth.port);
  }

  slowAuth(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  async publish(clientId: string, topic: string, qos: 0 | 1): Promise<void> {
    const client = this.clients.get(clientId);
    client?.send({ cmd: "publish", topic, qos, retain: false, dup: false, payload: "x", messageId: 1 });
    client?.send({ cmd: "pingreq" });
    await client?.next();
  }

  /** emqx.conf can set these, too; the stand-in's file holds authenticators only. */
  async putSettings(change: object): Promise<void> {
    const cache = { enable: true, max_size: 32, ttl: "1m", excludes: [] };
    const body = { no_match: "allow", deny_action: "ignore", cache, ...change };
    await sendRequest(
      this.node.apiUrl,
      "PUT",
      "/api/v5/authorization/settings",
      { ...json, authorization: `Bearer ${this.#token}` },
      body,
    );
  }

  /** As the recorder's backend: user names decide. */
  readonly #answerAuth = ({ head, body }: { head: string; body: string }) => {
    const username = /"username":"([^"]*)"/.exec(body)?.[1] ?? "";
    const result = username.startsWith("deny") || username === "x" ? "deny" : username === "ign" ? "ignore" : "allow";
    const answer = head.includes("/mqtt/acl") ? "allow" : result;
    return { send: http(200, JSON.stringify({ result: answer })), delayMs: this.#delayMs };
  };

  async login(): Promise<void> {
    const body = { username: "admin", password: this.node.adminPassword };
    const { text } = await sendRequest(this.node.apiUrl, "POST", "/api/v5/login", json, body);
    this.#token = JSON.parse(text).token;
  }

  /** In flow 12b with a list in emqx.conf, which is taken out again before the last start. */
  async #restart(step: number): Promise<void> {
    const list = step === 28 ? [] : fileAuthentication(this.#auth.port);
    await this.node.restart(this.flow.startsWith("12b") ? { fileAuthentication: list } : {});
  }

  #filled(value: unknown): unknown {
    return fillIn(value, {
      "<auth>": String(this.#auth.port),
      "<keys>": String(this.#jwks.port),
      "<sink>": String(this.#sink.port),
      "<admin password>": this.node.adminPassword,
    });
  }

  async #connect({ connect, connack }: Step): Promise<string[]> {
    if (!connect) return [];
    this.compared += 1;
    const { ver, clientid, username, password, keepalive, clean, props } = connect;
    const seconds = props === undefined ? undefined : Buffer.from(props, "hex").readUInt32BE(1);
    const { client, connack: got } = await RawMqtt.connect(this.node.listeners.tcp, {
      protocolVersion: ver,
      clientId: clientid,
      clean: clean ?? true,
      keepalive: keepalive ?? 60,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
      ...(seconds === undefined ? {} : { properties: { sessionExpiryInterval: seconds } }),
    });
    if (staying.includes(this.flow) || clientid === ".") this.clients.set(clientid, client);
    else await client.leave();
    return got === connack ? [] : [`CONNACK ${got} instead of ${connack}`];
  }

  async #received({ received = [], of }: Step): Promise<string[]> {
    const name = /^[^ ]*/.exec(of ?? "")?.[0] ?? "";
    const client = this.clients.get(of ?? "") ?? this.clients.get(name);
    if (!client) return [];
    this.compared += 1;
    const got = client.taken();
    while (got.length < received.length) got.push(await client.next());
    return JSON.stringify(got) === JSON.stringify(received) ? [] : [`${got} instead of ${received}`];
  }

  /** Publishes with QoS 1, or subscribes, and looks at the answers. */
  async #acknowledged({ publish = [], subscribe, acks = [], of }: Step): Promise<string[]> {
    const client = this.clients.get(of ?? "");
    if (!client) return [`no client ${of}`];
    this.compared += 1;
    const got: string[] = [];
    client.taken();
    for (const topic of publish) {
      const messageId = (this.#packetIds.get(of ?? "") ?? 0) + 1;
      this.#packetIds.set(of ?? "", messageId);
      client.send({ cmd: "publish", topic, qos: 1, retain: false, dup: false, payload: "x", messageId });
      got.push(await client.next());
    }
    if (subscribe !== undefined) {
      client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: subscribe, qos: 1 }] });
      got.push(await client.next());
    }
    return JSON.stringify(got) === JSON.stringify(acks) ? [] : [`${got} instead of ${acks}`];
  }

  /** Only what requests looked like, not the sink's order. */
  async #sawBackend({ backend }: Step): Promise<string[]> {
    const list = backend as (string | { line?: string })[];
    const [one] = list;
    const asked = typeof one === "string" ? one : one?.line;
    if (one === undefined || list.length !== 1 || /^GET|\/ev\//.test(asked ?? "")) return [];
    this.compared += 1;
    const last = this.#auth.seen.at(-1);
    const [line = "", ...lines] = (last?.head ?? "").split("\r\n");
    if (typeof one === "string") return line === one ? [] : [`${line} instead of ${one}`];
    const headers = Object.fromEntries(lines.map((one) => one.split(": ") as [string, string]));
    const whole = "line" in one || "headers" in one;
    const actual = whole ? { line, headers, body: JSON.parse(last?.body || "null") } : headers;
    return differences(this.#filled(one) as never, actual as never, true, "backend");
  }

  async #call(step: Step): Promise<string[]> {
    this.compared += 1;
    const [method = "", path = ""] = (step.do ?? "").split(" ");
    const headers: Record<string, string> = { ...this.#authorization(step) };
    const body = this.#filled(step.body ?? step.text);
    const type = step.type === undefined ? "application/json" : step.type;
    if (body !== undefined && type !== null) headers["content-type"] = type;
    const last = path.split("/").at(-1) ?? "";
    const target = path.replace(last, this.#ids.get(last) ?? last);
    const answer = await sendRequest(this.node.apiUrl, method, target, headers, body);
    this.#learn(answer, step);
    return this.#compare(step, answer, method);
  }

  #compare(step: Step, answer: Answer, method: string): string[] {
    const found: string[] = [];
    if (answer.status !== step.status)
      found.push(`status ${answer.status} instead of ${step.status}: ${answer.text.slice(0, 300)}`);
    const type = step.contentType === undefined ? "application/json" : step.contentType;
    if ((answer.headers["content-type"] ?? null) !== type) found.push(`content type ${answer.headers["content-type"]}`);
    for (const [name, value] of Object.entries(step.headers ?? {}))
      if (answer.headers[name] !== value) found.push(`${name}: ${answer.headers[name]} instead of ${value}`);
    if (found.length > 0 || step.answer === undefined || method === "HEAD") return found;
    const json = type === "application/json" || type === "applicatin/json";
    const actual = json ? JSON.parse(answer.text) : answer.text;
    const recorded = this.#filled(step.answer) as never;
    const partly = step.partly ?? (recorded as { code?: string }).code === "INTERNAL_ERROR";
    return differences(recorded, actual, partly);
  }

  #learn({ status, text }: Answer, step: Step): void {
    if (status === 201 && step.do?.endsWith("/rules"))
      this.#ids.set((step.answer as unknown as { id: string }).id, JSON.parse(text).id);
    if (status !== 200 || !step.do?.startsWith("POST")) return;
    if (step.do.endsWith("/api_key")) {
      const { name, api_key, api_secret } = JSON.parse(text);
      this.#keys.set(name, { key: api_key, secret: api_secret });
    }
    if (step.do.endsWith("/login")) this.#token = JSON.parse(text).token;
  }

  #authorization({ auth }: Step): Record<string, string> {
    if (auth === undefined) return { authorization: `Bearer ${this.#token}` };
    if (auth === "none") return {};
    if (typeof auth === "string") return { authorization: auth };
    const basic = (name: string, secret: string) => ({
      authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`,
    });
    if ("user" in auth) return basic(auth.user, this.node.adminPassword);
    const known = this.#keys.get(auth.key);
    return basic(known?.key ?? "", auth.secret ?? known?.secret ?? "");
  }
}
