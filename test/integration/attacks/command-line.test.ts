import { join } from 'node:path';
import { ROOT, runNode } from '../../harness/child';
import { withoutAws } from '../../harness/named-rds';

const env = {
  ...withoutAws(process.env),
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
};
const NAME = 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com';
const FORGED = 'shop\nINFO all is well\u001b[2J\u202e';

it.each([
  ['policy', '--host', NAME, '--user', 'app', '--database', FORGED],
  ['token', '--host', NAME, '--user', 'app', '--database', FORGED],
  ['token', '--host', NAME, '--user', FORGED],
  ['token', '--host', FORGED, '--user', 'app'],
  ['policy', '--host', NAME, '--user', 'app', '--resource-id', FORGED],
  [FORGED],
])('prints no forged line: %j', async (...args) => {
  const { stdout, stderr } = await runNode([join(ROOT, 'dist/cli.js'), ...args], { env });
  const lines = `${stdout}${stderr}`.split('\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => line.startsWith('INFO') || /[\p{Cc}\p{Cf}]/u.test(line))).toEqual(
    [],
  );
});
