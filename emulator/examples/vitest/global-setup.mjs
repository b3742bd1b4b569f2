import { startEmulator } from 'rds-iam-emulator';

export default async function setup() {
  const emulator = await startEmulator({
    backend: process.env.BACKEND_URL, // postgres://postgres:password@127.0.0.1:5432/app
    users: ['app_user'],
    limit: 20,
  });
  Object.assign(process.env, emulator.env);
  return () => emulator.close();
}
