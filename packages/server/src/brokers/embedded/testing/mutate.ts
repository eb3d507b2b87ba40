/** Numbers from 0 to below a bound, the same in each run with the same seed (xorshift32). */
export type Numbers = (below: number) => number;

export function numbersFrom(seed: number): Numbers {
  // Zero would stay zero.
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One to three changes: a bit turned, a byte set, bytes taken out, put in or repeated. */
export function mutate(original: Buffer, next: Numbers): Buffer {
  let bytes = Buffer.from(original);
  for (let changes = 1 + next(3); changes > 0; changes--) {
    const at = next(bytes.length || 1);
    const kind = next(5);
    if (kind === 0 && bytes.length > 0) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << next(8)), at);
    else if (kind === 1 && bytes.length > 0) bytes.writeUInt8([0, 1, 0x7f, 0x80, 0xff][next(5)] as number, at);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + next(4))]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([next(256)]), bytes.subarray(at)]);
    else bytes = Buffer.concat([bytes, bytes.subarray(at)]);
  }
  return bytes;
}
