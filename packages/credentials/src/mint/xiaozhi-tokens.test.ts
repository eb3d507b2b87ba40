import { createCipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import vectors from "../../../../vectors/xiaozhi-other.json" with { type: "json" };
import { mintXiaozhiGatewayToken, mintXiaozhiWebsocketToken } from "./xiaozhi-tokens.ts";

describe("vectors of the xiaozhi servers", () => {
  it.each(vectors.gateway_daily_token.vectors)("gateway token of $date", async ({ date, key, bearer }) => {
    expect(await mintXiaozhiGatewayToken(key, date)).toBe(bearer);
  });

  it.each(vectors.websocket_token.vectors)("WebSocket token of $client_id", async (vector) => {
    const { secret, client_id: clientId, device_id: deviceId, timestamp } = vector;
    expect(await mintXiaozhiWebsocketToken({ secret, clientId, deviceId, timestamp })).toBe(vector.token);
  });

  // Connack does not handle voice packets; this keeps the file true for the implementations that read it.
  it.each(vectors.udp_packets.vectors)("UDP packet: $title", (vector) => {
    const header = Buffer.from(vector.header_hex, "hex");
    const cipher = createCipheriv("aes-128-ctr", Buffer.from(vector.key_hex, "hex"), header);
    const packet = Buffer.concat([header, cipher.update(Buffer.from(vector.plaintext_hex, "hex"))]);
    expect(packet.toString("hex")).toBe(vector.datagram_hex);
  });
});
