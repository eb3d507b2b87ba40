import type {
  AllowDecision,
  Claim,
  ConnectRequest,
  CredentialScheme,
  Decision,
  DenyDecision,
  Verification,
} from "@connack/credentials";
import type { ClockWatch } from "@connack/credentials/verify";
import type { ResolveRights } from "../authz/resolve-rights.ts";
import type { KeyRing } from "../provisioning/key-ring.ts";
import type { CachedRegistry } from "../registry/cached-registry.ts";
import type { Device } from "../registry/device.ts";
import { StoreUnavailable } from "../registry/device-registry.ts";
import { checkRights, clientIdTaken, createCheckClientId } from "./check-device.ts";
import { deny } from "./deny.ts";
import type { EnrolmentPolicy } from "./enrolment-policy.ts";
import { createFindDevice, createFindOrEnrol } from "./find-device.ts";
import { createGrantRights } from "./grant-rights.ts";
import { identifyCredential } from "./identify-credential.ts";
import type { AttemptLimiter } from "./limit-attempts.ts";
import { createLoadMaterial } from "./load-material.ts";
import { createRememberAttempt } from "./remember-attempt.ts";
import { type RecordStep, StepTimer } from "./step-timer.ts";
import { tokenTimes } from "./token-times.ts";
import { createVerifyCredential, directLane } from "./verify-credential.ts";

export interface DecideConnectParts {
  /** Read for each decision: they may change while the server runs. */
  readonly schemes: readonly CredentialScheme[];
  keyRing: Pick<KeyRing, "keys">;
  registry: CachedRegistry;
  enrolment: EnrolmentPolicy;
  limiter: AttemptLimiter;
  resolveRights: ResolveRights;
  clockWatch: ClockWatch;
  nowMs(): number;
  /** Told how long each step took, of every decision that is no dry run. */
  recordStep?: RecordStep;
  /** Told of errors nobody expected. The decision is then `internal_error`. */
  onError(error: unknown): void;
}

/** The steps of a decision, in order. */
export const stepNames = [
  "identify",
  "limit attempts",
  "load material",
  "verify",
  "find device",
  "check device",
  "grant rights",
] as const;
export type StepName = (typeof stepNames)[number];

export interface DecideOptions {
  /** Decide without leaving a trace: nothing is enrolled, bound or noted. */
  dryRun?: boolean;
  /** Called as each step is reached; the last one called is the one that decided. */
  onStep?: (step: StepName) => void;
}

/**
 * May this device connect? Never throws or rejects: whatever goes wrong is a refusal with a reason. What memory can tell
 * is told at once.
 */
export type DecideConnect = (request: ConnectRequest, options?: DecideOptions) => Decision | Promise<Decision>;

export function createDecideConnect(parts: DecideConnectParts): DecideConnect {
  const findDevice = createFindDevice(parts.registry);
  const loadMaterial = createLoadMaterial(parts.keyRing, findDevice, parts.nowMs);
  const verifyCredential = createVerifyCredential(parts);
  const findOrEnrol = createFindOrEnrol({
    findDevice,
    registry: parts.registry,
    policy: parts.enrolment,
    nowMs: parts.nowMs,
  });
  const checkClientId = createCheckClientId(parts.registry, findDevice);
  const grantRights = createGrantRights(parts.resolveRights);
  const rememberAttempt = createRememberAttempt(parts.registry, parts.nowMs);

  /** The steps, each as soon as what it needs is there. */
  function decide(request: ConnectRequest, dryRun: boolean, steps: StepTimer): Decision | Promise<Decision> {
    steps.reached("identify");
    const identified = identifyCredential(parts.schemes, request);
    if ("result" in identified) return identified;
    const { scheme, claim } = identified;

    steps.reached("limit attempts");
    const lane = dryRun ? directLane : parts.limiter.laneFor(claim);

    steps.reached("load material");
    return whenThere(loadMaterial(claim), (material) => {
      steps.reached("verify");
      return whenThere(verifyCredential(scheme, request, claim, material, lane, dryRun), goOn);
    });

    function goOn(proof: Verification): Decision | Promise<Decision> {
      if (!proof.ok) return remembered(refusal(proof, scheme, claim), claim.identity);
      steps.reached("find device");
      return whenThere(findOrEnrol(proof.identity, dryRun), (device) => {
        if ("result" in device) return remembered({ ...device, ...proven(proof) }, claim.identity);
        steps.reached("check device");
        const checked = checkRights(device, proof) ?? checkClientId(device, request);
        return checked instanceof Promise ? checkedLater(device, proof, checked) : conclude(device, proof, checked);
      });
    }

    /** What changed while the store was asked counts too: a revocation, or another login that took the client id. */
    async function checkedLater(device: Device, proof: Proof, checked: Promise<DenyDecision | undefined>) {
      const refused = await checked;
      if (refused) return conclude(device, proof, refused);
      const latest = (await findDevice(device.id)) ?? device;
      return conclude(latest, proof, checkRights(latest, proof) ?? clientIdTaken(parts.registry, latest, request));
    }

    function conclude(device: Device, proof: Proof, refused: DenyDecision | undefined): Decision {
      if (refused) return remembered({ ...refused, ...proven(proof) }, claim.identity);
      steps.reached("grant rights");
      const granted = grantRights(device, proof, request);
      const { token } = tokenTimes(proof.claims);
      if (token) granted.token = token;
      return remembered(granted);
    }

    function remembered<D extends AllowDecision | DenyDecision>(decision: D, claimed?: string): D {
      if (!dryRun) rememberAttempt(request, decision, claimed);
      return decision;
    }
  }

  function failed(error: unknown): DenyDecision {
    if (error instanceof StoreUnavailable)
      return deny("store_unavailable", `registry ${error.state}: ${error.message}`);
    parts.onError(error);
    return deny("internal_error", error instanceof Error ? error.name : "unknown error");
  }

  return (request, { dryRun = false, onStep } = {}) => {
    const steps = new StepTimer(dryRun ? undefined : parts.recordStep, onStep);
    try {
      const decision = decide(request, dryRun, steps);
      if (decision instanceof Promise) return decision.catch(failed).finally(() => steps.ended());
      steps.ended();
      return decision;
    } catch (error) {
      steps.ended();
      return failed(error);
    }
  };
}

/** Goes on at once where there is nothing to wait for. */
function whenThere<Value, Next>(
  value: Value | Promise<Value>,
  next: (value: Value) => Next | Promise<Next>,
): Next | Promise<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function refusal(
  { reason, detail, hints, identity, claims }: Extract<Verification, { ok: false }>,
  scheme: CredentialScheme,
  claim: Claim,
): DenyDecision {
  const who = identity ? { deviceId: identity.id } : claimed(claim);
  return deny(reason, detail, { hints, scheme: scheme.name, ...who, ...(claims && tokenTimes(claims)) });
}

function claimed({ identity }: Claim): { claimedId?: string } {
  return identity === "" ? {} : { claimedId: identity };
}

type Proof = Extract<Verification, { ok: true }>;

/** What a refusal says of the peer. Unsigned, it has only claimed its name, and invented names must take no room. */
function proven({ identity: { scheme, id }, claims }: Proof) {
  const who = scheme === "xiaozhi-unsigned" ? { claimedId: id } : { deviceId: id };
  return { scheme, ...who, ...tokenTimes(claims) };
}
