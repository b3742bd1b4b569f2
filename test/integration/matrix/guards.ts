import { isNativeError } from 'node:util/types';
import { createAuthority } from 'rds-iam-emulator';
import { startEagerImpostor } from '../../harness/eager-impostor';
import { CREDENTIALS } from '../../harness/rds';
import { togetherIt } from '../../harness/together';
import { onBench } from '../../harness/matrix-bench';
import { cells, type Cell, type ClusterOptions, type connectCell } from '../../harness/cells';

const AT_ONCE = 4;

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

/** What a server may get of a token: nothing. Parts too long for random answers, such as scrambles, to contain them by chance. */
async function expectNoToken(received: string | Promise<string>): Promise<void> {
  const bytes = await received;
  for (const part of ['Action=connect', 'X-Amz', CREDENTIALS.accessKeyId]) {
    expect(bytes).not.toContain(part);
  }
}

/** The token goes only over TLS, to the host it was signed for, and only in answer to the right question. */
export function describeGuards(dialect: Cell['dialect']): void {
  const mine = cells.filter((cell) => cell.dialect === dialect && !cell.replication);
  const asking = askingFor(dialect);
  const greetings: ClusterOptions[] =
    dialect === 'postgres' ? [{}] : [{}, { greeting: 'caching_sha2_password' }];

  const together = togetherIt(AT_ONCE);

  describe.each(mine)('$name sends no token', (cell) => {
    /** The error of a login, after which the server has seen no token. */
    async function refusal(
      options: ClusterOptions,
      settings: Parameters<typeof connectCell>[2] = {},
    ) {
      let message = '';
      await onBench(cell, { record: true, ...options }, async ({ cluster, connect }) => {
        const { sequelize, iam } = connect(settings);
        const error: unknown = await sequelize.query('SELECT 1').catch((reason: unknown) => reason);
        await expectNoToken(cluster.writer.emulator.received());
        // Not by class: the driver's errors are of Node's own realm, the tests are not.
        expect(isNativeError(error)).toBe(true);
        expect(iam.stats).toMatchObject({ accepted: 0, connecting: 0 });
        message = String(error);
      });
      return message;
    }

    together('to a server without TLS', async () => {
      expect(await refusal({ tls: false })).toMatch(
        /secure connection|ssl not enabled|support SSL/,
      );
    });

    together('to a server with the certificate of another host', async () => {
      const authority = await createAuthority();
      const names = [
        'other.cluster-abc.ap-northeast-1.rds.amazonaws.com',
        '127.0.0.1',
        'localhost',
      ];
      const tls = await authority.issue({ names });
      expect(await refusal({ authority, tls })).toMatch(/does not match certificate's altnames/);
    });

    together('to a server with an untrusted certificate', async () => {
      const { caPem: ca } = await createAuthority('Another authority');
      expect(await refusal({}, { iamAuth: { tls: { ca } } })).toMatch(/certificate/);
    });

    together('to a server that is not RDS, with the bundled roots', async () => {
      expect(await refusal({}, { iamAuth: { tls: {} } })).toMatch(/certificate/);
    });

    describe.each(greetings)('to a server that greets with %j', (greeting) => {
      for (const plugin of PLUGINS[dialect])
        together(`and asks for ${plugin}`, async () => {
          const message = await refusal({ ...greeting, faults: asking(plugin) });
          expect(message).not.toMatch(/TypeError/);
        });
    });

    together('to a server that asks for another method, and says what to do', async () => {
      const plugin = dialect === 'postgres' ? 'scram-sha-256' : 'sha256_password';
      expect(await refusal({ faults: asking(plugin) })).toContain(REMEDY[dialect]);
    });

    if (dialect !== 'postgres') {
      together(
        'to a server that asks for caching_sha2_password’s full authentication',
        async () => {
          const greeting = 'caching_sha2_password';
          await refusal({ greeting, faults: { cachingSha2FullAuth: true } });
        },
      );

      together('to a server that asks for it before TLS is up', async () => {
        await onBench(cell, {}, async ({ cluster, connect }) => {
          const certificate = await cluster.authority.issue({ names: ['elsewhere.example'] });
          const impostor = await startEagerImpostor(certificate);
          const { hostname } = cluster.writer;
          const { sequelize } = connect({
            options: { port: impostor.port },
            iamAuth: { endpoint: { hostname } },
          });
          await expect(sequelize.query('SELECT 1')).rejects.toThrow();
          await expectNoToken(impostor.received());
          await impostor.close();
        });
      });
    }
  });

  describe.each(mine)('$name logs in', (cell) => {
    for (const greeting of greetings)
      together(`to a server that greets with ${JSON.stringify(greeting)}`, () =>
        onBench(cell, greeting, async ({ connect }) => {
          await expect(connect().sequelize.query('SELECT 1')).resolves.toBeDefined();
        }),
      );

    together('with the user’s own roots in ssl.ca and a check of the certificate besides', () =>
      onBench(cell, {}, async ({ cluster, connect }) => {
        const checked: unknown[] = [];
        const checkServerIdentity = (name: string) => void checked.push(name);
        // mysql2 reads no such check, so there it is refused.
        const ssl = {
          ca: cluster.authority.caPem,
          ...(dialect === 'mysql' ? {} : { checkServerIdentity }),
        };
        const { sequelize } = connect({
          options: cell.major === 6 ? { dialectOptions: { ssl } } : { ssl },
          iamAuth: { tls: undefined },
        });
        await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
        if (dialect !== 'mysql') expect(checked.length).toBeGreaterThan(0);
      }),
    );
  });
}
