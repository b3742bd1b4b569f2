import { SpanKind, SpanStatusCode, type Span, type Tracer } from '@opentelemetry/api';
import type { LoginContext } from '../login/login-trace';
import { errorTypeOf, poolName, PREFIX, targetAttributes } from './attributes';

/** Returns the functions that begin and end the span of a login. */
export function createSpans(tracer: Tracer) {
  const spans = new WeakMap<LoginContext, Span>();
  return {
    begun: (login: LoginContext) => {
      const attributes = { ...targetAttributes(login), 'cloud.region': login.endpoint.region };
      const options = { kind: SpanKind.CLIENT, attributes };
      spans.set(login, tracer.startSpan(`login ${poolName(login)}`, options));
    },
    ended: (login: LoginContext) => {
      const span = spans.get(login);
      if (span === undefined) return;
      span.setAttributes({
        ...errorTypeOf(login.error),
        [`${PREFIX}.outcome`]: login.outcome,
        [`${PREFIX}.credentials_wait`]: login.credentialsWaitMs / 1_000,
        [`${PREFIX}.backoff_wait`]: login.backoffWaitMs / 1_000,
        [`${PREFIX}.slot_wait`]: login.slotWaitMs / 1_000,
        [`${PREFIX}.signing`]: login.signingMs / 1_000,
        [`${PREFIX}.login`]: login.loginMs / 1_000,
      });
      // No message and no exception: both may name the user.
      if (login.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
