import { randomBytes } from 'node:crypto';

/** An access key. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Makes an access key for a run: of AWS's form, but its id says what it is. */
export function createAccessKey(): AccessKey {
  const tail = [...randomBytes(8)].map((byte) => BASE32[byte % BASE32.length]).join('');
  return {
    accessKeyId: `AKIAEMULATOR${tail}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}
