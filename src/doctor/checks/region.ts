import { parseRegion } from '../../endpoint/endpoint';
import { IamAuthError } from '../../errors';
import { resolveEndpoint } from '../../login/resolve-endpoint';
import { failWith, pass, skip, type Check } from '../check';

/** Reports the Region to sign for and where it comes from. */
export const region: Check = {
  id: 'region',
  needs: ['config'],
  runForHost: async (host, { application }) => {
    try {
      const { endpoint } = await resolveEndpoint(host.driverConfig, application);
      host.endpoint = endpoint;
      return pass(`${endpoint.region}, from ${sourceOf(endpoint.hostname, application.options)}`);
    } catch (error) {
      host.endpointError = error;
      return isAboutRegion(error) ? failWith(error) : skip('needs endpoint');
    }
  },
};

function sourceOf(hostname: string, options: { readonly region?: string | undefined }): string {
  if (parseRegion(hostname) !== undefined) return 'the host name';
  return options.region === undefined ? "the AWS SDK's configuration" : 'the region option';
}

/** Whether this check reports the error. The endpoint check reports all others. */
export function isAboutRegion(error: unknown): boolean {
  return error instanceof IamAuthError && error.code === 'ERR_IAM_AUTH_REGION';
}
