import { createAuthority } from 'rds-iam-emulator';
import { startRds, type Rds } from '../../harness/rds';

let rds: Rds;
afterEach(() => rds.close());

/** A cluster whose endpoint has this name; its certificate is for that name alone. */
async function start(hostname: string, region: string): Promise<Rds> {
  const authority = await createAuthority();
  const tls = await authority.issue({ names: [hostname] });
  rds = await startRds({ authority, tls, endpoint: { hostname, port: 3306, region } });
  return rds;
}

it.each([
  ['an instance', 'db.abcdefghijkl.eu-west-1.rds.amazonaws.com', 'eu-west-1'],
  [
    'a reader endpoint',
    'my.cluster-ro-abcdefghijkl.ap-southeast-7.rds.amazonaws.com',
    'ap-southeast-7',
  ],
  ['a custom endpoint', 'bi.cluster-custom-abcdefghijkl.us-east-2.rds.amazonaws.com', 'us-east-2'],
  ['RDS Proxy', 'my.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com', 'eu-central-1'],
  [
    'an endpoint of RDS Proxy',
    'ro.endpoint.proxy-abcdefghijkl.sa-east-1.rds.amazonaws.com',
    'sa-east-1',
  ],
  ['GovCloud', 'db.abcdefghijkl.us-gov-east-1.rds.amazonaws.com', 'us-gov-east-1'],
  ['China', 'db.abcdefghijkl.rds.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
])('signs for %s in the Region that its name tells', async (_, hostname, region) => {
  const { connect, authority, emulator } = await start(hostname, region);
  const { sequelize } = connect({
    iamAuth: { endpoint: { hostname }, tls: { ca: authority.caPem } },
  });

  await sequelize.query('SELECT 1');

  const attempts = await emulator.attempts();
  expect(new Set(attempts.map(({ servername }) => servername))).toEqual(new Set([hostname]));
});

it('signs for a global writer endpoint in the Region of today’s writer, asked for each connection', async () => {
  const hostname = 'my.global-abcdefghijkl.global.rds.amazonaws.com';
  const { connect, emulator } = await start(hostname, 'eu-west-1');
  let region = 'us-east-1';
  const { sequelize } = connect({ iamAuth: { endpoint: () => ({ hostname, region }) } });

  await expect(sequelize.query('SELECT 1')).rejects.toThrow('Access denied');
  region = 'eu-west-1';
  await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();

  const reasons = (await emulator.attempts()).map(({ outcome, reason }) => reason ?? outcome);
  expect(reasons).toEqual(['region', 'accepted', 'accepted']);
});

it('signs for the endpoint behind a custom name, and verifies that one', async () => {
  const hostname = 'db.abcdefghijkl.eu-west-1.rds.amazonaws.com';
  const { connect, emulator } = await start(hostname, 'eu-west-1');
  const { sequelize } = connect({
    sequelize: { host: 'localhost' },
    iamAuth: { endpoint: { hostname } },
  });

  await sequelize.query('SELECT 1');
  expect((await emulator.attempts())[0]).toMatchObject({
    outcome: 'accepted',
    servername: hostname,
  });
});

it.each([
  ['an IPv4 address', '10.0.0.5'],
  ['an IPv6 address', '2600:1f18::5'],
  ['an IPv6 address in brackets', '[2600:1f18::5]'],
  ['a custom name', 'db.internal.example'],
])('refuses %s that no endpoint is named for, before any connection', async (_, host) => {
  const { connect, emulator } = await start(
    'db.abcdefghijkl.eu-west-1.rds.amazonaws.com',
    'eu-west-1',
  );

  expect(() => connect({ sequelize: { host }, iamAuth: { endpoint: undefined } })).toThrow(
    expect.objectContaining({ code: 'ERR_IAM_AUTH_ENDPOINT' }) as Error,
  );
  expect(await emulator.attempts()).toEqual([]);
});
