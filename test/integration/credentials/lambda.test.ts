import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { countBy } from 'rds-iam-emulator';
import { type EcsCredentials, startEcsCredentials } from '../../harness/credential-services';
import { ROOT } from '../../harness/child';
import { startNamedRds, type NamedRds } from '../../harness/named-rds';
import { CREDENTIALS, times } from '../../harness/rds';
import { togetherIt } from '../../harness/together';

const EXAMPLE = join(ROOT, 'examples/lambda/index.js');
const RUNTIME = join(__dirname, '../../fixtures/lambda-runtime.cjs');
/** Changed examples, inside the project, so that the package finds itself by its name. */
const changed: string[] = [];
const SUCCESS = { result: 'Logged in as app@%' };
/** Credentials must outlive a login by 5 s; these can sign for 2 s. */
const LIFE_MS = 7_000;
const NEXT = { ...CREDENTIALS, accessKeyId: 'ASIAEXAMPLETHENEXT' };

interface Answer {
  readonly result?: string;
  readonly error?: string;
}

/** An execution environment of a function. */
interface Environment {
  /** Resolves to what the handler did, once the process has run to answer. */
  readonly invoke: () => Promise<Answer>;
  readonly freeze: () => Promise<void>;
  readonly thaw: () => void;
  readonly end: () => Promise<void>;
}

interface Stage {
  readonly rds: NamedRds;
  readonly ecs: EcsCredentials;
  readonly outcomes: () => Promise<Record<string, number | undefined>>;
  /** The function's environment; of the example, unless another file is given. */
  readonly start: (file?: string) => Environment;
}

/** Each test has a function of its own, which it freezes and waits for. */
const together = togetherIt(3);
const itOnStage = (name: string, test: (stage: Stage) => Promise<void>) => {
  together(name, async () => {
    const rds = await startNamedRds();
    const ecs = await startEcsCredentials({ credentials: CREDENTIALS });
    const started: Environment[] = [];
    try {
      await test({
        rds,
        ecs,
        outcomes: async () => countBy(await rds.emulator.attempts(), 'outcome'),
        start: (file = EXAMPLE) => {
          const environment = startEnvironment(file, rds, ecs);
          started.push(environment);
          return environment;
        },
      });
    } finally {
      await Promise.all(started.map((environment) => environment.end()));
      await Promise.all([rds.emulator.close(), ecs.close()]);
    }
  });
};

afterAll(() => {
  for (const file of changed) rmSync(file, { force: true });
});

function startEnvironment(file: string, rds: NamedRds, ecs: EcsCredentials): Environment {
  const child = fork(RUNTIME, [file], {
    env: {
      ...rds.environment,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SESSION_TOKEN: undefined,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: ecs.url,
    },
    execArgv: [],
  });
  return {
    invoke: async () => {
      child.send({});
      const [answer] = (await once(child, 'message')) as [Answer];
      return answer;
    },
    freeze: async () => {
      child.kill('SIGSTOP');
      while (!(await isStopped(child.pid))) await delay(5);
    },
    thaw: () => child.kill('SIGCONT'),
    end: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function isStopped(pid = 0): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
  return stdout.startsWith('T');
}

itOnStage('serves ten invocations with one login', async ({ ecs, outcomes, start }) => {
  const environment = start();

  for (const invoke of times(10, () => environment.invoke)) expect(await invoke()).toEqual(SUCCESS);

  expect(await outcomes()).toEqual({ accepted: 1 });
  expect(ecs.requests()).toBe(1);
});

itOnStage(
  'goes on after a freeze that outlasts its credentials, and logs in anew where the connection is gone',
  async ({ rds, ecs, outcomes, start }) => {
    ecs.set({ expiresInMs: LIFE_MS });
    const environment = start();
    expect(await environment.invoke()).toEqual(SUCCESS);

    await environment.freeze();
    const { accessKeyId, ...secrets } = NEXT;
    ecs.set({ credentials: NEXT, expiresInMs: 3_600_000 });
    await rds.emulator.setCredentials({ [accessKeyId]: secrets });
    const answer = environment.invoke();
    const first = await Promise.race([answer, delay(LIFE_MS, 'frozen')]);
    expect(first).toBe('frozen');
    environment.thaw();
    expect(await answer).toEqual(SUCCESS);
    expect(await outcomes()).toEqual({ accepted: 1 });

    await environment.freeze();
    await rds.emulator.killConnections();
    const next = environment.invoke();
    environment.thaw();
    expect(await next).toEqual(SUCCESS);
    expect(await outcomes()).toEqual({ accepted: 2 });
    expect(ecs.requests()).toBe(2);
  },
);

describe('an invocation that arrives together with the end of the connection', () => {
  for (const order of ['before', 'after'])
    itOnStage(
      `succeeds with one more login when it arrives ${order} that`,
      async ({ rds, outcomes, start }) => {
        const environment = start();
        expect(await invokeAcrossClose(rds, environment, order)).toEqual(SUCCESS);
        expect(await outcomes()).toEqual({ accepted: 2 });
      },
    );

  itOnStage('fails without the check', async ({ rds, start }) => {
    const environment = start(changedExample(''));
    expect(await invokeAcrossClose(rds, environment, 'after')).toEqual({
      error: 'This socket has been ended by the other party',
    });
  });

  async function invokeAcrossClose(
    rds: NamedRds,
    environment: Environment,
    order: string,
  ): Promise<Answer> {
    expect(await environment.invoke()).toEqual(SUCCESS);
    await environment.freeze();
    if (order === 'after') await rds.emulator.killConnections();
    const answer = environment.invoke();
    if (order === 'before') await rds.emulator.killConnections();
    environment.thaw();
    return answer;
  }
});

itOnStage(
  'refuses, with the reason, an instance that the function closes and opens again for each invocation',
  async ({ start }) => {
    // As Sequelize's guide to Lambda does.
    const environment = start(
      changedExample(`
      sequelize.connectionManager.initPools();
      delete sequelize.connectionManager.getConnection;
      await sequelize.authenticate();
      await sequelize.connectionManager.close();
      return;`),
    );

    expect(await environment.invoke()).toEqual({});
    expect(await environment.invoke()).toEqual({
      error: 'The connection was not opened: the Sequelize instance was closed',
    });
  },
);

/** The example with something else in place of its check of the connection. */
function changedExample(check: string): string {
  const source = readFileSync(EXAMPLE, 'utf8');
  const file = join(ROOT, `.lambda-${process.pid}-${changed.length}.cjs`);
  changed.push(file);
  writeFileSync(file, source.replace(/ {2}await sequelize\.authenticate\([^]*?\);/, check));
  return file;
}
