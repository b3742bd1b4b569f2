import { Signer } from '@aws-sdk/rds-signer';
import type { KnownCredentials } from 'rds-iam-emulator';
import type { EngineUnderTest, Endpoint } from '../harness/engine-under-test';
import { mysqlUnderTest } from '../harness/mysql-under-test';
import { postgresUnderTest } from '../harness/postgres-under-test';
import { safePostgres, tryPostgresLogin } from '../harness/postgres-clients';
import { acceptedTokens, refusedTokens, TABLE_KEYS } from '../harness/tampered-tokens';
import { ENDPOINT, KEYS } from '../../../test/harness/emulated-endpoint';
import { safeOptions, tryLogin } from '../../../test/harness/mysql2-clients';
import {
  awsCliToken,
  botoToken,
  INSTALL_TIMEOUT_MS,
  prepareWitnesses,
  type WitnessRequest,
} from '../../../test/harness/witnesses';

jest.setTimeout(60_000);
beforeAll(() => void prepareWitnesses(), INSTALL_TIMEOUT_MS);

interface EngineWithTokens {
  readonly engine: string;
  readonly start: EngineUnderTest['start'];
  readonly denied: string;
  readonly logIn: (endpoint: Endpoint, token: string) => Promise<string>;
}

const engines: EngineWithTokens[] = [
  {
    engine: 'MySQL',
    start: mysqlUnderTest.start,
    denied: mysqlUnderTest.codes.denied,
    logIn: (endpoint, token) => tryLogin(safeOptions(endpoint, token)),
  },
  {
    engine: 'PostgreSQL',
    start: postgresUnderTest.start,
    denied: postgresUnderTest.codes.denied,
    logIn: (endpoint, token) => tryPostgresLogin(safePostgres(endpoint, token)),
  },
];

const signers = [
  {
    tool: '@aws-sdk/rds-signer',
    sign: (request: WitnessRequest) => new Signer(request).getAuthToken(),
  },
  { tool: 'the AWS CLI', sign: awsCliToken },
  { tool: 'boto3', sign: botoToken },
];

describe.each(engines)('the $engine endpoint', ({ start, logIn, denied }) => {
  const credentials: Readonly<Record<string, KnownCredentials>> = { ...KEYS, ...TABLE_KEYS };
  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = await start({ credentials });
  });
  afterEach(() => endpoint.emulator.clear());
  afterAll(() => endpoint.emulator.close());

  it.each(signers)('accepts the token of $tool', async ({ sign }) => {
    const token = await sign({
      ...ENDPOINT,
      port: endpoint.emulator.port,
      credentials: { accessKeyId: 'ASIAROLE', ...KEYS.ASIAROLE },
    });
    expect(await logIn(endpoint, token)).toBe('accepted');
    expect(await endpoint.emulator.attempts()).toMatchObject([{ outcome: 'accepted' }]);
  });

  it.each(refusedTokens)('refuses $what: $reason', async ({ make, reason }) => {
    expect(await logIn(endpoint, make(endpoint.token))).toBe(denied);
    const attempts = await endpoint.emulator.attempts();
    expect(attempts).toMatchObject([{ outcome: 'denied', reason }]);
    expect(JSON.stringify(attempts)).not.toContain('X-Amz-');
  });

  it.each(acceptedTokens)('accepts $what: $why', async ({ make }) => {
    expect(await logIn(endpoint, make(endpoint.token))).toBe('accepted');
    expect(await endpoint.emulator.attempts()).toMatchObject([{ outcome: 'accepted' }]);
  });

  it('logs in with the good token afterwards', async () => {
    expect(await logIn(endpoint, endpoint.token())).toBe('accepted');
  });
});
