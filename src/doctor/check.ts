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

/** What one check found. */
export interface Finding {
  readonly status: CheckStatus;
  readonly summary: string;
  readonly fix?: string;
  readonly possibleCauses?: readonly PossibleCause[];
}

/** One host of the configuration. What a check finds out about it serves the checks that need that one. */
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
  /** Asked once, for the identity and for the time. */
  sts?: Promise<StsReply>;
  /** STS knows whose the credentials are. */
  isIdentityKnown?: boolean;
  readonly statusOf: (id: CheckId, host?: Host) => CheckStatus | undefined;
}

interface Needs {
  readonly id: CheckId;
  /** Checks that must not have failed or been skipped before this one runs. */
  readonly needs: readonly CheckId[];
}

/** A check that runs once, or one that runs for each host. */
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

/** A failure in the error's own words. Sequelize 7 colours its words, and goes on for pages. */
export function failWith(error: unknown): Finding {
  const [firstLine = ''] = stripVTControlCharacters(problemOf(error)).split('\n');
  return fail(firstLine, fixFor(error));
}

/** The remedy of the error itself, or of the table; but not to run the doctor. */
export function fixFor(error: unknown): string {
  const { fix } = explainError(error);
  if (fix.includes('sequelize-rds-iam doctor')) return 'Read the message and its cause';
  return `${fix.charAt(0).toUpperCase()}${fix.slice(1)}`;
}

/** The Region to ask STS in: the first host's. */
export function regionOf({ hosts }: DoctorContext): string | undefined {
  return hosts.find(({ endpoint }) => endpoint !== undefined)?.endpoint?.region;
}
