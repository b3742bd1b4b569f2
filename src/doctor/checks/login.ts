import { findKnownError } from '../../explanations/explain-error';
import { driverError } from '../../dialects/driver-options';
import { IamAuthError, problemOf } from '../../errors';
import { possibleCausesFor } from '../possible-causes';
import { fail, fixFor, pass, type Check, type DoctorContext, type Host } from '../check';

/** Logs in once, as the application would. Tries again after a denial, to recognize throttling. */
export const login: Check = {
  id: 'login',
  needs: ['credentials', 'region', 'endpoint', 'tls', 'auth-method'],
  runForHost: async (host, context) => {
    const first = await tryLogin(host, context);
    if (first === undefined) return pass(`${host.connectTarget.username} logged in with a token`);
    if (findKnownError(first.error)?.isDenial !== true) {
      return fail(driverMessage(first.error), fixFor(first.error));
    }
    const isIntermittent = (await tryLogin(host, context)) === undefined;
    const possibleCauses = possibleCausesFor(host, context, isIntermittent);
    return {
      status: isIntermittent ? 'warn' : 'fail',
      summary: `${driverMessage(first.error)}${isIntermittent ? '; a second attempt passed' : ''}`,
      fix: possibleCauses[0]?.fix ?? fixFor(first.error),
      possibleCauses,
    };
  },
};

async function tryLogin(
  { config }: Host,
  { application }: DoctorContext,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await application.logIn(config);
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** The driver's message, without the explanation that the package appends to Sequelize's. */
function driverMessage(error: unknown): string {
  return problemOf(error instanceof IamAuthError ? error : driverError(error));
}
