//! Which server block takes a request, and where it passes it on: nginx's own rules, without nginx.

use std::net::{IpAddr, SocketAddr};

use super::expression::may_fit;
use super::parse::Directive;

/// The server block of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site<'a> {
    /// It has the name.
    Named(&'a Directive),
    /// None has it, and this one takes what no other takes.
    Default(&'a Directive),
    /// One has it, but not at this port.
    AtAnotherPort(&'a Directive),
    /// Nothing listens at this port.
    None,
}

/// The location that takes a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken<'a> {
    /// This one, and no regular expression is asked any more.
    Exactly(&'a Directive),
    /// This one, unless a regular expression of a block around it fits.
    ByBegin(&'a Directive),
    /// Perhaps this one, by a regular expression, which nobody here tries.
    Perhaps(&'a Directive),
    Nobody,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// To these addresses: `127.0.0.1:8080`.
    To(Vec<String>),
    /// nginx answers itself: `return 301 …`, `deny all`, or files.
    Itself(String),
    /// What it says depends on the request.
    Unclear(String),
}

/// The server blocks, in the order in which nginx reads them.
pub(super) fn servers(directives: &[Directive]) -> Vec<&Directive> {
    let http = directives.iter().filter(|directive| directive.name() == "http");
    http.flat_map(|http| http.all("server")).collect()
}

/// The server block that takes `name` at `port`.
pub(super) fn find<'a>(servers: &[&'a Directive], name: &str, port: u16) -> Site<'a> {
    let here: Vec<&Directive> =
        servers.iter().copied().filter(|server| listens(server, port)).collect();
    let best = |among: &[&'a Directive]| {
        // Of equals the first one counts; `max_by_key` takes the last.
        let ranked = among.iter().rev().filter_map(|server| Some((rank(server, name)?, *server)));
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, server)| server)
    };
    if let Some(server) = best(&here) {
        return Site::Named(server);
    }
    if let Some(server) = best(servers) {
        return Site::AtAnotherPort(server);
    }
    let is_default = |server: &&&Directive| {
        server.all("listen").any(|listen| {
            listen.words.iter().any(|word| word == "default_server" || word == "default")
        })
    };
    match here.iter().find(is_default).or(here.first()) {
        Some(server) => Site::Default(server),
        None => Site::None,
    }
}

/// Whether a server block listens at a port. One without `listen` listens at 80.
fn listens(server: &Directive, port: u16) -> bool {
    let mut all = server.all("listen").peekable();
    if all.peek().is_none() {
        return port == 80;
    }
    all.any(|listen| listen.words.get(1).and_then(|at| port_of(at)) == Some(port))
}

/// The port of `443`, `*:443`, `[::]:443`, `192.0.2.1:443`, `192.0.2.1`; none of `unix:/run/x`.
fn port_of(at: &str) -> Option<u16> {
    if at.starts_with("unix:") {
        return None;
    }
    if let Ok(port) = at.parse() {
        return Some(port);
    }
    let behind_bracket = at.rsplit_once(']').map_or(at, |(_, behind)| behind);
    match behind_bracket.rsplit_once(':') {
        Some((_, port)) => port.parse().ok(),
        None => Some(80),
    }
}

/// How well a server block fits a name: exactly, by `*.` (the longer the better), by `.*`.
///
/// # Source
///
/// nginx.org, "Server names". Regular expressions come last there, and are not tried here.
fn rank(server: &Directive, name: &str) -> Option<(u8, usize)> {
    let names = server.all("server_name").flat_map(Directive::arguments);
    names.filter_map(|pattern| rank_of(&pattern.to_ascii_lowercase(), name)).max()
}

fn rank_of(pattern: &str, name: &str) -> Option<(u8, usize)> {
    let fits_end = |end: &str| {
        name.strip_suffix(end).is_some_and(|before| before.ends_with('.') && before.len() > 1)
    };
    if pattern == name || pattern.strip_prefix('.') == Some(name) {
        Some((3, pattern.len()))
    } else if let Some(end) = pattern.strip_prefix("*.").or(pattern.strip_prefix('.')) {
        fits_end(end).then_some((2, end.len()))
    } else {
        let begin = pattern.strip_suffix(".*")?;
        let rest = name.strip_prefix(begin)?;
        (rest.len() > 1 && rest.starts_with('.')).then_some((1, begin.len()))
    }
}

/// Where `path` goes from a server block.
pub(super) fn route(server: &Directive, path: &str, directives: &[Directive]) -> Route {
    let location = match find_location(server, path) {
        Taken::Exactly(location) | Taken::ByBegin(location) => Some(location),
        Taken::Perhaps(location) => {
            return if begins_with_answer(server) {
                route_of(server, None, directives)
            } else {
                unclear(location, "is a regular expression")
            };
        }
        Taken::Nobody => None,
    };
    match route_of(server, location, directives) {
        // Its own pages of errors may be somebody else's: `error_page 404 = @core`.
        Route::Itself(answer) => match find_error_page(server, location, directives) {
            Some(page) => unclear(page, "may lead on"),
            None => Route::Itself(answer),
        },
        route => route,
    }
}

/// Where a request goes whose location is known.
fn route_of(server: &Directive, location: Option<&Directive>, directives: &[Directive]) -> Route {
    if let Some(route) = own_answer(server) {
        return route;
    }
    let Some(location) = location else {
        return Route::Itself("there is no location for it".to_owned());
    };
    if let Some(route) = own_answer(location) {
        return route;
    }
    if let Some(files) = location.all("try_files").next() {
        return unclear(files, "depends on files");
    }
    let Some(pass) = location.all("proxy_pass").next() else {
        let refused = location.all("deny").any(|deny| deny.arguments() == ["all"]);
        let why = if refused { "deny all" } else { "files of its own" };
        return Route::Itself(format!("{why} in location {}", location.arguments().join(" ")));
    };
    let target = pass.words.get(1).map(String::as_str).unwrap_or_default();
    let target = filled(target, &[location, server]);
    if target.contains('$') {
        return Route::Unclear(format!("proxy_pass {target} depends on the request"));
    }
    Route::To(addresses(&target, directives))
}

/// `return` and `rewrite` stand before everything else, in their order.
fn own_answer(block: &Directive) -> Option<Route> {
    let first = block.inner().iter().find(|each| matches!(each.name(), "return" | "rewrite"))?;
    Some(match first.name() {
        "return" => Route::Itself(first.words.join(" ")),
        _ => unclear(first, "depends on the request"),
    })
}

fn begins_with_answer(server: &Directive) -> bool {
    matches!(own_answer(server), Some(Route::Itself(_)))
}

/// `error_page` for what a client asks wrongly, in the innermost block that has any: those inherit
/// nothing.
fn find_error_page<'a>(
    server: &'a Directive,
    location: Option<&'a Directive>,
    directives: &'a [Directive],
) -> Option<&'a Directive> {
    let http = directives.iter().find(|directive| directive.name() == "http");
    let blocks = [location, Some(server), http].into_iter().flatten();
    let pages = |block: &'a Directive| block.all("error_page").collect::<Vec<_>>();
    let mut nearest = blocks.map(pages).find(|pages| !pages.is_empty())?.into_iter();
    nearest.find(|page| page.arguments().iter().any(|word| matches!(word.as_str(), "403" | "404")))
}

/// `try_files $uri @core (/etc/nginx/sites-enabled/shop:7) depends on files`.
fn unclear(directive: &Directive, why: &str) -> Route {
    let Directive { words, file, line, .. } = directive;
    Route::Unclear(format!("{} ({file}:{line}) {why}", words.join(" ")))
}

/// The location that takes `path`.
///
/// # Source
///
/// nginx.org, `location`: an exact one, else the longest that the path begins with, unless a regular
/// expression fits; `^~` before it forbids to ask those.
fn find_location<'a>(block: &'a Directive, path: &str) -> Taken<'a> {
    let fit = |location: &&Directive| match location.arguments() {
        [sign, exact] if sign == "=" => (exact == path).then_some(usize::MAX),
        [sign, begin] if sign == "^~" => path.starts_with(begin.as_str()).then_some(begin.len()),
        [begin] if !begin.starts_with('@') => {
            path.starts_with(begin.as_str()).then_some(begin.len())
        }
        _ => None,
    };
    let fitting = block.all("location").filter(|location| fit(location).is_some());
    let best = fitting.max_by_key(|location| fit(location));
    let sign = best.map_or("", |best| best.words[1].as_str());
    let taken = match best {
        None => Taken::Nobody,
        Some(best) if sign == "=" => return Taken::Exactly(best),
        // A location may have locations of its own.
        Some(best) => match find_location(best, path) {
            Taken::Nobody => Taken::ByBegin(best),
            Taken::ByBegin(inner) => Taken::ByBegin(inner),
            decided => return decided,
        },
    };
    let mut expressions = block.all("location").filter(|location| may_fit(location, path));
    match expressions.next() {
        Some(expression) if sign != "^~" => Taken::Perhaps(expression),
        _ => taken,
    }
}

/// How many locations of a server block are regular expressions, which nobody here tries.
pub(super) fn count_expressions(server: &Directive) -> usize {
    let is_expression =
        |location: &&Directive| location.words.get(1).is_some_and(|sign| sign.starts_with('~'));
    server.all("location").filter(is_expression).count()
}

/// `target` with what `set` says of its variables.
fn filled(target: &str, blocks: &[&Directive]) -> String {
    let mut target = target.to_owned();
    for set in blocks.iter().flat_map(|block| block.all("set")) {
        if let [name, value] = set.arguments() {
            let bare = name.trim_start_matches('$');
            target = target.replace(&format!("${{{bare}}}"), value).replace(name, value);
        }
    }
    target
}

/// The addresses of `http://127.0.0.1:8080/`, or of the servers of an `upstream`.
fn addresses(target: &str, directives: &[Directive]) -> Vec<String> {
    let (scheme, rest) = target.split_once("://").unwrap_or(("http", target));
    if rest.starts_with("unix:") {
        return vec![rest.to_owned()];
    }
    let host = rest.split('/').next().unwrap_or_default();
    let http = directives.iter().filter(|directive| directive.name() == "http");
    let mut upstreams = http.flat_map(|http| http.all("upstream"));
    if let Some(upstream) = upstreams.find(|upstream| upstream.arguments() == [host]) {
        let servers = upstream.all("server").filter_map(|server| server.words.get(1));
        return servers.map(|at| with_port(at, 80)).collect();
    }
    vec![with_port(host, if scheme == "https" { 443 } else { 80 })]
}

fn with_port(host: &str, port: u16) -> String {
    let behind_bracket = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
    let has_one = host.starts_with("unix:") || behind_bracket.contains(':');
    if has_one { host.to_owned() } else { format!("{host}:{port}") }
}

/// Whether a core at `listen` is reached at `address`.
pub(super) fn is_core(address: &str, listen: SocketAddr) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    if port.parse() != Ok(listen.port()) {
        return false;
    }
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => {
            let is_all = listen.ip().is_unspecified();
            ip == listen.ip() || (is_all && (listen.is_ipv6() || ip.is_ipv4()))
        }
        Err(_) => {
            host == "localhost" && (listen.ip().is_loopback() || listen.ip().is_unspecified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    /// The site that the bot's installer writes, C13, beside the default of Debian.
    const INSTALLED: &str = "
        http {
            upstream core { server 127.0.0.1:8080 max_fails=0; keepalive 8; }
            server { listen 80 default_server; server_name _; root /var/www/html; }
            server { listen 80; server_name paytest.example.net; return 301 https://$host$request_uri; }
            server {
                listen 443 ssl http2; listen [::]:443 ssl http2;
                server_name paytest.example.net;
                location / { proxy_pass http://127.0.0.1:8080; }
                location /static/ { root /srv; }
                location ~ \\.php$ { deny all; }
            }
            server { listen 443 ssl; server_name .example.org *.deep.example.org; location / { proxy_pass http://core/; } }
        }";

    fn directives() -> Vec<Directive> {
        parse(INSTALLED, "f").unwrap()
    }

    fn line(site: Site<'_>) -> (&'static str, usize) {
        match site {
            Site::Named(server) => ("named", server.line),
            Site::Default(server) => ("default", server.line),
            Site::AtAnotherPort(server) => ("another port", server.line),
            Site::None => ("none", 0),
        }
    }

    #[test]
    fn a_server_is_found_by_name_and_port() {
        let directives = directives();
        let servers = servers(&directives);
        let check = |name: &str, port, expected| {
            assert_eq!(line(find(&servers, name, port)), expected, "{name}:{port}");
        };
        check("paytest.example.net", 443, ("named", 6));
        check("paytest.example.net", 80, ("named", 5));
        check("paytest.example.net", 8443, ("another port", 5));
        check("example.org", 443, ("named", 13));
        check("a.b.example.org", 443, ("named", 13));
        check("badexample.org", 443, ("default", 6));
        check("other.example", 80, ("default", 4));
        check("other.example", 8443, ("none", 0));
    }

    #[test]
    fn names_fit_as_nginx_fits_them() {
        let check = |pattern: &str, name: &str, expected: bool| {
            assert_eq!(rank_of(pattern, name).is_some(), expected, "{pattern} {name}");
        };
        check("a.example", "a.example", true);
        check("*.example", "a.example", true);
        check("*.example", "example", false);
        check(".example", "example", true);
        check("www.a.*", "www.a.net", true);
        check("www.a.*", "www.a.", false);
        check("_", "a.example", false);
        check("~^a", "a.example", false);
        check("", "a.example", false);
        assert!(rank_of("a.example", "a.example") > rank_of("*.example", "a.example"));
    }

    #[test]
    fn ports_are_read_off_every_form_of_listen() {
        let check = |at: &str, expected| assert_eq!(port_of(at), expected, "{at}");
        check("443", Some(443));
        check("*:8443", Some(8443));
        check("192.0.2.1", Some(80));
        check("192.0.2.1:443", Some(443));
        check("[::]:443", Some(443));
        check("[2001:db8::1]", Some(80));
        check("unix:/run/nginx.sock", None);
    }

    #[test]
    fn a_request_goes_where_its_location_says() {
        let directives = directives();
        let check = |name: &str, port, path: &str, expected: Route| {
            let servers = servers(&directives);
            let (Site::Named(server) | Site::Default(server)) = find(&servers, name, port) else {
                panic!("{name}")
            };
            assert_eq!(route(server, path, &directives), expected, "{name}{path}");
        };
        let core = || Route::To(vec!["127.0.0.1:8080".to_owned()]);
        let itself = |text: &str| Route::Itself(text.to_owned());
        check("paytest.example.net", 443, "/sub/x", core());
        check("x.example.org", 443, "/sub/x", core());
        check(
            "paytest.example.net",
            443,
            "/static/x",
            itself("files of its own in location /static/"),
        );
        check("paytest.example.net", 80, "/sub/x", itself("return 301 https://$host$request_uri"));
        check("other", 80, "/sub/x", itself("there is no location for it"));
    }

    #[test]
    fn of_locations_the_longest_counts_and_variables_are_filled_in() {
        let check = |block: &str, path: &str, expected: &str| {
            let server = parse(&format!("server {{ {block} }}"), "f").unwrap();
            let route = match route(&server[0], path, &[]) {
                Route::To(addresses) => addresses.join(" "),
                Route::Itself(text) | Route::Unclear(text) => text,
            };
            assert_eq!(route, expected, "{block}");
        };
        let two = "location / { proxy_pass http://a; } location /sub { proxy_pass https://b; }";
        check(two, "/sub/x", "b:443");
        check(two, "/admin", "a:80");
        let exact = "location = /sub { return 404; } location ^~ /su { proxy_pass http://c:1; }";
        check(exact, "/sub", "return 404");
        check(exact, "/sub/x", "c:1");
        check("set $up http://[::1]:8080; location / { proxy_pass $up; }", "/", "[::1]:8080");
        check(
            "location / { proxy_pass http://$host; }",
            "/",
            "proxy_pass http://$host depends on the request",
        );
        check("location / { proxy_pass http://unix:/run/c.sock; }", "/", "unix:/run/c.sock");
        check(
            "location /admin { allow 127.0.0.1; deny all; }",
            "/admin/x",
            "deny all in location /admin",
        );
        check("location / { location /sub { proxy_pass http://d; } }", "/sub", "d:80");
    }

    #[test]
    fn what_nobody_here_tries_is_unclear_and_named_with_its_line() {
        let check = |block: &str, expected: &str| {
            let server = parse(&format!("server {{ {block} }}"), "f").unwrap();
            let route = match route(&server[0], "/sub/x", &[]) {
                Route::To(addresses) => addresses.join(" "),
                Route::Itself(text) | Route::Unclear(text) => text,
            };
            assert_eq!(route, expected, "{block}");
        };
        let both = "location ~ ^/(sub|admin)/ { proxy_pass http://a; }\nlocation / { return 404; }";
        check(both, "location ~ ^/(sub|admin)/ (f:1) is a regular expression");
        check(
            "location / { try_files $uri @core; } location @core { proxy_pass http://a; }",
            "try_files $uri @core (f:1) depends on files",
        );
        check("rewrite ^ /x last; location / { proxy_pass http://a; }", {
            "rewrite ^ /x last (f:1) depends on the request"
        });
        check(
            "error_page 404 = @core; location / { root /srv; } location @core { proxy_pass http://a; }",
            "error_page 404 = @core (f:1) may lead on",
        );
        // What cannot fit, may not be asked, or does not matter, is no doubt.
        let core = "location / { proxy_pass http://a; }";
        check(&format!("{core} location ~ \\.php$ {{ deny all; }}"), "a:80");
        check(&format!("{core} location ~* /\\.(?!well-known) {{ deny all; }}"), "a:80");
        check(&format!("{core} location ~ ^/x|\\.php$ {{ deny all; }}"), {
            "location ~ ^/x|\\.php$ (f:1) is a regular expression"
        });
        check("location ^~ /sub { proxy_pass http://a; } location ~ . { deny all; }", "a:80");
        check("location = /sub/x { proxy_pass http://a; } location ~ . { deny all; }", "a:80");
        check(&format!("error_page 500 502 /50x.html; {core}"), "a:80");
        check(&format!("error_page 404 /404.html; {core}"), "a:80");
        check(
            "return 301 https://x; location ~ . { proxy_pass http://a; }",
            "return 301 https://x",
        );
        check("error_page 502 /50x.html; location / { return 403; }", "return 403");
    }

    #[test]
    fn a_core_is_reached_where_it_listens() {
        let check = |address: &str, listen: &str, expected| {
            assert_eq!(is_core(address, listen.parse().unwrap()), expected, "{address} {listen}");
        };
        check("127.0.0.1:8080", "127.0.0.1:8080", true);
        check("localhost:8080", "127.0.0.1:8080", true);
        check("[::1]:8080", "127.0.0.1:8080", false);
        check("[::1]:8080", "[::]:8080", true);
        check("192.0.2.1:8080", "0.0.0.0:8080", true);
        check("127.0.0.1:8081", "127.0.0.1:8080", false);
        check("other.example:8080", "127.0.0.1:8080", false);
        check("unix:/run/c.sock", "127.0.0.1:8080", false);
    }
}
