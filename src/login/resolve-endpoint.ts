import type { Dialect, DriverConfig } from '../dialects/dialect';
import { isGiven, ownCa, readConnectTarget } from '../dialects/driver-options';
import {
  checkRegion,
  describeEndpoint,
  signingTarget,
  type ConnectTarget,
  type Endpoint,
} from '../endpoint/endpoint';
import { refuse, refuseOption } from '../errors';
import type { ResolvedOptions } from '../options';
import { bundledRoots, type CertificateAuthorities } from '../endpoint/trusted-roots';
import type { TokenProvider } from '../token/token-provider';

interface TargetDeps {
  readonly options: ResolvedOptions;
  readonly dialect: Dialect;
  readonly tokenProvider: Pick<TokenProvider, 'configuredRegion'>;
}

/** Returns where a connection goes and what its token is signed for. Throws `IamAuthError` if one of them cannot be determined. */
export async function resolveEndpoint(
  config: DriverConfig,
  { options, dialect, tokenProvider }: TargetDeps,
): Promise<{ readonly connectTarget: ConnectTarget; readonly endpoint: Endpoint }> {
  const connectTarget = readConnectTarget(config, dialect.defaultPort);
  const target = signingTarget(connectTarget, options, dialect.defaultPort);
  const region = target.region ?? (await tokenProvider.configuredRegion());
  if (region === undefined) {
    refuse(
      'ERR_IAM_AUTH_REGION',
      `The region of ${target.hostname} is unknown`,
      "set iamAuth.region (or AWS_REGION) to the database's region",
      { endpoint: describeEndpoint(target) },
    );
  }
  checkRegion(region);
  return { connectTarget, endpoint: { ...target, region } };
}

/** Throws if the target is wrong. A missing host or user is accepted, because an earlier `beforeConnect` hook may supply it. */
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

/** The roots that the server's certificate must chain to. Throws `IamAuthError` if there are none, or two sets. */
export async function trustedRoots(
  config: DriverConfig,
  options: ResolvedOptions,
  region: string,
): Promise<CertificateAuthorities> {
  const own = ownCa(config);
  if (own !== undefined && options.tls?.ca !== undefined) {
    const name = `${config.nameOf('ssl')}.ca`;
    refuseOption(`Both iamAuth.tls.ca and ${name} are set`, `remove iamAuth.tls.ca or ${name}`);
  }
  return options.tls?.ca ?? own ?? (await bundledRoots(region));
}
