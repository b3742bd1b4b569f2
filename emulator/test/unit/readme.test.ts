import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { synopsis } from '../../src/cli/help';
import { OPTIONS, type OptionRow } from '../../src/cli/option-table';
import type { ControlTarget } from '../../src/control/control-target';
import { startControl } from '../../src/control/http-control';
import { faultsReader } from '../../src/control/read-faults';
import { environmentOf } from '../../src/emulator/environment';
import * as publicNames from '../../src/index';

const README = readFileSync(join(__dirname, '../../README.md'), 'utf8');
const MANIFEST: unknown = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));

const section = (title: string) => README.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

/** The cells of each row of a section's table, without its head. */
const rows = (title: string) =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));

it('lists the options as --help does', () => {
  const options = OPTIONS.map((row: OptionRow) => [
    `\`${synopsis(row)}\``,
    row.isRepeatable ? `${row.about}; may be repeated` : row.about,
  ]);
  expect(rows('Options')).toEqual(options);
});

it('lists the variables of the environment', () => {
  const env = environmentOf({
    hostname: 'db',
    region: 'eu-west-1',
    port: 1,
    defaultPort: 3306,
    username: 'app',
    database: 'app',
    caFile: 'ca.pem',
    accessKey: { accessKeyId: 'id', secretAccessKey: 'key' },
    services: { AWS_ENDPOINT_URL_STS: 'http://sts' },
    controlOrigin: 'http://control',
    preload: 'resolve.js',
    nodeOptions: undefined,
  });
  const internal = ['RDS_IAM_EMULATOR_RESOLVE'];
  for (const name of Object.keys(env).filter((each) => !internal.includes(each)))
    expect(section('Start')).toContain(`\`${name}\``);
});

it('names a reason for each dependency', () => {
  const { dependencies } = MANIFEST as { dependencies: Record<string, string> };
  const listed = rows('Dependencies').flatMap(([names = '']) => names.split(', '));
  expect(listed.map((name) => name.replaceAll('`', '')).sort()).toEqual(
    Object.keys(dependencies).sort(),
  );
});

it('lists what else is exported, and each reason for which a token is refused', () => {
  const listed = rows('From code').flatMap(([cell = '']) => cell.replaceAll('`', '').split(', '));
  expect(['startEmulator', ...listed].sort()).toEqual(Object.keys(publicNames).sort());

  const source = readFileSync(join(__dirname, '../../src/iam/refusal.ts'), 'utf8');
  const [union = ''] = /type TokenRefusal =[^;]*/.exec(source) ?? [];
  const reasons = [...union.matchAll(/'([a-z-]+)'/g)].map(([, reason = '']) => reason);
  expect(reasons.length).toBeGreaterThan(10);
  const named = section('Why a login was refused');
  expect(reasons.filter((reason) => !named.includes(`\`${reason}\``))).toEqual([]);
});

it.each(['mysql', 'postgres'] as const)('lists the faults of %s', (engine) => {
  const message = () => faultsReader(engine)({ nothing: true }, 'faults');
  const [, names = ''] = /there are (.*)$/.exec(messageOf(message)) ?? [];
  expect(names.split(', ').length).toBeGreaterThan(10);
  const listed = rows('Faults').flatMap(([cell = '']) => cell.replaceAll('`', '').split(', '));
  expect(names.split(', ').filter((name) => !listed.includes(name))).toEqual([]);
});

it('lists the requests to the control interface', async () => {
  // No request below reaches it.
  const control = await startControl({ engine: 'mysql' } as ControlTarget);
  try {
    const answer = await fetch(`${control.origin}/nothing`);
    const [, paths = ''] = /there are ([^"]*)/.exec(await answer.text()) ?? [];
    const requests = await Promise.all(
      paths.split(', ').map(async (path) => {
        const { headers } = await fetch(`${control.origin}${path}`, { method: 'PATCH' });
        return (headers.get('allow') ?? '').split(', ').map((method) => `${method} ${path}`);
      }),
    );
    const listed = rows('Control over HTTP').flatMap(([cell = '']) =>
      cell.replaceAll('`', '').split(', '),
    );
    expect(requests.flat().sort()).toEqual(listed.sort());
  } finally {
    await control.close();
  }
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}
