export type {
  PossibleCause,
  CheckId,
  CheckResult,
  CheckStatus,
  DoctorReport,
} from './doctor/report';
export { runDoctor, type DoctorOptions } from './doctor/run-doctor';
