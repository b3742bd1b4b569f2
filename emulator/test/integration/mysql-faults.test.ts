import { createConnection } from 'mysql2/promise';
import { startEndpoint, type EmulatedEndpoint } from '../../../test/harness/emulated-endpoint';
import { describeControls } from '../harness/endpoint-controls';
import { mysqlUnderTest } from '../harness/mysql-under-test';
import { safeOptions, tryLogin } from '../../../test/harness/mysql2-clients';

describeControls(mysqlUnderTest);

describe('the MySQL emulator', () => {
  let endpoint: EmulatedEndpoint;
  afterEach(() => endpoint.emulator.close());

  it('answers the token with an error on request', async () => {
    const errorPacket = { code: 1040, sqlState: '08004', message: 'Too many connections' };
    endpoint = await startEndpoint({ faults: { errorPacket } });
    const code = await tryLogin(safeOptions(endpoint, endpoint.token()));
    expect(code).toBe('ER_CON_COUNT_ERROR');
    expect(await endpoint.emulator.attempts()).toMatchObject([
      { outcome: 'refused', reason: 'error 1040' },
    ]);
  });

  it.each([
    { plugin: 'mysql_native_password', tokenSent: false },
    { plugin: 'dialog', tokenSent: false },
    { plugin: 'client_ed25519', tokenSent: false },
    { plugin: 'sha256_password', tokenSent: true },
    { plugin: 'caching_sha2_password', tokenSent: true },
  ])('that asks for $plugin gets the token: $tokenSent', async ({ plugin, tokenSent }) => {
    endpoint = await startEndpoint({ faults: { plugin } });
    const token = endpoint.token();
    await expect(createConnection(safeOptions(endpoint, token))).rejects.toThrow();
    expect((await endpoint.emulator.received()).includes(token)).toBe(tokenSent);
  });

  it('gets the token by full authentication, past the clear-text plugin', async () => {
    endpoint = await startEndpoint({
      greeting: 'caching_sha2_password',
      faults: { cachingSha2FullAuth: true },
    });
    const options = safeOptions(endpoint, endpoint.token());
    const mysql_clear_password = () => () => Promise.reject(new Error('not asked'));
    expect(await tryLogin({ ...options, authPlugins: { mysql_clear_password } })).toBe('accepted');
  });
});
