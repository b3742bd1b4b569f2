import { endIdleProcesses, keepIdleProcesses } from './emulator-processes';

// Before the file's own hooks: an emulator that those close ends with its process.
keepIdleProcesses();
afterAll(endIdleProcesses);
