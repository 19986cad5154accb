-- What of a count is counted in an earlier period, too: it was used while a clock was ahead.
ALTER TABLE used ADD COLUMN carried BIGINT NOT NULL DEFAULT 0;
CREATE INDEX used_by_start ON used (start);
-- Servers with this store, when each last said that it is there, and how often it did.
CREATE TABLE servers (
    id TEXT PRIMARY KEY,
    seen BIGINT NOT NULL,
    beats BIGINT NOT NULL
);
