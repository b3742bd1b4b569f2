import { fail, failWith, pass, skip, type Check } from '../check';
import { withinMs } from '../within';

const ANSWER_MS = 5_000;

/** What proof the server asks this user for. The connection ends before any is given. */
export const authMethod: Check = {
  id: 'auth-method',
  needs: ['tls'],
  runForHost: async (host, { project: { engine, database } }) => {
    const { secure, dialed } = host;
    if (secure === undefined) return skip('needs tls');
    const { username } = dialed;
    const create = engine.createUser(username, database).slice(0, 2).join(' ');
    try {
      const proof = await withinMs(ANSWER_MS, 'the user name', () =>
        engine.wire.requestedMethod(secure, username, database),
      );
      if (proof === engine.iamMethod) return pass(`The server asks ${username} for ${proof}`);
      return fail(
        `The server asks ${username} for ${proof}, not for ${engine.iamMethod}: the user was not created for IAM authentication, ` +
          `does not exist, or IAM authentication is not enabled on the instance`,
        `Enable IAM authentication, and run as an administrator: ${create}`,
      );
    } catch (error) {
      return failWith(error);
    } finally {
      secure.destroy();
    }
  },
};
