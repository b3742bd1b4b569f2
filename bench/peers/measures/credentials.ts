import { startEcsCredentials } from 'rds-iam-emulator';
import { IAM_NAMES } from '../contenders';
import { checkAllSucceeded, inTurns, rowOf, type Measure } from '../measure';
import { runChild } from '../run-child';

/** How often each asks the container's credential endpoint, which throttles too. */
export const credentials: Measure = {
  name: 'credentials',
  title: 'Credential requests',
  run: async (context) => {
    const { stage, isQuick, say } = context;
    const count = isQuick ? 4 : 100;
    const name = `${count} logins, ten at a time, in a container: requests for credentials`;
    say(name);
    const { accessKeyId, secretAccessKey, sessionToken } = stage.credentials;
    const medians = await inTurns(context, 1, IAM_NAMES, async (contender) => {
      const ecs = await startEcsCredentials({
        credentials: { accessKeyId, secretAccessKey, sessionToken },
      });
      try {
        const result = await runChild<'repeat'>(
          stage,
          {
            name: 'repeat',
            contender,
            settings: { max: 10, maxUses: 1, limiter: { limit: 100_000 } },
            task: { target: stage.targetOf(contender, 'one root'), warmUp: 0, count },
          },
          { env: { ...NO_KEYS, AWS_CONTAINER_CREDENTIALS_FULL_URI: ecs.url } },
        );
        checkAllSucceeded(contender, result);
        return { requests: ecs.requests() };
      } finally {
        await ecs.close();
      }
    });
    return [rowOf(name, '', medians, 'requests')];
  },
};

const NO_KEYS = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
};
