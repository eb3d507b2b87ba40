import { beforeAll, describe, expect, it } from "vitest";
import { runTrial, schemeTrials } from "./scheme-trials.ts";
import { knowCredentials, type SchemeUnderTest } from "./scheme-under-test.ts";

export type { RequestField } from "./alter-request.ts";
export type { RightCredential, SchemeUnderTest } from "./scheme-under-test.ts";

/**
 * The suite that every credential scheme passes. `setup` is called once; see `SchemeUnderTest` for what it gives.
 *
 * Right credentials are allowed, always with the same answer. Then thousands of attempts are made from them: bits
 * flipped, texts cut, extended and re-encoded, fields swapped, another device's parts, wrong keys and hashes, hostile
 * texts. Whoever gets in must carry the signed fields of a right credential unchanged; nothing may throw; a refusal
 * must have a known reason and tell no secret.
 */
export function verifyScheme(name: string, setup: () => SchemeUnderTest | Promise<SchemeUnderTest>): void {
  describe(`credential scheme ${name}`, () => {
    let subject: SchemeUnderTest;
    beforeAll(async () => {
      subject = await setup();
    });

    it("allows every right credential", async () => {
      const { own, others } = await knowCredentials(subject);
      for (const { claim, identity } of [...own, ...others]) {
        expect(claim.scheme).toBe(subject.scheme.name);
        expect(identity.scheme).toBe(subject.scheme.name);
        expect(identity.id).not.toBe("");
        // A claim may leave the identity open, but must not name another one than is proven.
        expect([identity.id, ""]).toContain(claim.identity);
      }
    });

    it("names the key that proved the credential, if one did", async () => {
      const { own } = await knowCredentials(subject);
      for (const { request, claim, material, nowSeconds } of own) {
        if (material.kind !== "key ring") continue;
        const verification = await subject.scheme.verify(request, claim, material, nowSeconds);
        const named = verification.ok ? { id: verification.keyId, generation: verification.generation } : undefined;
        expect(material.keys.map(({ id, generation }) => ({ id, generation }))).toContainEqual(named);
      }
    });

    it("gives the same answer each time and leaves its arguments alone", async () => {
      const { own } = await knowCredentials(subject);
      for (const { request, claim, material, nowSeconds } of own) {
        const again = subject.scheme.identify(Object.freeze({ ...request }));
        expect(again).toEqual(claim);
        const verify = () =>
          subject.scheme.verify(
            Object.freeze({ ...request }),
            Object.freeze({ ...claim }),
            Object.freeze({ ...material }),
            nowSeconds,
          );
        expect(await verify()).toEqual(await verify());
      }
    });

    it("answers at once unless it checks a password hash", async () => {
      const { own } = await knowCredentials(subject);
      for (const { request, claim, material, nowSeconds } of own) {
        const answer = subject.scheme.verify(request, claim, material, nowSeconds);
        expect(answer instanceof Promise).toBe(claim.needs === "password hash");
        await answer;
      }
    });

    it.each(schemeTrials)("withstands $title", async (trial) => {
      const { tried, faults } = await runTrial(subject, trial);
      expect(faults).toEqual([]);
      expect(tried).toBeGreaterThan(0);
    });
  });
}
