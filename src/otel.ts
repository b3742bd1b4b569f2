export {
  registerOpenTelemetry,
  type OpenTelemetryOptions,
  type OpenTelemetryRegistration,
} from './otel/register-open-telemetry';
