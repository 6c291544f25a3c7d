# SPDX-License-Identifier: MIT
# Varnish 7 in front of the nginx that has the project's files. docs/front-ends.md says what Varnish can't do.
vcl 4.1;

backend nginx {
    .host = "127.0.0.1";
    .port = "8081";
    .first_byte_timeout = 5m;
    .between_bytes_timeout = 5m;
}

# A request for a WebSocket becomes a pipe. Nothing else is looked up in the cache: a cached claim would give one pod to two clients,
# and a HEAD would claim a pod, because Varnish asks with GET to fill its cache.
sub vcl_recv {
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    return (pass);
}

sub vcl_pipe {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = "upgrade";
}

# Without this Varnish sends a request again if a kept connection breaks: a claim whose connection a fault rule closes would be made twice.
sub vcl_backend_fetch {
    set bereq.http.Connection = "close";
}
