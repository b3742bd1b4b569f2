import { describeEndpoint, isRdsName } from '../../endpoint/endpoint';
import { failWith, pass, skip, warn, type Check } from '../check';
import { signedElsewhere } from '../signed-elsewhere';
import { isAboutRegion } from './region';

const COMPARE =
  'Compare what is signed for with the endpoint in the RDS console, and correct or remove iamAuth.endpoint';

/** What the token is signed for, which RDS compares with its own name and port. */
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
      elsewhere.host || elsewhere.port
        ? `Signs for ${target}, dials ${connectTarget.hostname}:${connectTarget.port}`
        : `Signs for ${target}`;
    if (isRdsName(signed.hostname)) return elsewhere.isOdd ? warn(summary, COMPARE) : pass(summary);
    return warn(
      `${summary}; that is not an RDS endpoint name, and RDS accepts no other`,
      "Set iamAuth.endpoint.hostname to the endpoint's name in the RDS console, unless this is no RDS",
    );
  },
};
