/** How long RDS takes a token: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html. */
const TOKEN_LIFETIME_MS = 900_000;
/** What a reused token, and the credentials that signed it, must have left: for the login, and for a database whose clock is ahead. */
export const REUSE_MARGIN_MS = 60_000;
/** The age at which no token is reused any more. */
export const MAX_REUSE_MS = TOKEN_LIFETIME_MS - REUSE_MARGIN_MS;
