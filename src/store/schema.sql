-- SPDX-License-Identifier: MIT
-- The tables of a state. Keys are integers, and the ids that clients see are made from them. Every
-- change updates the counts that answers show, so that a claim and a count cost the same with five
-- pods and with a million. Columns named _ms are milliseconds; times count from 1970, UTC.

-- One row: the counters of the whole state.
CREATE TABLE totals (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    last_pool INTEGER NOT NULL,         -- n of the newest pool-<n>
    last_pod  INTEGER NOT NULL,         -- k of the newest pod
    pools     INTEGER NOT NULL,         -- how many pools exist
    pods      INTEGER NOT NULL,         -- how many pods exist
    -- number of the newest token and of the newest session; the bound is COUNTER_MAX
    last_token   INTEGER NOT NULL CHECK (last_token < 1 << 53),
    last_session INTEGER NOT NULL CHECK (last_session < 1 << 53)
) STRICT;

CREATE TABLE pools (
    number          INTEGER PRIMARY KEY, -- n of pool-<n>
    name            TEXT NOT NULL UNIQUE CHECK (name <> ''),
    minimum_vms     INTEGER NOT NULL,
    pods_total      INTEGER NOT NULL DEFAULT 0,
    pods_used       INTEGER NOT NULL DEFAULT 0 CHECK (pods_used BETWEEN 0 AND pods_total),
    pods_available  INTEGER NOT NULL DEFAULT 0 CHECK (pods_available BETWEEN 0 AND pods_total),
    pods_pending    INTEGER NOT NULL DEFAULT 0, -- pending and starting pods
    pods_failed     INTEGER NOT NULL DEFAULT 0,
    first_pod       INTEGER NOT NULL,    -- number of the first pod that the pool was made with
    first_pods      INTEGER NOT NULL,    -- how many pods the pool was made with
    created_ms      INTEGER NOT NULL,
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
    room       BLOB NOT NULL,            -- padding beside claimed_by: a claim does not grow the row
    user_info  TEXT,
    goose_ms   INTEGER,                  -- when Goose was started in it; NULL: never
    due_ms     INTEGER,                  -- when its state changes or its lease ends; NULL: never
    starting_ms INTEGER NOT NULL,        -- how long it will be starting, if its states go by time
    looks      INTEGER NOT NULL,         -- looks until it runs; 0: looks do not count
    doomed     INTEGER NOT NULL CHECK (doomed IN (0, 1)) -- 1: it fails instead of running
) STRICT;

CREATE INDEX pods_of_pool ON pods (pool);
CREATE INDEX pods_available ON pods (pool) WHERE usage = 0 AND state = 2;
CREATE INDEX pods_due ON pods (due_ms) WHERE due_ms IS NOT NULL;

-- The lists of pools and pods. store/list.def names them and tells what name, value and position
-- hold.
CREATE TABLE lists (
    list     INTEGER NOT NULL,           -- enum list
    owner    INTEGER NOT NULL,           -- the number of the pool or pod
    position INTEGER NOT NULL,
    name     TEXT,
    value    TEXT NOT NULL,              -- of an environment variable: secret
    PRIMARY KEY (list, owner, position)
) STRICT, WITHOUT ROWID;

-- Finds the apiKeys of pools: a client may use one as its token.
CREATE INDEX api_keys ON lists (value) WHERE list = 6 AND position = 0;

-- The settings of pools. A pool's own row wins, then the row of pool '', then the default of
-- model/settings.def.
CREATE TABLE settings (
    pool    TEXT NOT NULL,               -- a pool's name; the pool need not exist. '': all pools
    setting INTEGER NOT NULL,            -- enum setting
    value   INTEGER NOT NULL,
    PRIMARY KEY (pool, setting)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    username      TEXT PRIMARY KEY CHECK (username <> ''),
    registered    INTEGER NOT NULL CHECK (registered IN (0, 1)), -- 0: the user has only logged in
    password      TEXT NOT NULL,         -- secret; '' unless registered
    email         TEXT,
    token         TEXT NOT NULL UNIQUE,  -- secret
    created_ms    INTEGER NOT NULL,
    last_login_ms INTEGER                -- NULL before the first login
) STRICT, WITHOUT ROWID;

-- The script of Goose: the first row whose pattern matches a prompt is the reply.
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

-- One row: the settings of the clock. No row: it goes with real time.
CREATE TABLE clock (
    only         INTEGER PRIMARY KEY CHECK (only = 1),
    frozen       INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    frozen_at_ms INTEGER NOT NULL,       -- its time while it is frozen
    ahead_ms     INTEGER NOT NULL        -- how far it is ahead of real time otherwise
) STRICT;

-- List 3 is POD_SESSIONS, a position in it a session's number: no two sessions share one.
CREATE UNIQUE INDEX sessions ON lists (position) WHERE list = 3;

-- Since version 3

-- The number of each repository's newest pull request. They count from 1.
CREATE TABLE pull_requests (
    number     INTEGER PRIMARY KEY,      -- in the order of their first pull requests
    repository TEXT NOT NULL UNIQUE CHECK (repository <> ''), -- owner/repo
    newest     INTEGER NOT NULL CHECK (newest BETWEEN 1 AND 9007199254740991)
) STRICT;

-- Since version 4

-- One row: Goose's WebSocket is silent about unknown sessions. No row: it is not.
CREATE TABLE strict_goose (only INTEGER PRIMARY KEY CHECK (only = 1)) STRICT;
