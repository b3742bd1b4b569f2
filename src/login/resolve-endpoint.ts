import type { Dialect, DriverConfig } from '../dialects/dialect';
import { isGiven, ownCa, readConnectTarget } from '../dialects/driver-options';
import { describeEndpoint, signingTarget } from '../endpoint/endpoint';
import { IamAuthError } from '../errors';
import type { ResolvedOptions } from '../options';
import { bundledRoots } from '../endpoint/trusted-roots';
import type { TokenProvider } from '../token/token-provider';
import type { CertificateAuthorities } from '../endpoint/trusted-roots';
import type { ConnectTarget, Endpoint } from '../endpoint/endpoint';

interface TargetDeps {
  readonly options: ResolvedOptions;
  readonly dialect: Dialect;
  readonly tokenProvider: TokenProvider;
}

/** Where a connection goes, and what its token is signed for. Throws `IamAuthError` when that cannot be told. */
export async function resolveEndpoint(
  config: DriverConfig,
  { options, dialect, tokenProvider }: TargetDeps,
): Promise<{ readonly connectTarget: ConnectTarget; readonly endpoint: Endpoint }> {
  const connectTarget = readConnectTarget(config, dialect.defaultPort);
  const target = signingTarget(connectTarget, options, dialect.defaultPort);
  const region = target.region ?? (await tokenProvider.configuredRegion());
  if (region === undefined) {
    throw new IamAuthError('ERR_IAM_AUTH_REGION', `No region can be told for ${target.hostname}`, {
      fix: "set iamAuth.region (or AWS_REGION) to the database's region",
      endpoint: describeEndpoint(target),
    });
  }
  return { connectTarget, endpoint: { ...target, region } };
}

/** Throws about what is wrong with a target already. What is merely missing, a hook that runs before this package's may yet fill in. */
export function checkTarget(
  config: DriverConfig,
  options: ResolvedOptions,
  dialect: Dialect,
): void {
  const { endpoint } = options;
  const hasEndpoint = typeof endpoint === 'object' && endpoint.hostname !== undefined;
  const [hasHost, hasUser] = [isGiven(config, 'host'), isGiven(config, 'user')];
  const named = hasUser ? config : { ...config, options: { ...config.options, user: 'missing' } };
  const connectTarget = readConnectTarget(named, dialect.defaultPort);
  const isKnown = typeof endpoint === 'function' ? hasHost && hasUser : hasHost || hasEndpoint;
  if (isKnown) signingTarget(connectTarget, options, dialect.defaultPort);
}

/** The roots that the server's certificate must chain to. Throws `IamAuthError` when there are none, or two sets. */
export async function trustedRoots(
  config: DriverConfig,
  options: ResolvedOptions,
  region: string,
): Promise<CertificateAuthorities> {
  const own = ownCa(config);
  if (own !== undefined && options.tls?.ca !== undefined) {
    throw new IamAuthError(
      'ERR_IAM_AUTH_OPTIONS',
      `Both iamAuth.tls.ca and ${config.nameOf('ssl')}.ca are set`,
      { fix: `remove iamAuth.tls.ca or ${config.nameOf('ssl')}.ca` },
    );
  }
  return options.tls?.ca ?? own ?? (await bundledRoots(region));
}
