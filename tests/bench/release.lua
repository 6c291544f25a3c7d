-- SPDX-License-Identifier: MIT
-- For wrk: releases the pods 1, 2, 3, … of the first pool, each once, with a body of `{}`. The URL is that of a claim.

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("first", threads)
end

local base
local headers = { ["Content-Type"] = "application/json" }

function init()
    base = wrk.path:match("^(.*)/pools/")
end

-- No pod has a number with these digits, which are ports of pods (src/model/pod.h).
local function has_port(number)
    local digits = tostring(number)
    return digits:find("15551") or digits:find("15552")
end

-- Each of the two threads takes every second number.
function request()
    while has_port(first) do
        first = first + 2
    end
    local pod = first
    first = first + 2
    return wrk.format("POST", base .. "/workspaces/pod-pool-1-" .. pod .. "/release", headers, "{}")
end
