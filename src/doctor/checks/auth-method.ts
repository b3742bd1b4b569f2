import { fail, failWith, pass, skip, type Check } from '../check';
import { inTime } from '../wire/protocol';
import { PROTOCOLS } from '../wire/protocols';

/** Reads which authentication method the server requests for this user, and disconnects before answering. */
export const authMethod: Check = {
  id: 'auth-method',
  needs: ['tls'],
  runForHost: async (host, { application: { dialect, engine, database } }) => {
    const { secure, connectTarget } = host;
    if (secure === undefined) return skip('needs tls');
    const { username } = connectTarget;
    const { requestedMethod, iamMethod } = PROTOCOLS[dialect.name];
    const create = engine.createUser(username, database).slice(0, 2).join(' ');
    try {
      const method = await inTime('the user name', () =>
        requestedMethod(secure, username, database),
      );
      if (method === iamMethod) return pass(`The server asks ${username} for ${method}`);
      return fail(
        `The server asks ${username} for ${method}, not for ${iamMethod}: the user does not exist or was not created for IAM ` +
          'authentication, or IAM authentication is not enabled on the instance',
        `Enable IAM authentication, and run as an administrator: ${create}`,
      );
    } catch (error) {
      return failWith(error);
    } finally {
      secure.destroy();
    }
  },
};
