import {
  type AlteredRequest,
  alterFieldsEverywhere,
  mixFields,
  peerFields,
  recodeFields,
  swapFields,
} from "./alter-request.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { type Attempt, createJudge, type KnownCredential } from "./judge-attempt.ts";
import { knowCredentials, type SchemeUnderTest } from "./scheme-under-test.ts";
import { wrongMaterial } from "./wrong-material.ts";

/** One line of attack: a name, and the attempts it makes from one right credential. */
export interface SchemeTrial {
  title: string;
  attempts(from: KnownCredential, field: Battlefield): Iterable<Attempt>;
}

export interface Battlefield {
  /** All right credentials but the one at hand. */
  others: readonly KnownCredential[];
  every: number;
}

export const schemeTrials: readonly SchemeTrial[] = [
  {
    title: "a small change anywhere in a field",
    attempts: (from, { every }) => each(from, alterFieldsEverywhere(from.request, every)),
  },
  {
    title: "the same content written differently",
    attempts: (from) => each(from, recodeFields(from.request)),
  },
  {
    title: "fields in each other's places",
    attempts: (from) => each(from, swapFields(from.request)),
  },
  {
    title: "parts of another right credential",
    *attempts(from, { others }) {
      for (const other of others) yield* each(from, mixFields(from.request, other.request));
    },
  },
  {
    title: "the claim of another right credential",
    *attempts(from, { others }) {
      for (const { claim, material } of others) {
        yield { how: "another's claim", request: { ...from.request }, from, claim: { ...claim } };
        if (material.kind !== "password hash") continue;
        yield {
          how: "another's claim and hash",
          request: { ...from.request },
          from,
          claim: { ...claim },
          wrongMaterial: material,
        };
      }
    },
  },
  {
    title: "the wrong keys or hash",
    *attempts(from, { others, every }) {
      for (const { how, material } of wrongMaterial(from.material, every)) {
        yield { how, request: { ...from.request }, from, wrongMaterial: material };
      }
      for (const { material } of others) {
        if (material.kind !== "password hash") continue;
        yield { how: "another's hash", request: { ...from.request }, from, wrongMaterial: material };
      }
    },
  },
  {
    title: "hostile texts, by shape and under a right claim",
    *attempts(from) {
      for (const { how, request } of hostileRequests(from)) {
        yield { how, request, from };
        yield { how: `${how}, under a right claim`, request: { ...request }, from, claim: { ...from.claim } };
      }
    },
  },
];

/** Runs one trial. Gives the faults found, and how many attempts were made. */
export async function runTrial(
  subject: SchemeUnderTest,
  trial: SchemeTrial,
): Promise<{ tried: number; faults: string[] }> {
  const { own, others } = await knowCredentials(subject);
  const known = [...own, ...others];
  const judge = createJudge(subject.scheme, subject.signedFields, known);
  const faults: string[] = [];
  let tried = 0;
  for (const from of own) {
    const rest = known.filter((right) => right !== from);
    for (const attempt of trial.attempts(from, { others: rest, every: subject.sampleEvery ?? 1 })) {
      tried++;
      const fault = await judge(attempt);
      if (fault !== undefined && faults.length < 20) faults.push(fault);
    }
  }
  return { tried, faults };
}

function* each(from: KnownCredential, altered: Iterable<AlteredRequest>): Generator<Attempt> {
  for (const { how, request } of altered) yield { how, request, from };
}

function* hostileRequests({ request }: KnownCredential): Generator<AlteredRequest> {
  for (const [index, text] of hostileTexts.entries()) {
    const how = `hostile text ${index} (${JSON.stringify(text.slice(0, 24))}, ${text.length} units)`;
    for (const field of peerFields) yield { how: `${field}: ${how}`, request: { ...request, [field]: text } };
    yield { how: `everywhere: ${how}`, request: { clientId: text, username: text, password: text } };
    yield { how: `user name and password: ${how}`, request: { ...request, username: text, password: text } };
  }
}
