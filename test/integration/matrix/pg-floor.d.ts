declare module 'pg-floor' {
  export * from 'pg';
}
