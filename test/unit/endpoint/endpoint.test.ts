import fc from 'fast-check';
import {
  describeEndpoint,
  isRdsName,
  parseRegion,
  signingTarget,
} from '../../../src/endpoint/endpoint';
import { resolveOptions } from '../../../src/options';
import { caught } from '../../harness/caught';

const HOST = 'db-1.abcdefghijkl.eu-west-1.rds.amazonaws.com';
const connectTarget = { hostname: HOST, port: 3307, username: 'app' };

describe('the region in a host name', () => {
  it.each([
    ['an instance', HOST, 'eu-west-1'],
    ['a cluster', 'a.cluster-abcdefghijkl.us-east-2.rds.amazonaws.com', 'us-east-2'],
    ['a reader', 'a.cluster-ro-abcdefghijkl.ap-southeast-3.rds.amazonaws.com', 'ap-southeast-3'],
    ['a custom endpoint', 'a.cluster-custom-abcdefghijkl.sa-east-1.rds.amazonaws.com', 'sa-east-1'],
    ['a proxy', 'a.proxy-abcdefghijkl.ca-central-1.rds.amazonaws.com', 'ca-central-1'],
    [
      'an endpoint of a proxy',
      'ro.endpoint.proxy-abcdefghijkl.eu-north-1.rds.amazonaws.com',
      'eu-north-1',
    ],
    ['GovCloud', 'a.abcdefghijkl.us-gov-west-1.rds.amazonaws.com', 'us-gov-west-1'],
    ['China', 'a.abcdefghijkl.rds.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    [
      'China in the usual order',
      'a.abcdefghijkl.cn-northwest-1.rds.amazonaws.com.cn',
      'cn-northwest-1',
    ],
    ['the isolated partition', 'a.abcdefghijkl.us-iso-east-1.rds.c2s.ic.gov', 'us-iso-east-1'],
    [
      'the second isolated partition',
      'a.abcdefghijkl.us-isob-east-1.rds.sc2s.sgov.gov',
      'us-isob-east-1',
    ],
    [
      'the European isolated partition',
      'a.abcdefghijkl.eu-isoe-west-1.rds.cloud.adc-e.uk',
      'eu-isoe-west-1',
    ],
    [
      'the third isolated partition',
      'a.abcdefghijkl.us-isof-south-1.rds.csp.hci.ic.gov',
      'us-isof-south-1',
    ],
    [
      'the European Sovereign Cloud',
      'a.abcdefghijkl.eusc-de-east-1.rds.amazonaws.eu',
      'eusc-de-east-1',
    ],
    [
      'a region with a two-digit number',
      'a.abcdefghijkl.mx-central-12.rds.amazonaws.com',
      'mx-central-12',
    ],
    ['upper case', HOST.toUpperCase(), 'eu-west-1'],
  ])('is read for %s', (_, hostname, region) => {
    expect(parseRegion(hostname)).toBe(region);
    expect(signingTarget({ ...connectTarget, hostname }, {}, 3306)).toEqual({
      hostname: hostname.toLowerCase(),
      port: 3307,
      username: 'app',
      region,
    });
  });

  it.each([
    'db-1.abcdefghijkl.eu-west-1.rds.amazonaws.com.evil.example',
    'db-1.abcdefghijkl.eu-west-1.rds.amazonaws.com.cn.evil.example',
    'db-1.abcdefghijkl.eu-west-1.rds.evilamazonaws.com',
    'db-1.abcdefghijkl.eu-west-1.rdsamazonaws.com',
    'db-1.abcdefghijkl.eu-west-1.rds-amazonaws.com',
    'db-1.abcdefghijkl.eu-west-1.rds.amazonaws.org',
    'db-1.abcdefghijkl.eu-west-1.rds.amazonaws.com.de',
    'db-1.abcdefghijkl.eu-west-1.ec2.amazonaws.com',
    'db-1.abcdefghijkl.europe.rds.amazonaws.com',
    'db-1.abcdefghijkl.eu-west.rds.amazonaws.com',
    'eu-west-1.rds.amazonaws.com',
    'rds.eu-west-1.amazonaws.com',
    'global-abcdefghijkl.global.rds.amazonaws.com',
    'db.internal',
    'localhost',
  ])('is not read from %s, which is refused unless a region is named', (hostname) => {
    expect(parseRegion(hostname)).toBeUndefined();
    const error = caught(() => signingTarget({ ...connectTarget, hostname }, {}, 3306));
    expect(error.code).toBe('ERR_IAM_AUTH_ENDPOINT');
    expect(error.message).toContain(`host ${hostname} is not an RDS endpoint name`);
    expect(error.message).toContain('iamAuth.endpoint.hostname');
    expect(error.endpoint).toBe(`app@${hostname}:3307`);
  });

  it('is read from no name with anything after an RDS name', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), (labels) => {
        const suffix = labels.join('.');
        fc.pre(suffix !== 'cn');
        expect(parseRegion(`${HOST}.${suffix}`)).toBeUndefined();
        expect(parseRegion(`${HOST}${suffix}`)).toBeUndefined();
        expect(parseRegion(`${suffix}.${HOST}`)).toBe('eu-west-1');
      }),
    );
  });

  it.each(['.example', 'x', '.eu-west-1.rds'])(
    'is known by no global endpoint’s name with %s behind it',
    (suffix) => {
      const global = 'app.global-abcdefghijkl.global.rds.amazonaws.com';
      expect(isRdsName(global)).toBe(true);
      expect(isRdsName(`${global}${suffix}`)).toBe(false);
    },
  );

  it('is left to the AWS SDK for a global endpoint, and taken from the option where there is one', () => {
    const hostname = 'app.global-abcdefghijkl.global.rds.amazonaws.com';
    expect(signingTarget({ ...connectTarget, hostname }, {}, 3306).region).toBeUndefined();
    expect(
      signingTarget({ ...connectTarget, hostname }, { region: 'us-east-1' }, 3306).region,
    ).toBe('us-east-1');
  });
});

describe('a region option', () => {
  it.each([
    { region: 'us-east-1' },
    { endpoint: { region: 'us-east-1' } },
    { endpoint: () => ({ region: 'us-east-1' }) },
  ])('that contradicts the host name is refused', (options) => {
    const error = caught(() => signingTarget(connectTarget, options, 3306));
    expect(error.code).toBe('ERR_IAM_AUTH_REGION');
    expect(error.message).toBe(
      `The region option is us-east-1, but ${HOST} is in eu-west-1: remove the region option`,
    );
  });

  it('that agrees with the host name changes nothing', () => {
    expect(signingTarget(connectTarget, { region: 'eu-west-1' }, 3306).region).toBe('eu-west-1');
  });

  it('decides for a name without one, the override before the general option', () => {
    const custom = { ...connectTarget, hostname: 'db.internal' };
    expect(signingTarget(custom, { region: 'us-east-1' }, 3306).region).toBe('us-east-1');
    const both = { region: 'us-east-1', endpoint: { region: 'us-west-2' } };
    expect(signingTarget(custom, both, 3306).region).toBe('us-west-2');
  });
});

describe('an endpoint override', () => {
  it('replaces the host name, in lower case, and keeps the user and the dialed port', () => {
    const target = signingTarget(
      { ...connectTarget, hostname: 'db.internal' },
      { endpoint: { hostname: HOST.toUpperCase() } },
      3306,
    );
    expect(target).toEqual({ hostname: HOST, port: 3307, username: 'app', region: 'eu-west-1' });
  });

  it('may be told by a function of what is dialed', () => {
    const target = signingTarget(
      { ...connectTarget, hostname: 'writer.internal' },
      {
        endpoint: ({ hostname, port, username }) => ({
          hostname: `${hostname.replace('.internal', '')}-${username}.abc.eu-west-1.rds.amazonaws.com`,
          port: port + 1,
        }),
      },
      3306,
    );
    expect(target).toMatchObject({
      hostname: 'writer-app.abc.eu-west-1.rds.amazonaws.com',
      port: 3308,
    });
  });

  it('may not be a promise of one, which would be no override at all', () => {
    const endpoint = (() => Promise.resolve({ hostname: HOST })) as unknown as () => object;
    const error = caught(() => signingTarget(connectTarget, resolveOptions({ endpoint }), 3306));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(error.message).toContain('iamAuth.endpoint must return an object, not a promise');
  });

  it.each([
    { hostname: '127.0.0.1', port: 3306 },
    { hostname: '127.9.9.9', port: 3306 },
    { hostname: '::1', port: 3306 },
    { hostname: 'localhost', port: 3306 },
    { hostname: 'LOCALHOST', port: 3306 },
    { hostname: '10.0.0.1', port: 13306 },
    { hostname: '128.0.0.1', port: 13306 },
    { hostname: 'localhost.internal', port: 13306 },
  ])('signs for port $port when $hostname:13306 is dialed', ({ hostname, port }) => {
    const tunnel = { hostname, port: 13_306, username: 'app' };
    expect(signingTarget(tunnel, { endpoint: { hostname: HOST } }, 3306).port).toBe(port);
    expect(signingTarget(tunnel, { endpoint: { hostname: HOST, port: 4000 } }, 3306).port).toBe(
      4000,
    );
  });
});

describe('what cannot be signed for', () => {
  it.each(['10.0.0.1', '::1', 'fe80::1'])('refuses the address %s', (hostname) => {
    const error = caught(() => signingTarget({ ...connectTarget, hostname }, {}, 3306));
    expect(error.code).toBe('ERR_IAM_AUTH_ENDPOINT');
    expect(error.message).toContain(`host ${hostname} is an IP address`);
    expect(error.message).toContain('set iamAuth.endpoint.hostname');
  });

  it('names the option when the override is an address', () => {
    const error = caught(() =>
      signingTarget(connectTarget, { endpoint: { hostname: '10.0.0.1' } }, 3306),
    );
    expect(error.message).toContain('iamAuth.endpoint.hostname 10.0.0.1 is an IP address');
  });

  it.each([
    '',
    ' ',
    `mysql://${HOST}`,
    `${HOST}:3306`,
    `${HOST}/db`,
    `${HOST}.`,
    `.${HOST}`,
    `a..b.eu-west-1.rds.amazonaws.com`,
    `-a.abc.eu-west-1.rds.amazonaws.com`,
    `a-.abc.eu-west-1.rds.amazonaws.com`,
    `a b.abc.eu-west-1.rds.amazonaws.com`,
    `user@${HOST}`,
    `${HOST}\n`,
    `x\0.abc.eu-west-1.rds.amazonaws.com`,
    `ä.abc.eu-west-1.rds.amazonaws.com`,
    `${'a'.repeat(64)}.abc.eu-west-1.rds.amazonaws.com`,
    `${'a.'.repeat(120)}eu-west-1.rds.amazonaws.com`,
  ])('refuses the malformed host name %j', (hostname) => {
    for (const refuse of [
      () => signingTarget({ ...connectTarget, hostname }, { region: 'eu-west-1' }, 3306),
      () => signingTarget(connectTarget, { endpoint: { hostname } }, 3306),
    ]) {
      const error = caught(refuse);
      expect(error.code).toBe('ERR_IAM_AUTH_ENDPOINT');
      expect(error.message).toContain('is not a host name: set it to the name alone');
    }
  });

  it('takes labels of 63 characters, digits and underscores', () => {
    const hostname = `${'a'.repeat(63)}.0_1.eu-west-1.rds.amazonaws.com`;
    expect(signingTarget({ ...connectTarget, hostname }, {}, 3306).hostname).toBe(hostname);
  });
});

it('describes an endpoint as user@hostname:port', () => {
  expect(describeEndpoint(connectTarget)).toBe(`app@${HOST}:3307`);
});
