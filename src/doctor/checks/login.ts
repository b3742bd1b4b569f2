import { findKnownError } from '../../explanations/explain-error';
import { driverError } from '../../dialects/driver-options';
import { IamAuthError, problemOf } from '../../errors';
import { possibleCausesFor } from '../possible-causes';
import {
  fail,
  fixFor,
  pass,
  type Check,
  type DoctorContext,
  type Finding,
  type Host,
} from '../check';

/** One login as the application makes it, by Sequelize and this package; a denial is tried once more, to tell a throttle. */
export const login: Check = {
  id: 'login',
  needs: ['credentials', 'region', 'endpoint', 'tls', 'auth-method'],
  runForHost: async (host, context) => {
    const first = await tryLogin(host, context);
    if (first === undefined) return pass(`${host.connectTarget.username} logged in with a token`);
    if (findKnownError(first.error)?.isDenial !== true) {
      return fail(driverMessage(first.error), fixFor(first.error));
    }
    const second = await tryLogin(host, context);
    return denied(first.error, host, context, second === undefined);
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

function denied(
  error: unknown,
  host: Host,
  context: DoctorContext,
  isIntermittent: boolean,
): Finding {
  const possibleCauses = possibleCausesFor(host, context, isIntermittent);
  const [likeliest] = possibleCauses;
  const finding = {
    summary:
      driverMessage(error) + (isIntermittent ? '; a second later the same login passed' : ''),
    fix: likeliest?.fix ?? fixFor(error),
    possibleCauses,
  };
  return { status: isIntermittent ? 'warn' : 'fail', ...finding };
}

/** The driver's words, without the explanation that is appended for the application. */
function driverMessage(error: unknown): string {
  return problemOf(error instanceof IamAuthError ? error : driverError(error));
}
