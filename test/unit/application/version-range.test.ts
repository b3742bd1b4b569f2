import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInRange } from '../../../src/application/version-range';

it.each([
  { range: '>=3.9.8 <4', versions: ['3.9.8', '3.9.10', '3.10.0', '3.24.6'], isIn: true },
  {
    range: '>=3.9.8 <4',
    versions: ['2.3.3', '3.9.7', '4.0.0', '4.0.0-rc.1', '10.0.0'],
    isIn: false,
  },
  { range: '>=8.11 <9', versions: ['8.11.0', '8.23.1'], isIn: true },
  { range: '>=8.11 <9', versions: ['8.9.0', '8.10.1', '9.0.0'], isIn: false },
  {
    range: '>=7.0.0-alpha.48 <8',
    versions: ['7.0.0-alpha.48', '7.0.0-alpha.100', '7.0.0-beta.1', '7.0.0', '7.1.0'],
    isIn: true,
  },
  {
    range: '>=7.0.0-alpha.48 <8',
    versions: ['6.37.8', '7.0.0-alpha.9', '7.0.0-alpha.47', '8.0.0'],
    isIn: false,
  },
  { range: '>=7.0.0 <8', versions: ['7.0.0-alpha.48'], isIn: false },
])('$range holds $versions: $isIn', ({ range, versions, isIn }) => {
  for (const version of versions)
    expect({ version, isIn: isInRange(version, range) }).toEqual({ version, isIn });
});

it('reads all the ranges that this package has', () => {
  const { peerDependencies } = JSON.parse(
    readFileSync(join(__dirname, '../../../package.json'), 'utf8'),
  ) as { peerDependencies: Record<string, string> };

  for (const range of Object.values(peerDependencies)) expect(range).toMatch(/^>=\S+(?: <\d+)?$/);
});
