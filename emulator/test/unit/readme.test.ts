import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { synopsis } from '../../src/cli/help';
import { OPTIONS, type OptionRow } from '../../src/cli/option-table';
import { environmentOf } from '../../src/emulator/environment';

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
