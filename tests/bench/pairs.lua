-- SPDX-License-Identifier: MIT
-- For wrk: claims pods, and releases each pod it has claimed before it claims another: at no time does a client hold more than one. The
-- URL is a claim's.

local base, claim
local claimed = {}
local awaited = 0 -- claims that are not answered yet; whoever answers a release like a claim, as the constant does, is not misread

function init()
    base = wrk.path:match("^(.*)/pools/")
    claim = wrk.format("GET")
end

function request()
    local pod = table.remove(claimed)
    if pod then
        return wrk.format("POST", base .. "/workspaces/" .. pod .. "/release")
    end
    awaited = awaited + 1
    return claim
end

function response(status, headers, body)
    local pod = body:match('^{"success":true,"workspace":{"id":"([^"]+)"')
    if pod and awaited > 0 then
        awaited = awaited - 1
        table.insert(claimed, pod)
    end
end
