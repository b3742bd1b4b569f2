import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { stripVTControlCharacters } from 'node:util';
import type { DriverConfig } from '../dialects/dialect';
import { problemOf } from '../errors';
import { explainError } from '../explanations/explain-error';
import type { ConnectionConfig } from '../sequelize/instance';
import type { ConnectTarget, Endpoint } from '../endpoint/endpoint';
import type { Application } from '../application/application';
import type { PossibleCause, CheckId, CheckStatus } from './report';
import type { StsReply } from './sts';

/** The result of one check, without its id and host. */
export interface Finding {
  readonly status: CheckStatus;
  readonly summary: string;
  readonly fix?: string;
  readonly possibleCauses?: readonly PossibleCause[];
}

/** One host of the configuration. Checks store here what later checks use. */
export interface Host {
  readonly name: string;
  readonly config: ConnectionConfig;
  readonly driverConfig: DriverConfig;
  readonly connectTarget: ConnectTarget;
  endpoint?: Endpoint;
  /** Why there is no endpoint. */
  endpointError?: unknown;
  socket?: Socket;
  secure?: TLSSocket;
}

/** What the checks share. */
export interface DoctorContext {
  readonly application: Application;
  readonly hosts: readonly Host[];
  /** The one request to AWS STS, for the identity and the time. */
  sts?: Promise<StsReply>;
  /** Whether AWS STS has confirmed the credentials. */
  isIdentityKnown?: boolean;
  readonly statusOf: (id: CheckId, host?: Host) => CheckStatus | undefined;
}

interface Needs {
  readonly id: CheckId;
  /** This check is skipped if one of these failed or was skipped. */
  readonly needs: readonly CheckId[];
}

/** A check that runs once, or once for each host. */
export type Check =
  | (Needs & { readonly run: (context: DoctorContext) => Promise<Finding> | Finding })
  | (Needs & {
      readonly runForHost: (host: Host, context: DoctorContext) => Promise<Finding> | Finding;
    });

export function pass(summary: string): Finding {
  return { status: 'pass', summary };
}

export function skip(summary: string): Finding {
  return { status: 'skip', summary };
}

export function warn(summary: string, fix: string): Finding {
  return { status: 'warn', summary, fix };
}

export function fail(summary: string, fix: string): Finding {
  return { status: 'fail', summary, fix };
}

/** A failure with the first line of the error's message: messages of Sequelize 7 have colors and many lines. */
export function failWith(error: unknown): Finding {
  const [firstLine = ''] = stripVTControlCharacters(problemOf(error)).split('\n');
  return fail(firstLine, fixFor(error));
}

/** The fix for an error, unless it is to run the doctor. */
export function fixFor(error: unknown): string {
  const { fix } = explainError(error);
  if (fix.includes('sequelize-rds-iam doctor')) return 'Read the message and its cause';
  return `${fix.charAt(0).toUpperCase()}${fix.slice(1)}`;
}

/** The Region whose STS is asked: the first host's. */
export function regionOf({ hosts }: DoctorContext): string | undefined {
  return hosts.find(({ endpoint }) => endpoint !== undefined)?.endpoint?.region;
}
