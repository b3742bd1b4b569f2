import { describeEndpoint, isRdsName } from '../../endpoint';
import { failWith, pass, skip, warn, type Check } from '../check';
import { isAboutRegion } from './region';

/** What the token is signed for, which RDS compares with its own name and port. */
export const endpoint: Check = {
  id: 'endpoint',
  needs: ['config'],
  runForHost: ({ endpoint: signed, endpointError, dialed }) => {
    if (signed === undefined) {
      return isAboutRegion(endpointError) ? skip('needs region') : failWith(endpointError);
    }
    const target = describeEndpoint(signed);
    const isDialed =
      target === describeEndpoint({ ...dialed, hostname: dialed.hostname.toLowerCase() });
    const summary = isDialed
      ? `Signs for ${target}`
      : `Signs for ${target}, dials ${dialed.hostname}:${dialed.port}`;
    if (isRdsName(signed.hostname)) return pass(summary);
    return warn(
      `${summary}; that is not an RDS endpoint name, and RDS accepts no other`,
      "Set iamAuth.endpoint.hostname to the endpoint's name in the RDS console, unless this is no RDS",
    );
  },
};
