-- SPDX-License-Identifier: MIT
-- The state. Integers are keys, the ids that clients see are made from them, and counts that answers show are kept in columns by
-- the change itself, so that a claim and a count cost the same with five pods and with a million.

-- One row: the counters over the whole state.
CREATE TABLE totals (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    last_pool INTEGER NOT NULL,         -- n of the newest pool-<n>
    last_pod  INTEGER NOT NULL,         -- k of the newest pod
    pools     INTEGER NOT NULL,         -- how many there are
    pods      INTEGER NOT NULL,
    last_token   INTEGER NOT NULL CHECK (last_token < 1 << 53),    -- of the newest token; model/counters.h says why so far
    last_session INTEGER NOT NULL CHECK (last_session < 1 << 53)   -- of the newest session
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
    first_pod       INTEGER NOT NULL,    -- number of the first pod it was made with, if it was made with any
    first_pods      INTEGER NOT NULL,    -- how many it was made with
    created_ms      INTEGER NOT NULL,    -- milliseconds since 1970, UTC, as every _ms
    updated_ms      INTEGER NOT NULL
) STRICT;

CREATE TABLE pods (
    number     INTEGER PRIMARY KEY,      -- k of mock-pod-<k>
    pool       INTEGER NOT NULL,
    usage      INTEGER NOT NULL CHECK (usage IN (0, 1)),          -- enum pod_usage
    state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),    -- enum pod_state
    extras     INTEGER NOT NULL CHECK (extras IN (0, 1)),         -- 1: it has rows in lists
    created_ms INTEGER NOT NULL,
    since_ms   INTEGER NOT NULL,         -- when it became used, or free
    claimed_by TEXT,                     -- a workspaceId; NULL unless claimed
    room       BLOB NOT NULL,            -- what claimed_by leaves of the bytes kept for it: a claim then doesn't grow the row
    user_info  TEXT,
    goose_ms   INTEGER,                  -- when Goose was started in it; NULL: it was not
    due_ms     INTEGER,                  -- when it goes on to its next state, or, running, its claim ends; NULL: nothing is due
    starting_ms INTEGER NOT NULL,        -- how long it will be starting, where its states go by time
    looks      INTEGER NOT NULL,         -- looks at it until it runs; 0: its states do not go by looks
    doomed     INTEGER NOT NULL CHECK (doomed IN (0, 1)) -- 1: it fails where another one runs
) STRICT;

CREATE INDEX pods_of_pool ON pods (pool);
CREATE INDEX pods_available ON pods (pool) WHERE usage = 0 AND state = 2;
CREATE INDEX pods_due ON pods (due_ms) WHERE due_ms IS NOT NULL;

-- What pools and pods have any number of: each list in its order (store/list.def says whose it is).
CREATE TABLE lists (
    list     INTEGER NOT NULL,           -- enum list
    owner    INTEGER NOT NULL,           -- the number of the pool or pod
    position INTEGER NOT NULL,
    name     TEXT,                       -- of an environment variable
    value    TEXT NOT NULL,              -- of one: a secret
    PRIMARY KEY (list, owner, position)
) STRICT, WITHOUT ROWID;

-- Finds the pool keys that a token may be.
CREATE INDEX api_keys ON lists (value) WHERE list = 6 AND position = 0;

-- What test control has said of pools. A setting that has no row is as the row of pool '' says, or as in model/settings.def.
CREATE TABLE settings (
    pool    TEXT NOT NULL,               -- a name, of a pool that need not be there yet; '': all pools
    setting INTEGER NOT NULL,            -- enum setting
    value   INTEGER NOT NULL,
    PRIMARY KEY (pool, setting)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    username      TEXT PRIMARY KEY CHECK (username <> ''),
    registered    INTEGER NOT NULL CHECK (registered IN (0, 1)), -- 0: has only logged in
    password      TEXT NOT NULL,         -- secret; '' unless registered
    email         TEXT,
    token         TEXT NOT NULL UNIQUE,  -- secret
    created_ms    INTEGER NOT NULL,
    last_login_ms INTEGER                -- NULL before the first
) STRICT, WITHOUT ROWID;

-- The script of Goose: the first that fits a prompt is the reply.
CREATE TABLE replies (
    position INTEGER PRIMARY KEY,
    pattern  TEXT NOT NULL,
    text     TEXT,                       -- NULL: the usual echo
    pieces   INTEGER NOT NULL CHECK (pieces > 0),
    delay_ms INTEGER NOT NULL CHECK (delay_ms >= 0),
    error    TEXT
) STRICT;

CREATE TABLE reply_tool_calls (
    reply    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    input    TEXT NOT NULL,              -- JSON
    output   TEXT NOT NULL,              -- JSON
    PRIMARY KEY (reply, position)
) STRICT, WITHOUT ROWID;

-- Since version 2

-- One row: what test control has made of the clock. None: it goes with real time.
CREATE TABLE clock (
    only         INTEGER PRIMARY KEY CHECK (only = 1),
    frozen       INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    frozen_at_ms INTEGER NOT NULL,       -- what it shows while it stands
    ahead_ms     INTEGER NOT NULL        -- of real time, while it goes
) STRICT;

-- A session's position is its number, of which its token is made.
CREATE UNIQUE INDEX sessions ON lists (position) WHERE list = 3;

-- Since version 3

-- How many pull requests each repository has had.
CREATE TABLE pull_requests (
    number     INTEGER PRIMARY KEY,      -- in the order of their first pull requests
    repository TEXT NOT NULL UNIQUE CHECK (repository <> ''), -- owner/repo
    newest     INTEGER NOT NULL CHECK (newest BETWEEN 1 AND 9007199254740991)
) STRICT;
