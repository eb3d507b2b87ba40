import { randomBytes, randomInt } from "node:crypto";
import { mintJwt, mintXiaozhiHmac } from "@connack/credentials";
import { lentGroup } from "../brokers/emqx/verify/lent-group.ts";
import type { LentDevice, LentKind, Login } from "../brokers/emqx/verify/loan.ts";
import type { House } from "../open-house.ts";
import { lentMacPrefix, lentPrefix } from "../registry/lent-devices.ts";
import { findIssuingKey } from "./find-issuing-key.ts";
import { issueJwt } from "./issue-jwt.ts";
import { OperationError } from "./operation.ts";

/** A throw-away device, and the hash of its password where it has one. */
export interface MadeDevice {
  device: LentDevice;
  passwordHash?: string;
}

export interface MakerParts {
  /** Unix milliseconds: tokens end then. */
  until: number;
  /** Shared by all that are lent together: to hash one takes 50 ms of a core. */
  password: { password: string; hash: string };
}

/** How a throw-away device of each kind is made. Each throws `OperationError` where it cannot be. */
export function makersOf(house: House, parts: MakerParts): Record<LentKind, () => Promise<MadeDevice>> {
  const newMac = macsOf(house);
  return {
    "xiaozhi-hmac": () => makeXiaozhi(house, newMac()),
    jwt: () => makeJwt(house, parts),
    password: async () => makePasswordDevice(house, parts),
    "jwt-emqx": () => makeJwtForEmqx(house, parts),
  };
}

/** The addresses from a random one on, without those that are lent already. */
function macsOf({ lent }: House): () => string {
  let next = randomInt(2 ** 24);
  return () => {
    for (;;) {
      const tail = next
        .toString(16)
        .padStart(6, "0")
        .replace(/..(?!$)/g, "$&:");
      next = (next + 1) % 2 ** 24;
      if (!lent.find(lentMacPrefix + tail)) return lentMacPrefix + tail;
    }
  };
}

async function makeXiaozhi(house: House, id: string): Promise<MadeDevice> {
  if (!house.config.credentials.xiaozhiHmac.enabled) throw switchedOff("credentials.xiaozhiHmac.enabled");
  const key = findIssuingKey(house.keyRing, "xiaozhi-hmac").record.secret ?? "";
  const login = await mintXiaozhiHmac({ key, group: lentGroup, mac: id });
  const inbox = { byClientId: `devices/p2p/${login.clientId}`, byMac: `devices/p2p/${id.replaceAll(":", "_")}` };
  return { device: { id, kind: "xiaozhi-hmac", ...login, inbox } };
}

async function makeJwt(house: House, { until }: MakerParts): Promise<MadeDevice> {
  const { credentials, brokers } = house.config;
  if (!credentials.jwt.enabled) throw switchedOff("credentials.jwt.enabled");
  const id = newName();
  const { verifyClaims, enabled, rules } = brokers.emqx.jwt;
  // Where EMQX checks tokens first, what it wants has to be in them, too.
  const claims = { ...claimsOf(credentials.jwt.identity, id), ...(enabled && rendered(verifyClaims, id)) };
  const mint = async (nowMs: number, expiresIn: number, more: Record<string, string> = {}): Promise<Login> => {
    const input = { device: id, scheme: "jwt", add: false, claims: { ...claims, ...more }, expiresIn } as const;
    const { clientId, username, password } = await issueJwt({ ...house, nowMs: () => nowMs }, id, input);
    return { kind: "jwt", clientId, username, password };
  };
  const now = house.nowMs();
  const { maxLifetime = Infinity, leeway, audience } = credentials.jwt;
  const life = Math.min(Math.ceil((until - now) / 1000), maxLifetime);
  return {
    device: {
      id,
      ...(await mint(now, life)),
      expired: await mint(now - (leeway + 3600) * 1000, 60),
      ...(audience !== undefined && { wrongAudience: await mint(now, life, { aud: `not-for-${id}` }) }),
      ...(!(enabled && rules !== undefined) && { branch: `devices/${id}` }),
    },
  };
}

function makePasswordDevice(house: House, { password: { password, hash } }: MakerParts): MadeDevice {
  if (!house.config.credentials.password.enabled) throw switchedOff("credentials.password.enabled");
  const id = newName();
  return {
    device: { id, kind: "password", clientId: id, username: id, password, branch: `devices/${id}` },
    passwordHash: hash,
  };
}

/** Tokens of the issuer that EMQX trusts by itself. A public key alone, or somebody's JWKS, makes none. */
async function makeJwtForEmqx(house: House, { until }: MakerParts): Promise<MadeDevice> {
  const { jwt } = house.config.brokers.emqx;
  const own = house.config.credentials.jwt;
  if (!jwt.enabled)
    throw new OperationError("not_set_up", "EMQX checks no tokens by itself (brokers.emqx.jwt.enabled)");
  const isOwn = jwt.secret === undefined && jwt.publicKeyFile === undefined && jwt.jwksUrl === undefined;
  const secret = isOwn ? own.secret : jwt.secret;
  if (secret === undefined) {
    throw new OperationError("no_key", "there is no key here to sign with for EMQX's own check of tokens");
  }
  const key = Buffer.from(secret, isOwn && own.secretEncoding === "base64" ? "base64" : "utf8");
  const ownClaims = isOwn ? { ...own.requiredClaims, ...(own.issuer !== undefined && { iss: own.issuer }) } : {};
  const id = newName();
  const now = Math.floor(house.nowMs() / 1000);
  const exp = Math.ceil(until / 1000);
  const mint = async (claims: Record<string, unknown>): Promise<Login> => {
    const all = { sub: id, ...ownClaims, ...rendered(jwt.verifyClaims, id), ...claims };
    const token = await mintJwt({ claims: all, algorithm: "HS256", key });
    // A password has to be there in any case: without one some versions of EMQX ask nobody further.
    return jwt.from === "username"
      ? { kind: "jwt-emqx", clientId: id, username: token, password: randomBytes(16).toString("base64url") }
      : { kind: "jwt-emqx", clientId: id, username: id, password: token };
  };
  return {
    device: {
      id,
      ...(await mint({ iat: now, exp })),
      expired: await mint({ iat: now - 7200, exp: now - 3600 }),
      ...(jwt.verifyClaims["aud"] !== undefined && {
        wrongAudience: await mint({ iat: now, exp, aud: `not-for-${id}` }),
      }),
      ...(jwt.rules === undefined && { branch: `devices/${id}` }),
    },
  };
}

function newName(): string {
  return lentPrefix + randomBytes(12).toString("hex");
}

/** The claim that names the device, where it is not `sub`; what is made of more than one claim cannot be turned round. */
function claimsOf(identity: string, id: string): Record<string, string> {
  const claim = /^\$\{claims\.([A-Za-z0-9_-]+)\}$/.exec(identity)?.[1];
  return claim === undefined || claim === "sub" ? {} : { [claim]: id };
}

/** `verifyClaims` as EMQX expects them of a client whose client id and user name are its name. */
function rendered(verifyClaims: Readonly<Record<string, string>>, id: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(verifyClaims).map(([name, value]) => [name, value.replaceAll(/\$\{(?:clientid|username)\}/g, id)]),
  );
}

function switchedOff(key: string): OperationError {
  return new OperationError("scheme_off", `it is switched off (${key})`);
}
