import {
  AccessKeys,
  startCredentialServices,
  type CredentialFaults,
  type CredentialsById,
} from 'rds-iam-emulator';
import type { CREDENTIALS } from './rds';
import { startForwarder } from './forwarder';

/** A role of nobody. */
export const CALLER = {
  account: '123456789012',
  arn: 'arn:aws:sts::123456789012:assumed-role/app/session',
};

const HOUR_MS = 3_600_000;
/** The machine's, also while a test replaces `Date`. */
const { now } = Date;

type SessionKeys = typeof CREDENTIALS;

interface EcsSettings extends Pick<
  CredentialFaults,
  'delayMs' | 'status' | 'hang' | 'garbage' | 'empty'
> {
  readonly credentials: SessionKeys;
  /** How long the credentials of an answer live, from that answer on. */
  readonly expiresInMs?: number;
}

/** The emulator’s endpoint of an ECS task; `url` goes into `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
export interface EcsCredentials {
  readonly url: string;
  /** How many requests came so far. */
  requests(): number;
  set(changes: Partial<EcsSettings>): void;
  /** Refuses connections until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one that hands out these credentials. */
export async function startEcsCredentials(settings: EcsSettings): Promise<EcsCredentials> {
  let current = settings;
  const issue = () => ({
    ...current.credentials,
    expiresAt: now() + (current.expiresInMs ?? HOUR_MS),
  });
  // Without a lifetime, each request gets another session.
  const role = { lifetimeMs: 0, issue };
  const services = await startCredentialServices({ keys: new AccessKeys(), role });
  const set = (changes: Partial<EcsSettings>) => {
    current = { ...current, ...changes };
    const { delayMs, status, hang, garbage, empty } = current;
    services.setFaults({
      ...(delayMs !== undefined && { delayMs }),
      ...(status !== undefined && status >= 300 && { status }),
      ...(hang && { hang }),
      ...(garbage && { garbage }),
      ...(empty && { empty }),
    });
  };
  set({});
  const url = new URL(services.taskCredentialsUrl);
  const forwarder = await startForwarder(Number(url.port));
  url.port = String(forwarder.port);
  return {
    url: url.href,
    requests: () => services.requests().length,
    set,
    refuse: () => forwarder.stopListening(),
    accept: () => forwarder.listenAgain(),
    close: async () => {
      await forwarder.close();
      await services.close();
    },
  };
}

/** The emulator’s AWS STS; `url` goes into `AWS_ENDPOINT_URL_STS`. */
export interface EmulatedSts {
  readonly url: string;
  /** Moves its wall clock away from the machine's. */
  setClockOffset(offsetMs: number): void;
  /** Answers every request with this error. */
  refuseWith(code: string | undefined): void;
  close(): Promise<void>;
}

/** Starts one that knows these access keys, all of {@link CALLER}. */
export async function startSts(credentials: CredentialsById): Promise<EmulatedSts> {
  let offsetMs = 0;
  const keys = new AccessKeys();
  for (const [accessKeyId, known] of Object.entries(credentials))
    keys.add(accessKeyId, { arn: CALLER.arn, ...known });
  const services = await startCredentialServices({ keys, clock: () => Date.now() + offsetMs });
  return {
    url: `${services.origin}/`,
    setClockOffset: (next) => {
      offsetMs = next;
    },
    refuseWith: (code) => services.setFaults(code === undefined ? {} : { stsErrorCode: code }),
    close: () => services.close(),
  };
}
