-- Who may open sessions, and what they used. For SQLite and PostgreSQL alike; times are seconds since 1970, in UTC.
CREATE TABLE tickets (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    budget TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    revoked BIGINT
);
-- One row for each account, unit and period that something was used in.
CREATE TABLE used (
    account TEXT NOT NULL,
    unit TEXT NOT NULL,
    seconds BIGINT NOT NULL,
    start BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (account, unit, seconds, start)
);
-- Open sessions of accounts that may have so many at once. A row that was not renewed counts until its time is over.
CREATE TABLE seats (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    server TEXT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX seats_of_account ON seats (account);
