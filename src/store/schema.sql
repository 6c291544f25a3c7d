-- SPDX-License-Identifier: MIT
-- The state. Integers are keys, the ids that clients see are made from them, and counts that answers show are kept in columns by
-- the change itself, so that a claim and a count cost the same with five pods and with a million.

-- One row: the counters over the whole state.
CREATE TABLE totals (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    last_pool INTEGER NOT NULL,         -- n of the newest pool-<n>
    last_pod  INTEGER NOT NULL,         -- k of the newest pod
    pools     INTEGER NOT NULL,         -- how many there are
    pods      INTEGER NOT NULL
) STRICT;

CREATE TABLE pools (
    number          INTEGER PRIMARY KEY, -- n of pool-<n>
    name            TEXT NOT NULL UNIQUE CHECK (name <> ''),
    minimum_vms     INTEGER NOT NULL,
    pods_total      INTEGER NOT NULL DEFAULT 0,
    pods_used       INTEGER NOT NULL DEFAULT 0 CHECK (pods_used BETWEEN 0 AND pods_total),
    pods_available  INTEGER NOT NULL DEFAULT 0 CHECK (pods_available BETWEEN 0 AND pods_total),
    pods_pending    INTEGER NOT NULL DEFAULT 0, -- pending and starting
    pods_failed     INTEGER NOT NULL DEFAULT 0,
    created_ms      INTEGER NOT NULL,    -- milliseconds since 1970, UTC, as every _ms
    updated_ms      INTEGER NOT NULL,
    api_key         TEXT,                -- secret
    repo_name       TEXT,
    branch_name     TEXT,
    github_pat      TEXT,                -- secret
    github_username TEXT
) STRICT;

-- The environment variables of a pool.
CREATE TABLE pool_env_vars (
    pool     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,              -- secret
    PRIMARY KEY (pool, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE pods (
    number     INTEGER PRIMARY KEY,      -- k of mock-pod-<k>
    pool       INTEGER NOT NULL,
    usage      INTEGER NOT NULL CHECK (usage IN (0, 1)),          -- enum pod_usage
    state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),    -- enum pod_state
    extras     INTEGER NOT NULL CHECK (extras >= 0),              -- how many rows it has in pod_lists
    created_ms INTEGER NOT NULL,
    since_ms   INTEGER NOT NULL,         -- when it became used, or free
    claimed_by TEXT,                     -- a workspaceId; NULL unless claimed
    room       BLOB NOT NULL,            -- what claimed_by leaves of the bytes kept for it: a claim then doesn't grow the row
    user_info  TEXT
) STRICT;

CREATE INDEX pods_of_pool ON pods (pool);
CREATE INDEX pods_available ON pods (pool) WHERE usage = 0 AND state = 2;

-- The repositories and branches of a pod, each list in its order.
CREATE TABLE pod_lists (
    pod      INTEGER NOT NULL,
    list     INTEGER NOT NULL CHECK (list IN (0, 1)),             -- 0 repositories, 1 branches
    position INTEGER NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (pod, list, position)
) STRICT, WITHOUT ROWID;
