import { checkOptions } from '../../src/emulator/check-options';
import { clusterName } from '../../src/emulator/cluster-name';
import type { StartEmulatorOptions } from '../../src/emulator/emulator-types';
import { competingVariables, environmentOf } from '../../src/emulator/environment';
import { startEmulator } from '../../src/emulator/start-emulator';
import { usageMessage } from '../harness/caught-usage';

const BACKEND = 'mysql://root:S3cret@127.0.0.1/app';

describe('the name of the endpoint', () => {
  it.each([
    { given: {}, hostname: 'mydb.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com' },
    {
      given: { region: 'ap-northeast-1' },
      hostname: 'mydb.cluster-abcdefghijkl.ap-northeast-1.rds.amazonaws.com',
    },
    {
      given: { region: 'cn-north-1' },
      hostname: 'mydb.cluster-abcdefghijkl.cn-north-1.rds.amazonaws.com.cn',
    },
  ])('is that of a cluster for $given', ({ given, hostname }) => {
    expect(clusterName(given).hostname).toBe(hostname);
  });

  it.each([
    { given: { hostname: 'db.abc.us-gov-west-1.rds.amazonaws.com' }, region: 'us-gov-west-1' },
    { given: { hostname: 'db.abc.cn-north-1.rds.amazonaws.com.cn' }, region: 'cn-north-1' },
    { given: { hostname: 'db.example.com', region: 'us-east-1' }, region: 'us-east-1' },
    { given: { hostname: 'db.example.com' }, region: 'eu-west-1' },
    { given: {}, region: 'eu-west-1' },
  ])('is in $region for $given', ({ given, region }) => {
    expect(clusterName(given).region).toBe(region);
  });

  it.each([
    { given: { region: 'Ireland' }, says: /^region Ireland is no Region/ },
    { given: { hostname: 'https://db/' }, says: /^hostname https:\/\/db\/ is no host name/ },
    {
      given: { hostname: 'db.abc.us-east-1.rds.amazonaws.com', region: 'eu-west-1' },
      says: /^region eu-west-1 is not the Region of hostname/,
    },
  ])('refuses $given', ({ given, says }) => {
    expect(usageMessage(() => clusterName(given))).toMatch(says);
  });
});

describe('options from code', () => {
  it.each([
    { options: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, says: /no place for those of AWS/ },
    { options: { credentials: {} }, says: /no place for those of AWS/ },
    { options: { secretAccessKey: 'S3cret' }, says: /accepts only access keys that it made/ },
    { options: { hostnames: 'x' }, says: /^hostnames is no option: there are backend, start/ },
    { options: { start: 'mariadb' }, says: /^backend and start exclude each other/ },
    { options: { backend: undefined }, says: /^backend is missing/ },
    { options: { account: '123' }, says: /^account must be the twelve digits/ },
    { options: { port: 70_000 }, says: /^port 70000 must be a whole number/ },
    { options: { limit: 1.5 }, says: /^limit 1.5 must be a whole number/ },
    { options: { credentialsLifetimeMs: 1000 }, says: /^credentialsLifetimeMs needs role/ },
    { options: { policies: [{ Statement: {} }] }, says: /^policy: / },
  ])('refuses $options', async ({ options, says }) => {
    // What TypeScript would not let through.
    const wrong = { backend: BACKEND, users: ['app'], ...options } as StartEmulatorOptions;
    const message = usageMessage(() => checkOptions(wrong));
    expect(message).toMatch(says);
    expect(message).not.toContain('S3cret');
    await expect(startEmulator(wrong)).rejects.toThrow(says);
  });
});

describe('the environment', () => {
  const parts = {
    hostname: 'db.example.com',
    region: 'eu-west-1',
    port: 4000,
    defaultPort: 3306,
    username: 'app',
    database: 'orders',
    caFile: '/tmp/ca.pem',
    services: { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' },
    controlOrigin: 'http://127.0.0.1:2',
    preload: 'C:\\a "b"\\resolve.js',
    nodeOptions: '--no-warnings',
  };

  it('adds to the options of Node.js, and quotes the path as Node.js reads it', () => {
    expect(environmentOf(parts)['NODE_OPTIONS']).toBe(
      String.raw`--no-warnings --require="C:\\a \"b\"\\resolve.js"`,
    );
  });

  it('names what must not be set beside it', () => {
    const accessKey = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
    const withKey = competingVariables(environmentOf({ ...parts, accessKey }));
    expect(withKey).toContain('AWS_PROFILE');
    expect(withKey).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
    expect(withKey).not.toContain('AWS_ACCESS_KEY_ID');
    const services = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/v1' };
    const withRole = competingVariables(environmentOf({ ...parts, services }));
    expect(withRole).toContain('AWS_ACCESS_KEY_ID');
    expect(withRole).not.toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
  });
});
