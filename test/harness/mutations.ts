import fc from 'fast-check';

/** One change of a sequence of bytes; positions count round and round. */
interface Edit {
  readonly kind: 'set' | 'insert' | 'remove' | 'giant' | 'cut' | 'double';
  readonly at: number;
  readonly byte: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('set', 'insert', 'remove', 'giant', 'cut', 'double'),
  at: fc.nat({ max: 4000 }),
  byte: fc.integer({ min: 0, max: 255 }),
});

function apply(bytes: Buffer, { kind, at: anywhere, byte }: Edit): Buffer {
  const at = anywhere % (bytes.length + 1);
  const head = bytes.subarray(0, at);
  switch (kind) {
    case 'set':
      return Buffer.concat([head, Buffer.of(byte), bytes.subarray(at + 1)]);
    case 'insert':
      return Buffer.concat([head, Buffer.of(byte), bytes.subarray(at)]);
    case 'remove':
      return Buffer.concat([head, bytes.subarray(at + 1)]);
    case 'giant':
      // A number of four bytes, as long lengths are.
      return Buffer.concat([head, Buffer.of(255, 255, 255, byte), bytes.subarray(at + 4)]);
    case 'cut':
      return head;
    case 'double':
      return Buffer.concat([bytes, bytes.subarray(at)]);
  }
}

/** Random bytes, and these ones with one to four changes. */
export function mutated(originals: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const changed = fc
    .tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([original, edits]) => edits.reduce(apply, original));
  return fc.oneof({ weight: 1, arbitrary: random }, { weight: 4, arbitrary: changed });
}
