-- SPDX-License-Identifier: MIT
-- For wrk: claims pods of many tenants in turns, and releases each before it claims another. The URL is that of a claim; the argument is
-- the number of tenants, t0 to tN.

local base, pool
local tenants
local turn = 0
local claimed = {}

function init(args)
    tenants = tonumber(args[1])
    base, pool = wrk.path:match("^(.*)(/pools/.*)$")
end

function request()
    local release = table.remove(claimed)
    if release then
        return wrk.format("POST", base .. release)
    end
    turn = (turn + 1) % tenants
    return wrk.format("GET", base .. "/~t" .. turn .. pool)
end

function response(status, headers, body)
    local pod, tenant = body:match('^{"success":true,"workspace":{"id":"([^"]+)".-"subdomain":"[^"]-%-%-(t%d+)"')
    if pod then
        table.insert(claimed, "/~" .. tenant .. "/workspaces/" .. pod .. "/release")
    end
end
