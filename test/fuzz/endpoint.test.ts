/** Any host, port, user, Region and `endpoint`. `npm run fuzz` gives each test a million inputs. */
import fc from 'fast-check';
import { isRdsName, parseRegion, signingTarget } from '../../src/endpoint/endpoint';
import { partitionOf } from '../../src/endpoint/partitions';
import { resolveOptions } from '../../src/options';
import { check, demand } from '../harness/fuzzing';
import { SECRET, makersOf, shaped, texts, values } from '../harness/hostile-values';
import { mutated } from '../harness/mutations';
import { accepted } from '../harness/refusals';

const REGIONS = ['eu-west-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'us-isob-east-1'];
const NAMES = REGIONS.flatMap((region) => {
  const { domain } = partitionOf(region);
  return [
    `mydb.cluster-abc.${region}.rds.${domain}`,
    `mydb.abc.rds.${region}.${domain}`,
    `mydb.proxy-abc.${region}.rds.${domain}`,
    `mydb.global-abc.global.rds.${domain}`,
  ];
});
const TRICKS = [
  '@',
  '%00',
  '%2e',
  '.',
  ':3306',
  '/',
  '\\',
  '#',
  '?',
  '\0',
  '\r\n',
  '\u202e',
  'K',
  'е',
  'xn--',
  '。',
];

const hosts: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(...NAMES, 'localhost', '127.0.0.1', '::1', 'db.internal'),
  },
  { weight: 3, arbitrary: mutated(NAMES.map((name) => Buffer.from(name))).map(String) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...NAMES), fc.nat({ max: 70 }), fc.constantFrom(...TRICKS))
      .map(([name, at, trick]) => `${name.slice(0, at)}${trick}${name.slice(at)}`),
  },
  { weight: 1, arbitrary: texts },
  {
    weight: 1,
    arbitrary: fc.constantFrom('.aa-a', '-a', 'a.', '.rds.').map((part) => part.repeat(20_000)),
  },
);
const ports = fc.oneof(fc.constantFrom(3306, 5432, 1, 65_535), fc.integer(), fc.double());
const regions = fc.oneof(
  fc.constantFrom(...REGIONS),
  mutated(REGIONS.map((name) => Buffer.from(name))).map(String),
  texts,
);
const targets = fc.record({
  hostname: hosts,
  port: ports,
  username: texts.map((text) => text.replace(SECRET, '').slice(0, 100)),
});
const overrides = shaped({
  hostname: makersOf(hosts),
  port: makersOf(ports),
  region: makersOf(regions),
});

const ASCII_NAME = /^[a-z0-9_.-]{1,253}$/;

it('signs for a host name of its target or its option, in a Region that the name does not contradict', async () => {
  const inputs = fc.record({
    target: targets,
    region: fc.option(regions, { nil: undefined }),
    override: fc.option(overrides, { nil: undefined }),
    isFunction: fc.boolean(),
  });
  await check(inputs, ({ target, region, override, isFunction }) => {
    const endpoint = isFunction ? override : override?.();
    const options = accepted(() => resolveOptions({ region, endpoint }));
    if (options === undefined) return;
    const signed = accepted(() => signingTarget(target, options, 3306));
    if (signed === undefined) return;
    demand(ASCII_NAME.test(signed.hostname), `A host name: ${signed.hostname}`);
    demand(signed.username === target.username, 'Another user');
    const isOwn = signed.hostname === target.hostname.toLowerCase();
    demand(isOwn || override !== undefined, 'A host from nowhere');
    const parsed = parseRegion(signed.hostname);
    demand(parsed === undefined || parsed === signed.region, 'Another Region than the name’s');
    demand(signed.region === undefined || /^[a-z0-9-]{1,64}$/.test(signed.region), 'No Region');
  });
});

it('recognizes names of RDS and of partitions in any text', async () => {
  await check(fc.tuple(hosts, regions), ([host, region]) => {
    const parsed = parseRegion(host);
    demand(parsed === undefined || (isRdsName(host) && host.toLowerCase().includes(parsed)), host);
    demand(partitionOf(region).domain.length > 0, region);
  });
});

it('refuses any value as the option endpoint, or reads it as it was checked', async () => {
  await check(values, (make) => {
    const endpoint = make();
    const options = accepted(() => resolveOptions({ endpoint } as object));
    if (typeof options?.endpoint !== 'function') return;
    const { endpoint: choose } = options;
    try {
      const chosen = accepted(() => choose({ hostname: NAMES[0] ?? '', port: 1, username: 'app' }));
      demand(chosen === undefined || Object.keys(chosen).length === 0, 'Unchecked');
    } catch (error) {
      // The function’s own, which the caller knows.
      demand(endpoint !== Object && typeof endpoint === 'function', String(error));
    }
  });
});
