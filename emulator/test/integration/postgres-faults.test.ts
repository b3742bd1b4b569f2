import {
  startPostgresEndpoint,
  type EmulatedPostgres,
} from '../../../test/harness/emulated-endpoint';
import { describeControls } from '../harness/endpoint-controls';
import { connectPostgres, safePostgres, tryPostgresLogin } from '../harness/postgres-clients';
import { postgresUnderTest } from '../harness/postgres-under-test';

describeControls(postgresUnderTest);

describe('the PostgreSQL emulator', () => {
  let endpoint: EmulatedPostgres;
  afterEach(() => endpoint.emulator.close());

  it('answers the token with an error on request', async () => {
    const errorPacket = { sqlState: '53300', message: 'sorry, too many clients already' };
    endpoint = await startPostgresEndpoint({ faults: { errorPacket } });
    const options = safePostgres(endpoint, endpoint.token());
    await expect(connectPostgres(options)).rejects.toMatchObject({
      code: '53300',
      severity: 'FATAL',
      message: 'sorry, too many clients already',
    });
    expect(await endpoint.emulator.attempts()).toMatchObject([
      { outcome: 'refused', reason: 'error 53300' },
    ]);
  });

  it.each([
    { authMethod: 'md5', proof: /md5[0-9a-f]{32}\0/ },
    { authMethod: 'scram-sha-256', proof: /p=[A-Za-z0-9+/]{43}=/ },
  ] as const)(
    'that asks for $authMethod gets what is computed from the token, not the token',
    async ({ authMethod, proof }) => {
      endpoint = await startPostgresEndpoint({ faults: { authMethod } });
      expect(await tryPostgresLogin(safePostgres(endpoint, endpoint.token()))).toBe('28000');
      const received = await endpoint.emulator.received();
      expect(received).toMatch(proof);
      expect(received).not.toContain('X-Amz-');
      const [attempt] = await endpoint.emulator.attempts();
      expect(attempt).toMatchObject({
        outcome: 'refused',
        reason: `authentication ${authMethod}`,
        username: 'jane_doe',
      });
      expect(attempt).not.toHaveProperty('tokenAt');
    },
  );
});
