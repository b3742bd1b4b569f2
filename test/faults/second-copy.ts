import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type * as Package from 'sequelize-rds-iam';

let copy: typeof Package | undefined;

/** Another copy of the built package in this process, as two packages have that each installed it. A process keeps what it has loaded. */
export function secondCopy(): typeof Package {
  return (copy ??= loadAgain());
}

function loadAgain(): typeof Package {
  const entry = require.resolve('sequelize-rds-iam');
  const folder = dirname(entry) + sep;
  const first = Object.entries(require.cache).filter(([file]) => file.startsWith(folder));
  for (const [file] of first) Reflect.deleteProperty(require.cache, file);
  try {
    return createRequire(__filename)(entry) as typeof Package;
  } finally {
    Object.assign(require.cache, Object.fromEntries(first));
  }
}
