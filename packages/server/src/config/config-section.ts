import { z } from "zod";
import { live } from "./config-leaf.ts";

/** A group of keys; one that is left out has all its defaults. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).prefault({} as z.input<z.ZodObject<Shape, z.core.$strict>>);
}

/** A group of keys that all count when a running server reads its configuration again. */
export function liveSection<Shape extends z.ZodRawShape>(shape: Shape) {
  return live(section(shape));
}
