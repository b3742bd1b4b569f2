import { countBy, createAuthority, type MySqlEndpointOptions } from 'rds-iam-emulator';
import { startEagerImpostor } from '../../harness/eager-impostor';
import { CREDENTIALS, startRds, type Rds } from '../../harness/rds';
import { togetherIt } from '../../harness/together';
import { versions } from '../../harness/supported-versions';

const PLUGINS = [
  'mysql_native_password',
  'caching_sha2_password',
  'sha256_password',
  'dialog',
  'client_ed25519',
  'mysql_old_password',
];

/** Each login is to a server of its own. */
const together = togetherIt(4);

/** Runs a test on a server like this, which ends with it. */
async function on(
  options: Partial<MySqlEndpointOptions>,
  test: (rds: Rds) => Promise<void>,
): Promise<void> {
  const rds = await startRds({ record: true, ...options });
  try {
    await test(rds);
  } finally {
    await rds.close();
  }
}

/** What the server got must hold no part of a token: it names its endpoint, its user and its key. */
async function expectNoToken(received: string | Promise<string>): Promise<void> {
  const bytes = await received;
  for (const part of ['Action=connect', 'X-Amz', CREDENTIALS.accessKeyId]) {
    expect(bytes).not.toContain(part);
  }
}

describe.each(versions)('$versions sends no token', ({ Sequelize, dialectModule }) => {
  const settings = { Sequelize, sequelize: { dialectModule } };

  together('to a server without TLS', async () => {
    await on({ tls: false }, async ({ connect, emulator }) => {
      const { sequelize } = connect(settings);

      await expect(sequelize.authenticate()).rejects.toMatchObject({
        parent: { code: 'HANDSHAKE_NO_SSL_SUPPORT' },
      });
      await expectNoToken(emulator.received());
    });
  });

  together('to a server with the certificate of another host', async () => {
    const authority = await createAuthority();
    const names = ['other.cluster-abc.ap-northeast-1.rds.amazonaws.com'];
    await on({ tls: await authority.issue({ names }) }, async ({ connect, emulator }) => {
      const { sequelize } = connect({ ...settings, iamAuth: { tls: { ca: authority.caPem } } });

      await expect(sequelize.authenticate()).rejects.toThrow(
        /does not match certificate's altnames/,
      );
      await expectNoToken(emulator.received());
    });
  });

  together('to a server with an untrusted certificate', async () => {
    await on({}, async ({ connect, emulator }) => {
      const { caPem } = await createAuthority('Another authority');
      const { sequelize } = connect({ ...settings, iamAuth: { tls: { ca: caPem } } });

      await expect(sequelize.authenticate()).rejects.toMatchObject({
        parent: { code: 'HANDSHAKE_SSL_ERROR' },
      });
      await expectNoToken(emulator.received());
    });
  });

  together('to a server that is not RDS, with the bundled roots', async () => {
    await on({}, async ({ connect, emulator }) => {
      const { sequelize } = connect({ ...settings, iamAuth: { tls: {} } });

      await expect(sequelize.authenticate()).rejects.toThrow(/self.signed certificate|unable to/);
      await expectNoToken(emulator.received());
    });
  });

  for (const plugin of PLUGINS) {
    together(`to a server that asks for ${plugin}`, () =>
      on({ faults: { plugin } }, async ({ connect, emulator }) => {
        const { sequelize } = connect(settings);

        await expect(sequelize.authenticate()).rejects.toMatchObject({
          name: 'SequelizeConnectionError',
          message: expect.stringContaining(plugin) as string,
        });
        await expectNoToken(emulator.received());
      }),
    );

    together(`to a server that greets with caching_sha2_password and asks for ${plugin}`, () =>
      on(
        { greeting: 'caching_sha2_password', faults: { plugin } },
        async ({ connect, emulator }) => {
          const { sequelize } = connect(settings);

          await expect(sequelize.authenticate()).rejects.toThrow();
          await expectNoToken(emulator.received());
        },
      ),
    );
  }

  together(
    'to a server that asks for caching_sha2_password’s full authentication over TLS',
    async () => {
      await on(
        {
          greeting: 'caching_sha2_password',
          faults: { cachingSha2FullAuth: true },
        },
        async ({ connect, emulator }) => {
          const { sequelize } = connect(settings);

          await expect(sequelize.authenticate()).rejects.toThrow();
          await expectNoToken(emulator.received());
        },
      );
    },
  );

  together('to a server that asks for it before TLS is up', async () => {
    await on({}, async ({ connect, authority }) => {
      const impostor = await startEagerImpostor(
        await authority.issue({ names: ['elsewhere.example'] }),
      );
      const { sequelize } = connect({
        ...settings,
        sequelize: { ...settings.sequelize, port: impostor.port },
      });

      const error: unknown = await sequelize.authenticate().catch((reason: unknown) => reason);
      await expectNoToken(impostor.received());
      expect(error).toMatchObject({ parent: { code: 'ERR_IAM_AUTH_TLS' } });
      await impostor.close();
    });
  });
});

for (const { versions: names, Sequelize, dialectModule } of versions)
  together(`names the plugin and the remedy, on ${names}`, () =>
    on({ faults: { plugin: 'sha256_password' } }, async ({ connect }) => {
      const { sequelize } = connect({ Sequelize, sequelize: { dialectModule } });

      await expect(sequelize.authenticate()).rejects.toMatchObject({
        parent: { name: 'IamAuthError', code: 'ERR_IAM_AUTH_METHOD' },
        message: expect.stringContaining(
          "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
        ) as string,
      });
    }),
  );

together('honours the user’s roots in dialectOptions.ssl.ca', async () => {
  await on({}, async ({ connect, authority }) => {
    const { sequelize } = connect({
      iamAuth: { tls: {} },
      sequelize: { dialectOptions: { ssl: { ca: authority.caPem } } },
    });
    await expect(sequelize.authenticate()).resolves.toBeUndefined();
  });
});

together('verifies the endpoint’s name through the user’s own stream too', async () => {
  await on({}, async ({ connect, hostname, authority, emulator }) => {
    const { connect: dial } = await import('node:net');
    const dialled: number[] = [];
    const stream = () => {
      dialled.push(emulator.port);
      return dial(emulator.port, '127.0.0.1');
    };
    const { sequelize } = connect({
      iamAuth: { endpoint: undefined, tls: { ca: authority.caPem } },
      sequelize: { host: hostname, port: 3306, dialectOptions: { stream } },
    });

    await expect(sequelize.authenticate()).resolves.toBeUndefined();
    expect(dialled.length).toBe(2);
  });
});

describe('a TLS session', () => {
  it('is resumed by the next login, with a token of its own', async () => {
    await on({}, async ({ connect, emulator }) => {
      const { sequelize } = connect({
        sequelize: { databaseVersion: '8.0.36', pool: { max: 1, maxUses: 1 } },
      });
      const reused: boolean[] = [];
      sequelize.addHook('afterConnect', (connection) => {
        const { stream } = connection as { stream: { isSessionReused: () => boolean } };
        reused.push(stream.isSessionReused());
      });
      await sequelize.query('SELECT 1');
      await sequelize.query('SELECT 1');

      expect(reused).toEqual([false, true]);
      expect(countBy(await emulator.attempts(), 'outcome')).toEqual({ accepted: 2 });
    });
  });

  it('is not resumed by an application that trusts another root', async () => {
    await on({}, async ({ connect }) => {
      await connect().sequelize.authenticate();
      const { caPem } = await createAuthority('Another authority');

      await expect(
        connect({ iamAuth: { tls: { ca: caPem } } }).sequelize.authenticate(),
      ).rejects.toThrow(/certificate/);
    });
  });
});
