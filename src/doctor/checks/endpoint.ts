import { describeEndpoint, isRdsName } from '../../endpoint/endpoint';
import { SET_HOSTNAME } from '../../explanations/known-error';
import { failWith, pass, skip, warn, type Check } from '../check';
import { signedElsewhere } from '../signed-elsewhere';
import { isAboutRegion } from './region';

const COMPARE =
  'Compare the signed endpoint with the one in the RDS console, and correct or remove iamAuth.endpoint';

/** Reports the endpoint that the token is signed for. RDS accepts only its own name and port. */
export const endpoint: Check = {
  id: 'endpoint',
  needs: ['config'],
  runForHost: (
    { endpoint: signed, endpointError, connectTarget },
    { application: { dialect } },
  ) => {
    if (signed === undefined) {
      return isAboutRegion(endpointError) ? skip('needs region') : failWith(endpointError);
    }
    const elsewhere = signedElsewhere(signed, connectTarget, dialect.defaultPort);
    const target = describeEndpoint(signed);
    const summary =
      elsewhere.isOtherHost || elsewhere.isOtherPort
        ? `Signs for ${target}, connects to ${connectTarget.hostname}:${connectTarget.port}`
        : `Signs for ${target}`;
    if (isRdsName(signed.hostname))
      return elsewhere.isUnexplained ? warn(summary, COMPARE) : pass(summary);
    return warn(
      `${summary}; the signed name is not an RDS endpoint, and RDS accepts no other`,
      `${SET_HOSTNAME}, unless the server is not RDS`,
    );
  },
};
