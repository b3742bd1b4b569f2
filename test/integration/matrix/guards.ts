import { isNativeError } from 'node:util/types';
import { createAuthority } from '../../emulator/authority';
import { startEagerImpostor } from '../eager-impostor';
import { CREDENTIALS } from '../rds';
import {
  cells,
  connectCell,
  startCluster,
  type AnySequelize,
  type Cell,
  type Cluster,
  type ClusterOptions,
} from './cells';

const MYSQL_PLUGINS = [
  'mysql_native_password',
  'caching_sha2_password',
  'sha256_password',
  'dialog',
  'client_ed25519',
];
const PLUGINS: Readonly<Record<Cell['dialect'], readonly string[]>> = {
  mysql: MYSQL_PLUGINS,
  mariadb: MYSQL_PLUGINS,
  // Asked for GSS, pg throws where nobody can catch it, with or without this package.
  postgres: ['md5', 'scram-sha-256'],
};
/** The fault that makes the emulator ask for it. */
const askingFor = (dialect: Cell['dialect']) => (method: string) =>
  dialect === 'postgres' ? { authMethod: method } : { plugin: method };

const REMEDY: Readonly<Record<Cell['dialect'], string>> = {
  mysql: "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
  mariadb: 'Authorized plugin: mysql_clear_password',
  postgres: 'GRANT rds_iam TO the user',
};

/** What a server may get of a token: nothing. It names its endpoint, its user and its key. */
async function expectNoToken(received: string | Promise<string>): Promise<void> {
  const bytes = await received;
  for (const part of ['Action=connect', 'X-Amz', CREDENTIALS.accessKeyId, '/?']) {
    expect(bytes).not.toContain(part);
  }
}

/** The token goes only over TLS, to the host it was signed for, and only in answer to the right question. */
export function describeGuards(dialect: Cell['dialect']): void {
  const mine = cells.filter((cell) => cell.dialect === dialect && !cell.replication);
  const asking = askingFor(dialect);
  const greetings: ClusterOptions[] =
    dialect === 'postgres' ? [{}] : [{}, { greeting: 'caching_sha2_password' }];

  describe.each(mine)('$name sends no token', (cell) => {
    let cluster: Cluster | undefined;
    let sequelize: AnySequelize | undefined;
    afterEach(async () => {
      await sequelize?.close();
      await cluster?.close();
      [cluster, sequelize] = [undefined, undefined];
    });

    /** The error of a login, after which the server has seen no token. */
    async function refusal(
      options: ClusterOptions,
      settings: Parameters<typeof connectCell>[2] = {},
    ) {
      cluster = await startCluster(cell, { record: true, ...options });
      const application = connectCell(cell, cluster, settings);
      sequelize = application.sequelize;
      const error: unknown = await sequelize.query('SELECT 1').catch((reason: unknown) => reason);
      await expectNoToken(cluster.writer.emulator.received());
      // Not by class: the driver's errors are of Node's own realm, the tests are not.
      expect(isNativeError(error)).toBe(true);
      expect(application.iam.stats).toMatchObject({ accepted: 0, connecting: 0 });
      return String(error);
    }

    it('to a server without TLS', async () => {
      expect(await refusal({ tls: false })).toMatch(
        /secure connection|ssl not enabled|support SSL/,
      );
    });

    it('to a server with the certificate of another host', async () => {
      const authority = await createAuthority();
      const names = [
        'other.cluster-abc.ap-northeast-1.rds.amazonaws.com',
        '127.0.0.1',
        'localhost',
      ];
      const tls = await authority.issue({ names });
      expect(await refusal({ authority, tls })).toMatch(/does not match certificate's altnames/);
    });

    it('to a server with an untrusted certificate', async () => {
      const { caPem: ca } = await createAuthority('Another authority');
      expect(await refusal({}, { iamAuth: { tls: { ca } } })).toMatch(/certificate/);
    });

    it('to a server that is not RDS, with the bundled roots', async () => {
      expect(await refusal({}, { iamAuth: { tls: {} } })).toMatch(/certificate/);
    });

    describe.each(greetings)('to a server that greets with %j', (greeting) => {
      it.each(PLUGINS[dialect])('and asks for %s', async (plugin) => {
        const message = await refusal({ ...greeting, faults: asking(plugin) });
        expect(message).not.toMatch(/TypeError/);
      });
    });

    it('to a server that asks for another method, and says what to do', async () => {
      const plugin = dialect === 'postgres' ? 'scram-sha-256' : 'sha256_password';
      expect(await refusal({ faults: asking(plugin) })).toContain(REMEDY[dialect]);
    });

    if (dialect !== 'postgres') {
      it('to a server that asks for caching_sha2_password’s full authentication', async () => {
        const greeting = 'caching_sha2_password';
        await refusal({ greeting, faults: { cachingSha2FullAuth: true } });
      });

      it('to a server that asks for it before TLS is up', async () => {
        cluster = await startCluster(cell);
        const certificate = await cluster.authority.issue({ names: ['elsewhere.example'] });
        const impostor = await startEagerImpostor(certificate);
        const { hostname } = cluster.writer;
        ({ sequelize } = connectCell(cell, cluster, {
          options: { port: impostor.port },
          iamAuth: { endpoint: { hostname } },
        }));
        await expect(sequelize.query('SELECT 1')).rejects.toThrow();
        await expectNoToken(impostor.received());
        await impostor.close();
      });
    }
  });

  describe.each(mine)('$name logs in', (cell) => {
    it.each(greetings)('to a server that greets with %j', async (greeting) => {
      const cluster = await startCluster(cell, greeting);
      const { sequelize } = connectCell(cell, cluster);
      await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
      await sequelize.close();
      await cluster.close();
    });

    it('with the user’s own roots in ssl.ca and a check of the certificate besides', async () => {
      const cluster = await startCluster(cell);
      const checked: unknown[] = [];
      const checkServerIdentity = (name: string) => void checked.push(name);
      // mysql2 reads no such check, so there it is refused.
      const ssl = {
        ca: cluster.authority.caPem,
        ...(dialect === 'mysql' ? {} : { checkServerIdentity }),
      };
      const { sequelize } = connectCell(cell, cluster, {
        options: cell.major === 6 ? { dialectOptions: { ssl } } : { ssl },
        iamAuth: { tls: undefined },
      });
      await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
      if (dialect !== 'mysql') expect(checked.length).toBeGreaterThan(0);
      await sequelize.close();
      await cluster.close();
    });
  });
}
