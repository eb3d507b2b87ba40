/**
 * Writes vectors/firmware-*.json: what the TypeScript packages make, for the C++ core to make as well. Run after a wanted
 * change of theirs: `npx tsx --conditions=source firmware/test/make-vectors.ts`.
 */
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mintJwt, mintXiaozhiHmac } from "../../packages/credentials/src/index.ts";
import { createSeededRandom } from "../../packages/credentials/src/testing/seeded-random.ts";
import { connackCode } from "../../packages/device/src/connack-code.ts";
import { reconnectIn } from "../../packages/device/src/reconnect-delay.ts";
import { refreshTime } from "../../packages/device/src/refresh-time.ts";

const key = "Jwt-Key-For-Docs-Only-32-bytes-xx";
const issuedAt = 1_800_000_000;
const seed = 20_261_123;

function write(name: string, about: string, content: object): void {
  const file = new URL(`../../vectors/firmware-${name}.json`, import.meta.url);
  const rows = Object.entries(content).map(([member, list]) => {
    const lines = (list as unknown[]).map((row) => `  ${JSON.stringify(row)}`);
    return ` ${JSON.stringify(member)}: [\n${lines.join(",\n")}\n ]`;
  });
  writeFileSync(file, `{\n "about": ${JSON.stringify(about)},\n${rows.join(",\n")}\n}\n`);
}

interface Token {
  title: string;
  kid?: string;
  iss?: string;
  sub?: string;
  aud?: string;
  exp: number;
  iat: number;
  more: Record<string, string | number>;
}

const sketch = { iss: "esp32-sensor", sub: "sensor_8EA40C", aud: "emqx", exp: issuedAt + 3600, iat: issuedAt };
const tokens: Token[] = [
  {
    title: "claims of the ESP32 sketch",
    ...sketch,
    more: { device_id: "esp32s3_sensor_01", mac_address: "02:00:00:8E:A4:0C" },
  },
  { title: "no claims of its own", ...sketch, more: {} },
  { title: "only what a token needs", sub: "sensor-1", exp: issuedAt + 60, iat: issuedAt, more: {} },
  { title: "key id", kid: "k2", ...sketch, more: {} },
  { title: "key id with characters that JSON escapes", kid: 'a"b\\c', ...sketch, more: {} },
  { title: "numbers", ...sketch, more: { zero: 0, negative: -42, large: 9_007_199_254_740_991 } },
  {
    title: "characters that JSON escapes",
    ...sketch,
    more: { text: 'quote " backslash \\ slash / tab \t line \n \r \b \f \u0001 \u001f \u007f' },
  },
  { title: "UTF-8 of two, three and four bytes", ...sketch, sub: "Gerät-温度-🌡", more: { line: "\u2028" } },
  { title: "empty texts", ...sketch, iss: "", aud: "", more: { "": "" } },
  { title: "payload of 3n+1 bytes", ...sketch, more: { a: "x" } },
  { title: "payload of 3n+2 bytes", ...sketch, more: { a: "xx" } },
  { title: "a token of about 1500 characters", ...sketch, more: { firmware: "x".repeat(970) } },
];

const jwt = [];
for (const { title, kid, more, ...named } of tokens) {
  const claims = { ...named, ...more };
  const token = await mintJwt({
    claims,
    algorithm: "HS256",
    key: new TextEncoder().encode(key),
    ...(kid !== undefined && { kid }),
  });
  jwt.push({ title, key, ...(kid !== undefined && { kid }), ...named, more, token });
}
write("jwt", "HS256 tokens byte for byte. Claims in the order iss, sub, aud, exp, iat, then `more` as written.", {
  jwt,
});

const random = createSeededRandom(seed);
const random32 = () => random.integer(2 ** 16) * 2 ** 16 + random.integer(2 ** 16);
const randoms = [0, 1, 2 ** 31, 2 ** 32 - 1];

const backoff = [];
for (const [leastMs, mostMs] of [
  [1000, 60_000],
  [500, 4000],
  [1000, 1000],
  [2000, 1000],
] as const) {
  for (const failures of [1, 2, 3, 4, 5, 6, 7, 29, 30, 31, 4_000_000_000]) {
    for (const at of [...randoms, random32()]) {
      const slower = random.once(2);
      const options = { leastSeconds: leastMs / 1000, mostSeconds: mostMs / 1000 };
      const waitMs = Math.floor(1000 * reconnectIn(failures, slower, options, at / 2 ** 32));
      backoff.push({ failures, slower, leastMs, mostMs, random: at, waitMs });
    }
  }
}

const refresh = [];
for (const left of [3600, 1860, 1200, 121, 120, 119, 61, 10, 3, 2, 1, 0, -1, -99_999, 86_400 * 365 * 10]) {
  for (const [everySeconds, marginSeconds] of [
    [1800, 60],
    [10, 1],
    [604_800, 300],
    [1, 0],
  ] as const) {
    for (const at of [...randoms.slice(0, 1), 2 ** 32 - 1, random32()]) {
      const time = refreshTime(issuedAt + left, issuedAt, { everySeconds, marginSeconds }, at / 2 ** 32);
      const latestIn = time.latest === undefined ? null : Math.floor(time.latest);
      refresh.push({ left, everySeconds, marginSeconds, random: at, inMs: Math.floor(1000 * time.in), latestIn });
    }
  }
}
write(
  "timing",
  "Milliseconds to wait after failures, and until credentials are renewed; `random` are 32 bits. A millisecond more or less is right for `inMs`.",
  { backoff, refresh },
);

const connack = [];
// What CONNACK can say: MQTT 3.1.1 §3.2.2.3, MQTT 5 §3.2.2.2, and 139, which brokers say as well.
for (const code of [
  0, 1, 2, 3, 4, 5, 6, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 144, 149, 151, 153, 154,
  155, 156, 157, 159, 255,
]) {
  const { name, isCredential } = connackCode(code);
  connack.push({ code, name, isCredential });
}
write("connack", "CONNACK codes: their names, and whether new credentials are needed.", { connack });

const checkIn = [];
for (const [group, third, attributes, endpoint, host, port] of [
  [
    "GID_test",
    "36c98363-3656-43cb-a00f-8bced2391a90",
    { ip: "192.0.2.7" },
    "broker.example.org:1883",
    "broker.example.org",
    1883,
  ],
  ["GID_bread-compact-wifi", undefined, { ip: "unknown" }, "broker.example.org", "broker.example.org", 8883],
] as const) {
  const server_key = "Vector-Key-For-Docs-01";
  const triple = await mintXiaozhiHmac({
    key: server_key,
    group,
    mac: "02:00:00:00:00:01",
    attributes,
    ...(third && { third }),
  });
  const { clientId: client_id, username, password } = triple;
  const mqtt = {
    endpoint,
    client_id,
    username,
    password,
    publish_topic: "device-server",
    subscribe_topic: "devices/p2p/02_00_00_00_00_01",
  };
  const answer = JSON.stringify({
    server_time: { timestamp: issuedAt * 1000, timezone_offset: 60 },
    firmware: { version: "1.0.0", url: "" },
    mqtt,
    websocket: { url: "ws://192.0.2.1:8000/xiaozhi/v1/", token: "" },
  });
  checkIn.push({
    server_key,
    answer,
    host,
    port,
    client_id,
    username,
    password,
    publish_topic: mqtt.publish_topic,
    subscribe_topic: mqtt.subscribe_topic,
  });
}
write(
  "xiaozhi",
  "Answers of a xiaozhi check-in, and the credentials in them; the password is HMAC-SHA256(server_key, client_id|username), Base64.",
  { checkIn },
);

const deviceKey = [];
for (const [groupKey, deviceId] of [
  ["Group-Key-For-Docs-Only-32-bytes-x", "sensor-1"],
  ["Group-Key-For-Docs-Only-32-bytes-x", "sensor_8EA40C"],
  ["Schlüssel-密钥-for-docs-only", "Gerät-1"],
] as const) {
  const own = createHmac("sha256", groupKey).update(deviceId).digest("hex");
  const claims = { sub: deviceId, exp: issuedAt + 3600, iat: issuedAt };
  const token = await mintJwt({ claims, algorithm: "HS256", key: new TextEncoder().encode(own), kid: "factory" });
  deviceKey.push({ groupKey, deviceId, key: own, exp: claims.exp, iat: claims.iat, token });
}
write(
  "device-key",
  "The key of one device from the key of its group, hexadecimal HMAC-SHA256(group key, device id), and an HS256 token of the key id factory signed with these 64 characters.",
  { deviceKey },
);
