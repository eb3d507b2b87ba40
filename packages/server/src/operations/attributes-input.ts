import { z } from "zod";

/** Attributes of a device: names of letters, digits, `_` and `-`, short texts as values. */
export const attributesInput = z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/), z.string().max(256));
