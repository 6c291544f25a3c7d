-- SPDX-License-Identifier: MIT
-- For wrk: claims pods, and releases each before it claims another, so a client never holds more than one. The URL is that of a claim.

local base, claim
local claimed = {}
local awaited = 0 -- unanswered claims: a release that is answered like a claim (by the constant) is then not mistaken for one

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
