import { mutationsOf } from '../mutation';

const ATTACH = 'test/unit/attach/add-iam-auth.test.ts';

export const loginLines = [
  ...mutationsOf({ file: 'src/login/admission.ts', test: 'test/unit/login/admission.test.ts' }, [
    {
      id: 'credentials-before-slot',
      find: `const credentials = await tokenProvider.getCredentials(signal);
  trace?.enter('backoffWaitMs');
  await backoff.ready(signal);
  trace?.enter('slotWaitMs');
  const granted = await acquire(limiter, pool, signal, {
    key: \`\${endpoint.hostname}:\${endpoint.port}\`,
    leaseMs,
  });
  if (granted === undefined) return undefined;`,
      replace: `await backoff.ready(signal);
  const granted = await acquire(limiter, pool, signal, {
    key: \`\${endpoint.hostname}:\${endpoint.port}\`,
    leaseMs,
  });
  if (granted === undefined) return undefined;
  const credentials = await tokenProvider.getCredentials(signal);`,
      meaning: 'connections hold slots while a role is assumed, and then log in all at once',
    },
    {
      id: 'slot-before-signature',
      find: "trace?.enter('slotWaitMs');",
      replace: 'await tokenProvider.getAuthToken(endpoint, credentials);',
      meaning: 'a token is signed before its slot, and ages while it waits',
    },
    {
      id: 'credentials-still-usable',
      find: 'if (!tokenProvider.isUsable(credentials) || !backoff.enter()) {',
      replace: 'if (!backoff.enter()) {',
      meaning: 'credentials that expired while the slot was awaited sign',
    },
    {
      id: 'backoff-after-slot',
      find: 'if (!tokenProvider.isUsable(credentials) || !backoff.enter()) {',
      replace: 'if (!tokenProvider.isUsable(credentials)) {',
      meaning: 'while logins fail, all that wait for a slot log in at once',
    },
    {
      id: 'slot-returned',
      find: "    slot.settle('notNeeded');\n    return undefined;",
      replace: '    return undefined;',
      meaning: 'a slot that came too late for its credentials is lost until its lease ends',
    },
    {
      id: 'slot-returned-unsigned',
      find: "    slot.settle('notNeeded');\n    backoff",
      replace: '    backoff',
      meaning: 'the slot of a login that could not be signed is lost until its lease ends',
    },
    {
      id: 'backoff-returned-unsigned',
      find: "    backoff.settle('notNeeded');\n",
      replace: '',
      meaning: 'a login that could not be signed delays the next one while logins fail',
    },
    {
      id: 'closed-while-signing',
      find: "closed.throwIfAborted();\n    trace?.enter('loginMs');",
      replace: '',
      meaning: 'an instance that was closed logs in',
    },
    {
      id: 'closed-before',
      find: '  deps.closed.throwIfAborted();\n',
      replace: '',
      meaning: 'an instance that was closed waits for credentials and slots',
    },
    {
      id: 'slot-key',
      test: ATTACH,
      find: 'key: `${endpoint.hostname}:${endpoint.port}`,',
      replace: 'key: `${endpoint.username}@${endpoint.hostname}`,',
      meaning: 'each user of an endpoint has a limit of its own',
    },
    {
      id: 'wait-ends',
      find: '? Math.min(acquireMs, FAILING_WAIT_MS) : acquireMs',
      replace: '? acquireMs : acquireMs',
      meaning: 'while logins fail, a query waits a minute for its error',
    },
    {
      id: 'unwanted-is-asked',
      find: 'isProbe ? undefined : () => watch.isNeeded();',
      replace: 'undefined;',
      meaning: 'a connection that no query needs costs a login',
      test: ATTACH,
    },
  ]),
];
