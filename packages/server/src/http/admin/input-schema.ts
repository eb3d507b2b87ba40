import { z } from "zod";
import type { Operation } from "../../operations/operation.ts";

/** A JSON schema of draft 2020-12, which OpenAPI 3.1 takes as it is. */
export type JsonSchema = { [member: string]: unknown };

/** What the input of an operation looks like to whoever gives it. Takes about a millisecond for a large one. */
export function inputSchema({ input }: Pick<Operation, "input">): JsonSchema {
  return toSchema(input);
}

function toSchema(type: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    io: "input",
    unrepresentable: "any",
    // What is put in order before it is checked is described as it is once in order.
    override({ zodSchema, jsonSchema }) {
      const { type: kind, in: first, out: second } = zodSchema._zod.def as PipeDefinition;
      if (kind !== "pipe" || first?._zod.def.type !== "transform" || !second) return;
      Object.assign(jsonSchema, toSchema(second));
    },
  });
  return schema;
}

interface PipeDefinition {
  type: string;
  in?: z.ZodType;
  out?: z.ZodType;
}
